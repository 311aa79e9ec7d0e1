"""Presences (现场记录): gathers them from cases, takes codes read at doors. Never a check-in: nobody is asked for any."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.areas import service as areas
from app.areas.ground import IN_A_CELL
from app.auth import service as auth
from app.core.errors import BadInput
from app.core.findings import Finding, Loaded
from app.geo.crs import Metric
from app.geo.datum import to_wgs84
from app.patrol.carrying import service as carrying
from app.patrol.duty import clock
from app.patrol.duty import service as phones
from app.patrol.presences import doors as drafts
from app.patrol.presences import repository
from app.patrol.presences.errors import BadDoors, BadMoment, DoorOutside, OffDuty, UnknownDoor
from app.patrol.rosters import read_table
from app.patrol.rules import ON_FOOT
from app.teams.duty import service as duty

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from app.auth.principal import Principal
    from app.patrol.presences.repository import Door

NEAR_M = 100.0
"""A photo taken farther from its case than this shows nothing of its cell."""
LOOK_BACK = timedelta(days=3)
"""How far back the job looks for what came in; what it has seen before changes nothing."""
LATEST = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Scan:
    """A door's code as read: which door, when, in which cell, and whether it was stored before."""

    code: str
    name: str
    at: datetime
    number: int
    cell: str
    known: bool
    synthetic: bool


def gather(
    connection: Connection, since: datetime | None = None, member_ids: Sequence[int] | None = None
) -> int:
    """Keep what members left in cells by working there on shift; return how much of it is new.

    Args:
        connection: As the system.
        since: What came in from then on; default: `LOOK_BACK` ago.
        member_ids: Whose; None for everybody's.
    """
    since = since or datetime.now(UTC) - LOOK_BACK
    new = repository.gather(connection, since, member_ids, NEAR_M)
    carrying.carry(
        connection, member_ids=member_ids, start=since
    )  # a case may lie in a cell of an earlier edition
    return new


def scan(
    connection: Connection,
    asking: Principal,
    code: str,
    at: datetime,
    now: datetime,
    *,
    sent_at: datetime | None = None,
    device: str | None = None,
) -> Scan:
    """Keep that the asker read a door's code.

    Args:
        connection: In a transaction of the asker.
        asking: Who read it.
        code: The door's.
        at: When, by the phone's clock.
        now: When it came, by ours.
        sent_at: When the phone sent it, by its clock, which is corrected by this.
        device: Which phone.

    Raises:
        NotAMember: The asker walks as nobody.
        BadMoment: It lies ahead, or too far back.
        OffDuty: They weren't on shift then, or paused.
        UnknownDoor: No door has this code.
        DoorOutside: It lies in no cell.
    """
    mine = phones.walker(connection, asking)
    if sent_at is not None and device is not None:
        with auth.as_system(connection):
            offset = phones.heard_of(connection, mine.id, device, sent_at, now)
        at = clock.corrected(at, offset)
    if not now - LATEST <= at <= now + timedelta(seconds=ON_FOOT.future_s):
        raise BadMoment(f"{at.isoformat()}.", remedy="Check the phone's clock.")
    shift = duty.on_shift(connection, [mine.id], at).get(mine.id)
    if shift is None or any(start <= at and (end is None or at < end) for start, end in shift.pauses):
        raise OffDuty(remedy="Start the shift first.")
    with auth.as_system(connection):
        found = repository.doors(connection, code)
        if not found:
            raise UnknownDoor(f"{code!r}.", remedy="Report the place instead, or have the door entered.")
        door = found[0]
        edition = areas.edition_at(connection, at)
        ground = areas.ground(connection, edition.id)
        placed = ground.place([door.x], [door.y])
        if placed.found[0] != IN_A_CELL:
            raise DoorOutside(f"{code!r}.")
        cell = int(placed.cell[0])
        new = repository.put_scan(connection, mine.id, at, code, int(ground.ids[cell]), edition.id)
    return Scan(
        code, door.name, at, cell + 1, str(ground.codes[cell]), known=not new, synthetic=door.synthetic
    )


def doors(connection: Connection) -> list[Door]:
    """Return all doors by code; as the system."""
    return repository.doors(connection)


def load_doors(
    connection: Connection, path: Path, *, datum: str = "wgs84", synthetic: bool = False
) -> Loaded:
    """Load doors from a file (CSV, xlsx: code, lon, lat, name); every good row is kept, every other one told.

    Raises:
        BadDoors: A column is missing.
    """
    try:
        rows = read_table(path, ("code", "lon", "lat"))
    except BadInput as error:
        raise BadDoors(error.detail, remedy=error.remedy) from error
    good, findings = drafts.read(rows)
    srid = areas.metric_srid(connection)
    if good:
        lon, lat = to_wgs84([d.x for d in good], [d.y for d in good], datum)
        x, y = Metric(srid).from_lonlat(lon, lat)
        good = [replace(d, x=float(u), y=float(v)) for d, u, v in zip(good, x, y, strict=True)]
        ground = areas.ground(connection, areas.edition_at(connection).id)
        outside = ground.place(x, y).found != IN_A_CELL
        findings += [
            Finding(
                code="outside",
                where=f"door {door.code}",
                message="It lies in no cell of today's grid: reading its code would count nowhere.",
                remedy="Check its place and datum.",
                severity="warning",
            )
            for door, away in zip(good, outside.tolist(), strict=True)
            if away
        ]
    changed = repository.put_doors(connection, good, srid, synthetic=synthetic) if good else 0
    return Loaded(rows=len(rows["code"]), changed=changed, findings=tuple(findings))
