"""Moments as whole microseconds since 1970, as PostgreSQL keeps them and as arrays hold them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """Return the microseconds since the epoch of a moment with a zone."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment(us: int) -> datetime:
    """Return the moment, in UTC, so many microseconds after the epoch."""
    return EPOCH + timedelta(microseconds=us)
