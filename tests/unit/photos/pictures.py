"""Pictures as phones take them."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import ExifTags, Image

RED, BLUE = (220, 20, 20), (20, 20, 220)
GPS_LATITUDE = 31.2304


def picture(width: int, height: int) -> Image.Image:
    """The upper half is red, the lower blue."""
    image = Image.new("RGB", (width, height), BLUE)
    image.paste(RED, (0, 0, width, height // 2))
    return image


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    """The file of a picture."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def phone_photo(width: int = 400, height: int = 300, *, kind: str = "JPEG", rotation: int = 1) -> bytes:
    """A photo with the place, the phone and the rotation in it, as EXIF counts that: 6 is a phone held upright."""
    turn_back = {1: None, 3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    image = picture(width, height)
    if (turn := turn_back[rotation]) is not None:
        image = image.transpose(turn)  # as the sensor saw it
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = rotation
    exif[ExifTags.Base.Model] = "Phone of Li Wei"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (31.0, 13.0, 49.4)
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    return encoded(image, kind, exif=exif.tobytes())


def claimed_png(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be of this size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1000)
    chunks = [(b"IHDR", header), (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )
