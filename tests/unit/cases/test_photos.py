"""Photos from outside: what is kept of good ones, how bad ones are refused."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from PIL import ExifTags, Image

from app.cases.photos import AIM_BYTES, LARGEST_BYTES, LONGEST_SIDE, BadPhoto, alike, taken_in


def picture(width: int = 2400, height: int = 1200, seed: int = 1) -> Image.Image:
    """Return a scene that is no flat colour: soft blobs, as photos have."""
    small = np.random.default_rng(seed).integers(0, 255, (9, 12, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


def written(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif(*, orientation: int = 1, offset: str = "+08:00") -> Image.Exif:
    made = Image.Exif()
    made[ExifTags.Base.Orientation] = orientation
    made[ExifTags.Base.Make] = "Secret Phone"
    made.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:03:02 09:30:15"
    if offset:
        made.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.OffsetTimeOriginal] = offset
    made.get_ifd(ExifTags.IFD.GPSInfo).update(
        {
            ExifTags.GPS.GPSLatitudeRef: "N", ExifTags.GPS.GPSLatitude: (39.0, 54.0, 30.0),
            ExifTags.GPS.GPSLongitudeRef: "E", ExifTags.GPS.GPSLongitude: (116.0, 27.0, 0.0),
        }
    )  # fmt: skip
    return made


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_kept_small_and_bare(kind: str) -> None:
    photo = taken_in(written(picture(), kind, exif=exif()))
    again = Image.open(io.BytesIO(photo.jpeg))
    assert (again.format, again.mode) == ("JPEG", "RGB")
    assert max(again.size) == LONGEST_SIDE
    assert (photo.width, photo.height) == again.size
    assert len(photo.jpeg) <= AIM_BYTES
    assert not again.getexif()
    assert b"Secret" not in photo.jpeg
    assert "icc_profile" not in again.info
    assert photo.taken_at == datetime(2026, 3, 2, 9, 30, 15, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert photo.lat == pytest.approx(39.9083333)
    assert photo.lon == pytest.approx(116.45)


def test_turned_upright() -> None:
    assert taken_in(written(picture(), exif=exif(orientation=6))).height == LONGEST_SIDE


def test_without_zone_the_city_s() -> None:
    taken = taken_in(written(picture(), exif=exif(offset=""))).taken_at
    assert taken is not None
    assert taken.isoformat() == "2026-03-02T09:30:15+08:00"


def test_nothing_known_is_nothing_said() -> None:
    photo = taken_in(written(picture(64, 48)))
    assert (photo.taken_at, photo.lon, photo.lat) == (None, None, None)
    assert (photo.width, photo.height) == (64, 48)


def test_copies_are_alike_and_others_are_not() -> None:
    one = picture(seed=1)
    same = taken_in(written(one, quality=95)).likeness
    smaller = taken_in(written(one.resize((900, 450)), quality=40)).likeness
    other = taken_in(written(picture(seed=2))).likeness
    assert alike(same, smaller)
    assert not alike(same, other)
    assert -(2**63) <= same < 2**63


def test_transparency_becomes_white() -> None:
    clear = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    kept = Image.open(io.BytesIO(taken_in(written(clear, "PNG")).jpeg))
    assert min(kept.getpixel((32, 32))) > 250


def zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("photo.jpg", b"\0" * 5_000_000)
    return out.getvalue()


def png_bomb() -> bytes:
    """A small file of very many pixels."""
    return written(Image.new("1", (30_000, 30_000)), "PNG")


BAD = {
    "html": (b"<!doctype html><script>alert(1)</script>", "no image"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "no image"),
    "html that begins like a jpeg": (b"\xff\xd8\xff\xe0<html>", "damaged"),
    "a zip bomb": (zip_bomb(), "no image"),
    "a png bomb": (png_bomb(), "megapixels"),
    "40 megapixels": (written(Image.new("RGB", (8000, 5000), "grey")), "megapixels"),
    "cut off": (written(picture())[:20_000], "damaged"),
    "empty": (b"", "no image"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
    "too large": (b"\xff\xd8" + b"\0" * LARGEST_BYTES, "MiB"),
    "moving": (
        written(picture(64, 48), "WEBP", save_all=True, append_images=[picture(64, 48, 2)], duration=100),
        "moves",
    ),
    "a dot": (written(Image.new("RGB", (1, 1))), "pixels"),
}


@pytest.mark.parametrize("name", BAD)
def test_refused_with_a_word(name: str) -> None:
    data, word = BAD[name]
    with pytest.raises(BadPhoto) as refused:
        taken_in(data)
    assert word in refused.value.detail
    assert refused.value.remedy
