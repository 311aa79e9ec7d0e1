"""Reads and writes devices, notices, consents and objections, and the fixes of members' own tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.db.queries import beside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from app.patrol.duty.notices import Notice

SQL = beside(__file__)


def put_notice(connection: Connection, notice: Notice) -> None:
    """Keep a notice word for word, once."""
    values = {"version": notice.version, "zh": notice.zh, "en": notice.en}
    connection.execute(SQL["put_notice"], values)


def notice_known(connection: Connection, version: str) -> bool:
    """Tell whether there was ever such a notice."""
    return bool(connection.execute(SQL["notice_known"], {"version": version}).scalar_one())


def put_consent(connection: Connection, account_id: int, version: str, *, given: bool) -> datetime:
    """Keep a consent or its withdrawal, and return when it was."""
    values = {"account_id": account_id, "version": version, "given": given}
    at: datetime = connection.execute(SQL["put_consent"], values).scalar_one()
    return at


def latest_consent(connection: Connection, account_id: int) -> Any | None:
    """Return the last consent or withdrawal: version, given, at."""
    return connection.execute(SQL["latest_consent"], {"account_id": account_id}).one_or_none()


def device_offset(connection: Connection, member_id: int, device: str) -> tuple[float | None, bool]:
    """Return what a phone's clock is corrected by, None for one that is new, and whether it was heard of lately."""
    values = {"member_id": member_id, "device": device}
    row = connection.execute(SQL["device_offset"], values).one_or_none()
    return (None, False) if row is None else (row.offset_s, row.lately)


def put_device(connection: Connection, member_id: int, device: str, offset_s: float) -> None:
    """Note that a phone was heard of, and what its clock is corrected by."""
    values = {"member_id": member_id, "device": device, "offset_s": offset_s}
    connection.execute(SQL["put_device"], values)


def devices(connection: Connection, member_id: int, since: datetime) -> list[Any]:
    """Return the phones that a member was heard of from since then: device, offset_s, seen_at, latest first."""
    return list(connection.execute(SQL["devices"], {"member_id": member_id, "since": since}))


def beat_name(connection: Connection, member_id: int, now: datetime) -> str | None:
    """Return the name of the beat that the member has now."""
    return connection.execute(SQL["beat_name"], {"member_id": member_id, "now": now}).scalar_one_or_none()


def next_shift(connection: Connection, member_id: int, now: datetime) -> Any | None:
    """Return the next shift of the roster that begins after now: id, start, end."""
    return connection.execute(SQL["next_shift"], {"member_id": member_id, "now": now}).one_or_none()


def track(connection: Connection, member_id: int, start: datetime, end: datetime, most: int) -> list[Any]:
    """Return a member's raw fixes in order of time."""
    values = {"member_id": member_id, "start": start, "end": end, "most": most}
    return list(connection.execute(SQL["track"], values))


def latest_fixes(connection: Connection, shift_ids: Sequence[int]) -> list[Any]:
    """Return the latest fix of each shift: member_id, at, lon, lat, accuracy_m."""
    return list(connection.execute(SQL["latest_fixes"], {"shift_ids": list(shift_ids)}))


def delete_off_duty(connection: Connection, member_id: int, start: datetime, end: datetime | None) -> int:
    """Delete fixes in a stretch that lie in no shift, or in a pause; return how many."""
    values = {"member_id": member_id, "start": start, "end": end}
    return connection.execute(SQL["delete_off_duty"], values).rowcount


def delete_fixes(connection: Connection, member_id: int, start: datetime | None, end: datetime | None) -> int:
    """Delete a member's raw fixes of a stretch; return how many."""
    values = {"member_id": member_id, "start": start, "end": end}
    return connection.execute(SQL["delete_fixes"], values).rowcount


def kept_fixes(connection: Connection, member_id: int) -> tuple[int, datetime | None]:
    """Return how many raw fixes of a member are kept, and the time of the first."""
    row = connection.execute(SQL["kept_fixes"], {"member_id": member_id}).one()
    return row.fixes, row.first_at


def put_objection(connection: Connection, member_id: int, start: datetime, end: datetime) -> None:
    """Keep that a member had a stretch of their own track deleted."""
    connection.execute(SQL["put_objection"], {"member_id": member_id, "start": start, "end": end})


def reducible(
    connection: Connection, member_id: int, start: datetime | None, end: datetime | None
) -> list[Any]:
    """Return, held, the shifts that touch a stretch and can be reduced: id, member_id, start, end, from_track."""
    values = {"member_id": member_id, "start": start, "end": end}
    return list(connection.execute(SQL["reducible"], values))


def last_sign(connection: Connection, shift_id: int) -> datetime:
    """Return a shift's last sign of life: of a fix, of what was said, of work left in a cell; at least its begin."""
    at: datetime = connection.execute(SQL["last_sign"], {"shift_id": shift_id}).scalar_one()
    return at
