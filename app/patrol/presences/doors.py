"""Doors as a file: code, name and a place, each checked; what is wrong is told by row. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.core.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CODE_AT_MOST, NAME_AT_MOST = 100, 200


@dataclass(frozen=True, slots=True)
class DoorDraft:
    """A door to be stored: x and y as the file has them, or in metres."""

    code: str
    name: str
    x: float
    y: float


def read(rows: Mapping[str, Sequence[str]]) -> tuple[list[DoorDraft], list[Finding]]:
    """Return the good rows, and what is wrong with the others.

    Args:
        rows: Columns code, lon, lat and, if there is one, name; texts of one length.
    """
    drafts: list[DoorDraft] = []
    findings: list[Finding] = []
    seen: set[str] = set()
    names = rows.get("name", [""] * len(rows["code"]))
    for row, (code, name, lon, lat) in enumerate(
        zip(rows["code"], names, rows["lon"], rows["lat"], strict=True), 1
    ):
        wrong = _wrong(code, name, lon, lat, seen)
        if wrong:
            findings.append(Finding(code=wrong[0], where=f"row {row}", message=wrong[1], remedy=wrong[2]))
            continue
        seen.add(code)
        drafts.append(DoorDraft(code, name, float(lon), float(lat)))
    return drafts, findings


def _wrong(code: str, name: str, lon: str, lat: str, seen: set[str]) -> tuple[str, str, str] | None:
    if not code:
        return "no-code", "It has no code.", "Give each door a code of its own."
    if len(code) > CODE_AT_MOST or len(name) > NAME_AT_MOST:
        return (
            "too-long",
            "Its code or name is too long.",
            f"At most {CODE_AT_MOST} and {NAME_AT_MOST} characters.",
        )
    if code in seen:
        return "twice", f"The code {code!r} came before in this file.", "Keep one of the rows."
    try:
        place = (float(lon), float(lat))
    except ValueError:
        return (
            "no-place",
            f"Its place can't be read: {lon!r}, {lat!r}.",
            "Write degrees as 116.4551, 39.9219.",
        )
    if not all(map(math.isfinite, place)) or abs(place[0]) > 180 or abs(place[1]) > 90:
        return "no-place", f"{lon}, {lat} is no place on Earth.", "Longitude comes first."
    return None
