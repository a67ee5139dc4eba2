"""What a photo becomes before it is kept: upright, small, and without anything but its pixels.

A phone writes into each photo where and when it was taken, and with which phone. None of that is kept: the picture is
drawn anew. Its rotation stands there too, so it is applied first.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from gateway.errors import PhotoRefused, PhotoTooLarge
from gateway.photos.jpeg_scans import scans_of

LARGEST_BYTES = 20 * 2**20
"""Of a photo as it comes; the largest of phones with 50 megapixels are about as large."""
MOST_PIXELS, MOST_PIXELS_WHOLE = 50_000_000, 13_000_000
"""Of a JPEG, and of a PNG or WebP. A picture of more is refused before it is decoded: 40 bytes can claim to be of any
size. A JPEG is decoded at a part of its size, in 200 MB; the others as a whole, with up to 20 bytes for each pixel."""
MOST_SCANS = 100
"""A JPEG of more is refused: cameras write 1, progressive files about 10. A scan may take 100 bytes of the file and
some milliseconds to decode, so a file of 20 MB could keep all other photos waiting for an hour."""
LONGEST_EDGE = 2048
"""Pixels of a photo that is kept: a type plate can still be read."""
THUMBNAIL_EDGE = 320
"""Pixels of its thumbnail: as wide as a phone shows it."""

_FORMATS = ("JPEG", "PNG", "WEBP")
"""Among JPEG are those with further pictures behind the first, as some phones write them; only the first is read."""
_JPEGS = ("JPEG", "MPO")
_QUALITY, _THUMBNAIL_QUALITY = 85, 75
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
_WHITE = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A photo as it is kept: JPEG, without metadata."""

    content: bytes
    thumbnail: bytes
    width: int
    """In pixels, of the upright picture."""
    height: int


def prepare(content: bytes) -> Prepared:
    """Decode a photo, turn it upright, shrink it where it is too large, and encode its pixels alone.

    Raises:
        PhotoRefused: it is no photo, or too large to be decoded; the sentence says what to do.
    """
    if not content:
        raise PhotoRefused("the photo is empty: take it again")
    if len(content) > LARGEST_BYTES:
        raise PhotoTooLarge(f"the photo is larger than {LARGEST_BYTES // 2**20} MB: take it with a lower resolution")
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
            is_jpeg = opened.format in _JPEGS
            most = MOST_PIXELS if is_jpeg else MOST_PIXELS_WHOLE
            if opened.width * opened.height > most:
                raise _too_many_pixels(most)
            if is_jpeg and scans_of(content) > MOST_SCANS:
                raise PhotoRefused("the photo was not written by a camera: take it again")
            picture = _upright(opened)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(MOST_PIXELS) from error
    except UnidentifiedImageError as error:
        raise PhotoRefused(_unknown(content)) from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:  # what Pillow raises for damaged files
        raise PhotoRefused("the photo is damaged or was cut off on the way: send it again") from error
    thumbnail = picture.copy()
    thumbnail.thumbnail((THUMBNAIL_EDGE, THUMBNAIL_EDGE))
    return Prepared(
        content=_encoded(picture, _QUALITY),
        thumbnail=_encoded(thumbnail, _THUMBNAIL_QUALITY),
        width=picture.width,
        height=picture.height,
    )


def _upright(opened: Image.Image) -> Image.Image:
    """The picture in red, green and blue, at most as large as it is kept. What is transparent becomes white."""
    shrink = max(1.0, max(opened.size) / LONGEST_EDGE)
    small = math.ceil(opened.width / shrink), math.ceil(opened.height / shrink)
    opened.draft("RGB", small)  # a JPEG is decoded at a half, a quarter or an eighth of its size
    has_alpha = opened.has_transparency_data
    mode = "RGBA" if has_alpha else "RGB"
    picture = opened if opened.mode == mode else opened.convert(mode)  # a copy would take as much memory again
    picture.thumbnail((LONGEST_EDGE, LONGEST_EDGE), Image.Resampling.LANCZOS)
    picture = ImageOps.exif_transpose(picture)
    if not has_alpha:
        return picture
    paper = Image.new("RGB", picture.size, _WHITE)
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def _encoded(picture: Image.Image, quality: int) -> bytes:
    """The pixels as a JPEG. What else the picture carries is left behind in the one that it was made from."""
    bare = Image.new("RGB", picture.size)
    bare.paste(picture)
    file = io.BytesIO()
    bare.save(file, "JPEG", quality=quality, optimize=True)
    return file.getvalue()


def _too_many_pixels(most: int) -> PhotoTooLarge:
    return PhotoTooLarge(f"the photo has more than {most // 1_000_000} megapixels: take it with a lower resolution")


def _unknown(content: bytes) -> str:
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        return (
            "a HEIC photo cannot be read here: send it as JPEG (an iPhone: Settings, Camera, Formats, Most Compatible)"
        )
    return "this is no photo: send a JPEG, PNG or WebP file"
