"""What becomes of a photo before it is kept."""

from __future__ import annotations

import io
import random
import subprocess
import sys
import tempfile

import pytest
from PIL import Image

from gateway.errors import PhotoRefused, PhotoTooLarge
from gateway.photos.image import LARGEST_BYTES, LONGEST_EDGE, THUMBNAIL_EDGE, prepare
from tests.unit.photos.pictures import BLUE, RED, claimed_png, encoded, phone_photo, picture


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def is_like(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(one - other) < 40 for one, other in zip(pixel, colour, strict=True))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_becomes_a_jpeg_of_the_same_size(kind: str) -> None:
    prepared = prepare(encoded(picture(400, 300), kind))
    image = opened(prepared.content)
    assert (image.format, image.size) == ("JPEG", (400, 300))
    assert (prepared.width, prepared.height) == (400, 300)
    assert is_like(image.getpixel((200, 20)), RED)
    assert is_like(image.getpixel((200, 280)), BLUE)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_place_phone_and_all_other_metadata_are_removed(kind: str) -> None:
    taken = phone_photo(kind=kind)
    assert b"Phone of Li Wei" in taken
    prepared = prepare(taken)
    for content in (prepared.content, prepared.thumbnail):
        assert b"Phone of Li Wei" not in content
        assert b"Exif" not in content
        image = opened(content)
        assert dict(image.getexif()) == {}
        assert image.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("rotation", [1, 3, 6, 8])
def test_a_photo_is_turned_upright_before_its_rotation_is_removed(rotation: int, kind: str) -> None:
    prepared = prepare(phone_photo(300, 400, rotation=rotation, kind=kind))
    assert (prepared.width, prepared.height) == (300, 400)
    for content, edge in ((prepared.content, 400), (prepared.thumbnail, THUMBNAIL_EDGE)):
        image = opened(content)
        assert image.height == edge
        assert is_like(image.getpixel((image.width // 2, 15)), RED)
        assert is_like(image.getpixel((image.width // 2, image.height - 15)), BLUE)


@pytest.mark.parametrize(("width", "height"), [(6000, 4000), (4000, 6000), (12_000, 20)])
def test_a_photo_over_the_limit_is_shrunk_not_refused(width: int, height: int) -> None:
    prepared = prepare(phone_photo(width, height, rotation=6))
    assert max(prepared.width, prepared.height) == LONGEST_EDGE
    assert opened(prepared.content).size == (prepared.width, prepared.height)
    assert prepared.width / prepared.height == pytest.approx(width / height, rel=0.2)


def test_a_small_photo_is_not_enlarged() -> None:
    prepared = prepare(encoded(picture(40, 30)))
    assert opened(prepared.content).size == opened(prepared.thumbnail).size == (40, 30)


def test_what_is_transparent_becomes_white() -> None:
    image = Image.new("RGBA", (60, 60), (0, 0, 0, 0))
    assert is_like(opened(prepare(encoded(image, "PNG")).content).getpixel((30, 30)), (255, 255, 255))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16"])
def test_pictures_of_any_colours_are_kept(mode: str) -> None:
    image = Image.new(mode, (60, 60))
    prepared = prepare(encoded(image, "JPEG" if mode == "CMYK" else "PNG"))
    assert opened(prepared.content).mode == "RGB"


def test_of_a_photo_with_further_pictures_behind_it_the_first_is_kept() -> None:
    content = encoded(picture(80, 60), "MPO", save_all=True, append_images=[picture(40, 30)])
    assert opened(prepare(content).content).size == (80, 60)


@pytest.mark.parametrize("size", [(4200, 3100), (40_000, 40_000), (2**31 - 1, 2**31 - 1)])
def test_a_file_that_claims_too_many_pixels_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    content = claimed_png(*size)
    assert len(content) < 200
    with pytest.raises(PhotoTooLarge, match=r"more than (13|50) megapixels: take it with a lower resolution"):
        prepare(content)


def test_a_jpeg_may_have_more_pixels_as_it_is_decoded_at_a_part_of_its_size() -> None:
    assert prepare(encoded(picture(4200, 3100))).width == LONGEST_EDGE
    for kind in ("PNG", "WEBP"):
        with pytest.raises(PhotoTooLarge, match="more than 13 megapixels"):
            prepare(encoded(picture(4200, 3100), kind))


@pytest.mark.parametrize(
    ("photo", "megabytes"),
    [
        ("encoded(picture(7000, 7100))", 250),
        ("encoded(picture(3000, 16_600))", 250),  # a panorama: narrower than a photo is kept
        ("encoded(Image.new('RGBA', (4160, 3120)), 'WEBP', lossless=True, method=0)", 350),
    ],
)
def test_a_photo_never_takes_so_much_memory_that_alarms_are_in_danger(photo: str, megabytes: int) -> None:
    # In a process of its own, as only the highest memory of a process is known.
    program = f"""
import resource
from PIL import Image
from gateway.photos import prepare
from tests.unit.photos.pictures import encoded, picture
import pathlib, sys
file = pathlib.Path(sys.argv[1])
if not file.exists():
    file.write_bytes({photo})
else:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    prepare(file.read_bytes())
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    with tempfile.TemporaryDirectory() as directory:
        command = [sys.executable, "-c", program, f"{directory}/photo"]
        _, taken = [subprocess.run(command, check=True, capture_output=True, text=True).stdout for _ in range(2)]
    assert int(taken) < megabytes


def test_a_file_over_the_limit_of_bytes_is_refused_without_a_look() -> None:
    with pytest.raises(PhotoRefused, match="larger than 20 MB"):
        prepare(b"\xff\xd8\xff" + bytes(LARGEST_BYTES))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the photo is empty"),
        (b"Hello", "this is no photo: send a JPEG, PNG or WebP file"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "this is no photo"),
        (b"GIF89a" + bytes(100), "this is no photo"),
        (b"%PDF-1.4\n", "this is no photo"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100), "a HEIC photo cannot be read here: send it as JPEG"),
        (phone_photo()[:2000], "damaged or was cut off"),
        (claimed_png(100, 100), "damaged or was cut off"),
    ],
)
def test_what_is_no_photo_is_refused_with_what_to_do(content: bytes, sentence: str) -> None:
    with pytest.raises(PhotoRefused, match=sentence):
        prepare(content)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow warns of damaged EXIF
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_damaged_file_is_kept_or_refused_and_raises_nothing_else(kind: str) -> None:
    chance = random.Random(kind)
    whole = phone_photo(120, 90, kind=kind, rotation=6)
    refused = 0
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            prepare(bytes(damaged[: chance.randint(len(damaged) // 2, len(damaged))]))
        except PhotoRefused:
            refused += 1
    assert refused > 0
