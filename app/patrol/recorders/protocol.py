"""What OsmAnd and Traccar's clients say (记录设备协议), as fixes of ours. Pure.

OsmAnd: a query `id, lat, lon, timestamp, accuracy or hdop, speed, bearing, altitude, batt`, one position a request; a
timestamp is seconds or milliseconds since 1970 or ISO 8601, and missing means now. Traccar's newer clients send JSON:
`{"device_id": ..., "location": {"timestamp": ..., "coords": {"latitude", "longitude", "accuracy", ...}, "mock": ...}}`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

METRES_PER_HDOP = 5.0
"""A receiver's ranging error, about, for those that state a dilution of precision and no accuracy."""
SECONDS_BELOW = 1e11  # a number below is seconds since 1970 (to the year 5138), one above milliseconds


@dataclass(frozen=True, slots=True)
class Told:
    """What a recorder said: its secret, and fixes as phones send them (see `app.patrol.intake.sent`)."""

    secret: str
    items: list[list[Any]]


def from_query(said: Mapping[str, str], now: datetime) -> Told:
    """Return what a query says; what can't be read becomes a fix that can't be read, so that it is told."""
    lat, lon = said.get("lat"), said.get("lon")
    if lat is None and "location" in said:
        lat, _, lon = said["location"].partition(",")
    accuracy = _number(said.get("accuracy"))
    if accuracy is None and (hdop := _number(said.get("hdop"))) is not None:
        accuracy = hdop * METRES_PER_HDOP
    item = [_milliseconds(said.get("timestamp"), now), _number(lon), _number(lat), accuracy, 0]
    return Told(said.get("id") or said.get("deviceid") or "", [item])


def from_json(said: Any, query: Mapping[str, str], now: datetime) -> Told:
    """Return what a JSON document says; one location or several."""
    document = said if isinstance(said, dict) else {}
    secret = query.get("id") or document.get("device_id")
    locations = document.get("location")
    listed = locations if isinstance(locations, list) else [locations]
    return Told(secret if isinstance(secret, str) else "", [_item(one, now) for one in listed])


def _item(location: Any, now: datetime) -> list[Any]:
    if not isinstance(location, dict) or not isinstance(location.get("coords"), dict):
        return []
    coords = location["coords"]
    return [
        _milliseconds(location.get("timestamp"), now),
        _number(coords.get("longitude")),
        _number(coords.get("latitude")),
        _number(coords.get("accuracy")),
        1 if location.get("mock") is True else 0,
    ]


def _milliseconds(said: Any, now: datetime) -> float | None:
    if said is None or said == "":
        return now.timestamp() * 1000
    number = _number(said)
    if number is not None:
        return number * 1000 if abs(number) < SECONDS_BELOW else number
    try:
        moment = datetime.fromisoformat(str(said)[:40])
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000
    except (ValueError, OverflowError):
        return None


def _number(said: Any) -> float | None:
    if isinstance(said, bool):
        return None
    try:
        number = float(said)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
