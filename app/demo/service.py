"""Loads the demo through the same jobs that anybody's own data takes.

Boundary, neighbours, streets, communities, grid; a day of incidents and of the 12-person team; categories, the mission's
five places, accounts without passwords, some days of cases; lanes to walk along; what the team does today. Repeating it
changes nothing on the same day; ground that isn't the demo's is left alone. One transaction each for the ground and the
lanes (owner), for the day, the places and today (service role) are the caller's.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyogrio
import shapely

from app.areas import service as areas
from app.areas.gridding import service as gridding
from app.areas.loading import service as loading
from app.areas.reports import Asked
from app.categories import service as categories
from app.core.errors import BadInput
from app.demo import boundary, files, lanes, patrols, places
from app.demo.caseload import service as caseload
from app.demo.chaoyang import YONGANLI_EAST, chaoyang
from app.demo.files import LEVELS, SYNTHETIC, Recipe
from app.demo.patrols import TEAM, TEAM_NAME
from app.demo.people import service as people
from app.demo.society import service as society
from app.demo.today import service as today
from app.incidents import service as incidents
from app.incidents.columns import choose
from app.incidents.files import open_points
from app.incidents.intake import Options
from app.patrol.intake import service as intake
from app.patrol.presences import service as presences
from app.streets import service as streets
from app.teams import service as teams
from app.teams.levels import service as levels
from app.teams.roster import Beat, Member, Shift

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from zoneinfo import ZoneInfo

    from sqlalchemy import Connection

    from app.demo.chaoyang import Chaoyang
    from app.geo.crs import Metric
    from app.patrol.intake.reports import LoadReport

SOURCE = "gridward-demo"
LANES = "yonganli-east-synthetic.gpkg"
ALREADY, LOADED, LEFT_ALONE = "already there", "loaded", "left alone"


class StreetsUnknown(BadInput):
    """The demo can't be made of these streets."""

    zh = "无法用这些街道生成演示数据。"


class DayNotOver(BadInput):
    """A day of life must be over."""

    zh = "演示日期必须是已经结束的一天。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to load: seed, metric CRS, zone, one day (None: yesterday, once), only some streets (none: all).

    Raises:
        DayNotOver: The day is today or later.
        StreetsUnknown: There is no such street, or the team's is not among them.
    """

    seed: int
    metric: Metric
    zone: ZoneInfo
    day: date | None = None
    streets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.day is not None and self.day >= datetime.now(self.zone).date():
            raise DayNotOver(
                f"{self.day} isn't.", remedy="Choose an earlier one: tracks from the future are refused."
            )
        unknown = set(self.streets) - {street.code for street in places.streets()}
        if unknown:
            raise StreetsUnknown(f"There is no street {', '.join(sorted(unknown))}.", remedy=_STREETS)
        if self.streets and YONGANLI_EAST[:9] not in self.streets:
            raise StreetsUnknown(f"The team's street {YONGANLI_EAST[:9]} is missing.", remedy=_STREETS)

    @property
    def edition(self) -> str:
        """The demo's edition, named for what it is made of."""
        return "-".join(["chaoyang-synthetic", str(self.seed), *self.streets])

    def recipe(self, day: date) -> Recipe:
        """Return what the files are made from."""
        return Recipe(self.seed, day, self.zone, self.metric, self.streets)


_STREETS = "Choose from geodata/chaoyang/streets.csv, 110105001 among them."


