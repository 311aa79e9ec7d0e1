"""Photos of a case (照片): checked by content, their time and place read, then stripped of all else and made small. Pure.

A photo is decoded and written anew, so that nothing of a file from outside is kept: no metadata, no hidden payload.
"""

from __future__ import annotations

import hashlib
import io
import math
import warnings
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import imagehash
from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

from app.core.errors import BadInput

if TYPE_CHECKING:
    from PIL.Image import Exif

LARGEST_BYTES: Final = 12 * 2**20
LARGEST_PIXELS: Final = 36_000_000
LONGEST_SIDE: Final = 1600  # pixels kept
AIM_BYTES: Final = 300_000
QUALITIES: Final = (82, 72, 60, 45)
FORMATS: Final = ("JPEG", "PNG", "WEBP")
SIMILAR_BITS: Final = 4  # of 64 that may differ between two copies of one photo
_HEIC: Final = (b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypmif1", b"ftypmsf1")


class BadPhoto(BadInput):
    """This can't be taken as a photo; nothing was stored."""

    zh = "不是可用的照片，未保存。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photo as it is kept.

    Attributes:
        jpeg: Without metadata, at most 1600 pixels wide or high, sRGB.
        sha256: Of the file as it came, to know it again.
        likeness: A perceptual hash (dHash, 64 bits, signed): near for copies of one photo.
        taken_at: As the camera says, in the city's time zone if it names none; None unknown.
        lon: Degrees in WGS-84, as the camera says; None unknown.
        lat: Likewise.
    """

    jpeg: bytes
    width: int
    height: int
    sha256: bytes
    likeness: int
    taken_at: datetime | None = None
    lon: float | None = None
    lat: float | None = None


def taken_in(data: bytes, zone: ZoneInfo | None = None) -> Photo:
    """Return what is kept of an uploaded file.

    Raises:
        BadPhoto: It is no JPEG, PNG or WEBP image, is too large, is cut off, or moves.
    """
    if len(data) > LARGEST_BYTES:
        raise BadPhoto(
            f"It has {len(data) / 2**20:.1f} MiB.", remedy=f"Send at most {LARGEST_BYTES // 2**20} MiB."
        )
    if data[4:12] in _HEIC:
        raise BadPhoto(
            "It is a HEIC file.",
            remedy="In the phone's camera settings choose the most compatible format (JPEG).",
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            return _decoded(data, zone or ZoneInfo("Asia/Shanghai"))
        except BadPhoto:
            raise
        except UnidentifiedImageError:
            raise BadPhoto(
                "It is no image that is taken.", remedy="Send a JPEG, PNG or WEBP photo."
            ) from None
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise _too_many() from None
        except Exception as error:  # decoders raise whatever a broken file makes them stumble over
            raise BadPhoto("The image is damaged or cut off.", remedy="Take or send it again.") from error


def _decoded(data: bytes, zone: ZoneInfo) -> Photo:
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:  # reads the header only
        if image.width * image.height > LARGEST_PIXELS:
            raise _too_many()
        if min(image.size) < 16:
            raise BadPhoto(f"It is {image.width} x {image.height} pixels.", remedy="Send the photo itself.")
        if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:  # MPO: a JPEG with a second view
            raise BadPhoto("It moves.", remedy="Send a still photo.")
        exif = image.getexif()
        taken_at, place = _taken_at(exif, zone), _place(exif)
        # A large JPEG is decoded at a fraction of its size; all else is made on the small image, to save memory.
        image.draft("RGB", (2 * LONGEST_SIDE, 2 * LONGEST_SIDE))
        small = image.convert("RGBA") if image.mode in ("1", "P", "PA") else image
        small.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
        still = _srgb(ImageOps.exif_transpose(small))
    likeness = int(str(imagehash.dhash(still)), 16)
    return Photo(
        jpeg=_written(still),
        width=still.width,
        height=still.height,
        sha256=hashlib.sha256(data).digest(),
        likeness=likeness - (1 << 64) if likeness >= 1 << 63 else likeness,
        taken_at=taken_at,
        lon=place[0] if place else None,
        lat=place[1] if place else None,
    )


def alike(one: int, other: int) -> bool:
    """Tell whether two likenesses are those of copies of one photo."""
    return ((one ^ other) & (1 << 64) - 1).bit_count() <= SIMILAR_BITS


def _too_many() -> BadPhoto:
    return BadPhoto(
        f"It has more than {LARGEST_PIXELS // 1_000_000} megapixels.",
        remedy="Choose a smaller size in the camera's settings.",
    )


def _srgb(image: Image.Image) -> Image.Image:
    """Return it in sRGB on white, without profile and without transparency."""
    profile = image.info.get("icc_profile")
    if image.mode in ("RGBA", "LA", "PA", "P"):
        seen = image.convert("RGBA")
        ground = Image.new("RGB", seen.size, "white")
        ground.paste(seen, mask=seen.getchannel("A"))
        return ground
    if profile and image.mode in ("RGB", "CMYK"):
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            turned = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):  # a broken profile: its colours as they are
            turned = None
        if turned is not None:
            return turned
    return image.convert("RGB")


def _written(image: Image.Image) -> bytes:
    clean = Image.new("RGB", image.size)
    clean.paste(image)  # pixels only: whatever else the image carried stays behind
    jpeg = b""
    for quality in QUALITIES:
        out = io.BytesIO()
        clean.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
        jpeg = out.getvalue()
        if len(jpeg) <= AIM_BYTES:
            break
    return jpeg


def _taken_at(exif: Exif, zone: ZoneInfo) -> datetime | None:
    details = exif.get_ifd(ExifTags.IFD.Exif)
    told = details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    try:
        local = datetime.strptime(str(told).strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007  # its zone comes next
    except ValueError:
        return None
    if not 1990 <= local.year <= 2200:
        return None
    offset = str(details.get(ExifTags.Base.OffsetTimeOriginal, ""))
    try:
        sign, hours, minutes = offset[0], int(offset[1:3]), int(offset[4:6])
    except (ValueError, IndexError):
        return local.replace(tzinfo=zone)
    if hours > 14 or minutes > 59 or sign not in "+-":
        return local.replace(tzinfo=zone)
    shift = timedelta(hours=hours, minutes=minutes)
    return local.replace(tzinfo=timezone(-shift if sign == "-" else shift))


def _place(exif: Exif) -> tuple[float, float] | None:
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    try:
        lat = _degrees(gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLatitudeRef], "S")
        lon = _degrees(gps[ExifTags.GPS.GPSLongitude], gps[ExifTags.GPS.GPSLongitudeRef], "W")
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    fits = math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180 and (lat or lon)
    return (lon, lat) if fits else None


def _degrees(parts: tuple[float, float, float], reference: str, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    return -value if str(reference).strip("\0 ").upper() == negative else value