@dataclass(slots=True)
class Demo:
    """Makes the division once, when a step first needs it; `say` gets lines of progress."""

    wanted: Wanted
    say: Callable[[str], None]
    _made: Chaoyang | None = field(default=None, init=False)

    def made(self) -> Chaoyang:
        """Return the division."""
        if self._made is None:
            real = boundary.read(self.say)
            self.say(
                "Streets and communities: a synthetic division of the real district (示意分区，非法定界线)"
            )
            self._made = chaoyang(real, self.wanted.metric, self.wanted.seed)
        return self._made

    def load_ground(self, connection: Connection) -> dict[str, Any]:
        """Load the areas level by level, lay the grid and publish it; the owner's transaction.

        Returns:
            outcome (loaded, already there, left alone), edition, and when loaded features per level and cells.
        """
        published = [edition.name for edition in areas.editions(connection) if not edition.draft]
        if self.wanted.edition in published:
            self.say(f"Ground: edition {self.wanted.edition} is already there")
            return {"outcome": ALREADY, "edition": self.wanted.edition}
        if published:
            self.say(f"Ground: edition {published[-1]} is there; the demo leaves it alone")
            return {"outcome": LEFT_ALONE, "edition": published[-1]}
        with tempfile.TemporaryDirectory() as folder:
            counts = self._load_levels(connection, Path(folder))
        self.say("Laying the grid")
        report = gridding.lay_grid(connection, edition=self.wanted.edition)
        self.say(f"Grid: {report.laid.cells:,} cells, published as {report.edition}")
        return {"outcome": LOADED, "edition": report.edition, "areas": counts, "cells": report.laid.cells}

    def _load_levels(self, connection: Connection, folder: Path) -> dict[str, int]:
        made = self.made()
        counts: dict[str, int] = {}
        files.write_levels(folder, made, self.wanted.recipe(datetime.now(self.wanted.zone).date()))
        for level in LEVELS:
            synthetic = level in SYNTHETIC
            asked = Asked(
                level=level,
                edition=self.wanted.edition,
                synthetic=synthetic,
                source=_source(made, self.wanted.seed) if synthetic else made.boundary.source,
                licence=made.boundary.licence,
            )
            report = loading.load(connection, folder / f"{level}.gpkg", asked)
            counts[level] = report.features
            self.say(f"{level}: {report.features} loaded{' (synthetic)' if synthetic else ''}")
        return counts

    def load_day(self, connection: Connection) -> dict[str, Any]:
        """Load one day's incidents and the team with its beats, shifts and fixes; the service role's transaction.

        Without a day, yesterday is loaded unless any day is there already.

        Returns:
            outcome (loaded, already there), and when loaded the day and counts.
        """
        day = self.wanted.day or datetime.now(self.wanted.zone).date() - timedelta(days=1)
        if self._has_day(connection):
            self.say("Day of life: already there")
            return {"outcome": ALREADY}
        recipe = self.wanted.recipe(day)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            self.say(f"Incidents of {day} (synthetic)")
            loaded = self._load_incidents(
                connection, files.write_incidents(folder / f"incidents-{day}.csv", self.made(), recipe)
            )
            self.say(f"Incidents: {loaded.new:,} new, {loaded.in_a_cell:,} in a cell")
            fixes = self._load_team(connection, folder / f"fixes-{day}.csv", recipe)
            self.say(f"Team {TEAM}: {fixes.stored:,} fixes in {fixes.shifts} shifts (synthetic)")
        return {
            "outcome": LOADED,
            "day": day.isoformat(),
            "incidents": loaded.counts(),
            "team": TEAM,
            "fixes": fixes.to_dict(),
        }

    def load_places(self, connection: Connection, now: datetime) -> dict[str, Any]:
        """Load categories, the five places, accounts and a few days of cases; the service role's transaction.

        Args:
            connection: With ground and day loaded, as the system.
            now: When the last of the cases was moved.

        Returns:
            outcome (loaded, already there), and when loaded counts.
        """
        if society.settled(connection):
            self.say("Parties, accounts and cases: already there")
            return {"outcome": ALREADY}
        categories.load_defaults(connection)
        edition = areas.edition_named(connection, self.wanted.edition).id
        counts = society.settle(connection, edition, self.wanted.streets, self.wanted.zone)
        self.say(
            f"The five places (synthetic): {counts['parties']} parties, {counts['duties']} responsibilities"
        )
        counts["accounts"] = people.settle(connection, self.wanted.streets)
        counts |= caseload.settle(connection, edition, self.wanted.seed, now, self.wanted.metric)
        self.say(f"Cases (synthetic): {counts['cases']}, {counts['open']} of them open")
        return {"outcome": LOADED, **counts}

    def load_lanes(self, connection: Connection) -> dict[str, Any]:
        """Load invented streets of the team's community, unless streets are loaded; the owner's transaction.

        Returns:
            outcome (loaded, already there), and when loaded ways and km.
        """
        if streets.status(connection)["loaded"]:
            self.say("Streets to walk along: already there")
            return {"outcome": ALREADY}
        ground = areas.ground(connection, areas.edition_named(connection, self.wanted.edition).id)
        mine = shapely.union_all(ground.polygons[ground.parent_codes == YONGANLI_EAST])
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / LANES
            pyogrio.write_dataframe(lanes.frame(lanes.lanes(mine), self.wanted.metric), file)
            figures = streets.load(connection, file, synthetic=True).figures
        km = sum(figures["km"].values())
        self.say(f"Streets to walk along, of the team's community only (synthetic): {km:.1f} km")
        return {"outcome": LOADED, "ways": figures["ways"], "km": round(km, 2)}

    def load_today(self, connection: Connection, now: datetime) -> dict[str, Any]:
        """Load what the team does today, and what an earlier version's demo lacks; the service role's transaction.

        Returns:
            outcome (loaded, already there), and when loaded counts.
        """
        if not levels.levels(connection, TEAM):
            self._furnish(connection)
        wanted = self.wanted
        made = today.settle(connection, now, wanted.zone, wanted.metric, wanted.seed, wanted.streets)
        if made is None:
            self.say("Today: already there")
            return {"outcome": ALREADY}
        self.say(f"Today (synthetic): {', '.join(f'{count:,} {what}' for what, count in made.items())}")
        return {"outcome": LOADED, **made}

    def _furnish(self, connection: Connection) -> None:
        """Give the team's cells management levels, and every fifth a door with a code."""
        edition = areas.edition_named(connection, self.wanted.edition).id
        ground = areas.ground(connection, edition)
        mine = sorted(ground.codes[ground.parent_codes == YONGANLI_EAST].tolist())
        at = dict(zip(ground.codes.tolist(), range(len(ground.codes)), strict=True))
        levels.put(
            connection, TEAM, edition, patrols.LEVELS,
            {int(ground.ids[at[code]]): patrols.level_of(n) for n, code in enumerate(mine)},
        )  # fmt: skip
        cells = list(ground.polygons[[at[code] for code in mine[::5]]])
        with tempfile.TemporaryDirectory() as folder:
            doors = files.write_doors(Path(folder) / "doors.csv", cells, self.wanted.metric)
            presences.load_doors(connection, doors, synthetic=True)

    def _has_day(self, connection: Connection) -> bool:
        if TEAM not in {team.code for team in teams.teams(connection)}:
            return False
        if self.wanted.day is None:
            return True
        start = datetime.combine(self.wanted.day, datetime.min.time(), self.wanted.zone)
        ids = [member.id for member in teams.members(connection, TEAM)]
        return bool(teams.shifts(connection, ids, start, start + timedelta(days=1)))

    def _load_incidents(self, connection: Connection, path: Path) -> incidents.Loaded:
        file = open_points(path)
        options = Options(choose(file.columns, {}), datum="wgs84", zone=self.wanted.zone)
        request = incidents.Request(
            path=path, source=SOURCE, options=options, rejected=path.with_suffix(".rejected"), synthetic=True
        )
        return incidents.load(connection, file, request)

    def _load_team(self, connection: Connection, path: Path, recipe: Recipe) -> LoadReport:
        codes, duties = files.team_day(self.made(), recipe)
        ground = areas.ground(connection, areas.edition_named(connection, self.wanted.edition).id)
        ids = dict(zip(ground.codes, ground.ids.tolist(), strict=True))
        teams.form_team(
            connection,
            TEAM,
            TEAM_NAME,
            members=[Member(code=duty.member, name=duty.name) for duty in duties],
            beats=[
                Beat(member=duty.member, name=f"{n:02d}", cells=[ids[codes[i]] for i in duty.beat])
                for n, duty in enumerate(duties, 1)
            ],
            shifts=[
                Shift(member=duty.member, start=duty.start, end=duty.end)
                for duty in duties
                if duty.start is not None and duty.end is not None
            ],
            area_code=YONGANLI_EAST,
            synthetic=True,
        )
        self._furnish(connection)
        return intake.load_fixes(connection, files.write_fixes(path, duties, recipe.metric), team=TEAM)


def _source(made: Chaoyang, seed: int) -> str:
    named = places.manifest()["files"]["chaoyang/communities.csv"]
    return (
        f"Synthetic division, seed {seed} (示意分区，非法定界线), of the boundary from {made.boundary.source}; "
        f"codes and names: {named['package']} {named['version']} ({named['origin']})"
    )
