"""`gridward demo`: Chaoyang with a synthetic division and a synthetic day, into the database or into files."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from app.cli.common import AsJson, err, out, owner, print_json, service, settings
from app.core.errors import BadInput

app = typer.Typer(
    no_args_is_help=True, help="A demo: the real district, a synthetic division, a synthetic day."
)

Seed = Annotated[int, typer.Option(min=0, help="The same seed draws the same division and the same day.")]
Day = Annotated[
    str | None,
    typer.Option(help="Local day, as in 2026-03-14; default: yesterday, so give one to repeat a day."),
]
Streets = Annotated[
    str, typer.Option(help="Only these street offices, codes with commas; 110105001 must be among them.")
]

LinksFor = Annotated[
    int | None,
    typer.Option("--links", help="Print one-time sign-in links for a server on this port afterwards."),
]
Https = Annotated[bool, typer.Option("--https", help="Links for `gridward serve --https`, for phones, too.")]


@app.callback()
def about() -> None:
    """A demo: the real district, a synthetic division, a synthetic day."""


@app.command()
def load(  # noqa: PLR0917
    seed: Seed = 1,
    day: Day = None,
    streets: Streets = "",
    links_for: LinksFor = None,
    https: Https = False,
    as_json: AsJson = False,
) -> None:
    """Load the demo: areas, grid, incidents, the 12-person team, the five places, cases. Repeating it changes nothing."""
    from app.demo.service import LEFT_ALONE, Demo

    began = time.monotonic()
    demo = Demo(_wanted(seed, day, streets), _say)
    with owner() as connection:
        ground = demo.load_ground(connection)
    report: dict[str, Any] = {"ground": ground}
    if ground["outcome"] != LEFT_ALONE:
        with service() as connection:
            report["day"] = demo.load_day(connection)
        with service() as connection:
            report["places"] = demo.load_places(connection, datetime.now(UTC))
        with owner() as connection:
            report["lanes"] = demo.load_lanes(connection)
        if day is None:
            with service() as connection:
                report["today"] = demo.load_today(connection, datetime.now(UTC))
    report["seconds"] = round(time.monotonic() - began, 2)
    made = None if links_for is None else _links_if_any(links_for, https=https)
    if as_json:
        print_json(report | ({} if made is None else {"links": made}))
        return
    out.print(
        f"Demo ready in {report['seconds']} s. Streets, communities, parties, cases and the day are synthetic (示意)."
    )
    if made:
        _show_links(made)


@app.command()
def links(
    port: Annotated[int, typer.Option(help="Where the server listens.")] = 8000,
    https: Https = False,
    as_json: AsJson = False,
) -> None:
    """Print a one-time sign-in link for each role and each person of the stories. Each works once, within a day."""
    from app.demo.people import service as people

    with service() as connection:
        made = people.links(connection, _base(port, https=https))
    if as_json:
        print_json({"valid_hours": people.LINK_MIN // 60, "links": made})
    else:
        _show_links(made)


def _links_if_any(port: int, *, https: bool) -> list[dict[str, Any]]:
    """Make links where there are accounts of the demo; say so where there are none."""
    from app.demo.people import service as people

    try:
        with service() as connection:
            return people.links(connection, _base(port, https=https))
    except people.NoDemoAccounts as error:
        err.print(f"No links to sign in with: {error}", markup=False)
        return []


def _show_links(made: list[dict[str, Any]]) -> None:
    """Print who may sign in and how, the roles first."""
    out.print(
        "\nSign in as (each link works once, within a day; then: gridward demo links)\n"
        "一次性登录链接（每个只能用一次，一天内有效；之后运行 gridward demo links）"
    )
    for one in made:
        out.print(
            f"  {one['zh']}（示意） {one['en']} (synthetic)\n    {one['can_zh']} / {one['can_en']}\n    {one['link']}",
            markup=False,
        )


def _base(port: int, *, https: bool) -> str:
    from app.web import certificates

    return f"https://{certificates.local_names()[0]}:{port}" if https else f"http://127.0.0.1:{port}"


@app.command(name="files")
def files_(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the files.")],
    seed: Seed = 1,
    day: Day = None,
    streets: Streets = "",
    as_json: AsJson = False,
) -> None:
    """Write the demo as files, to try the loaders on: boundaries (GeoPackage), incidents and fixes (CSV)."""
    from app.demo import files
    from app.demo.service import Demo

    wanted = _wanted(seed, day, streets)
    recipe = wanted.recipe(wanted.day or datetime.now(wanted.zone).date() - timedelta(days=1))
    paths = files.write(output, Demo(wanted, _say).made(), recipe)
    if as_json:
        print_json({"day": recipe.day, "files": [str(path) for path in paths]})
    else:
        out.print(f"{len(paths)} files in {output}; README.txt there says how to load them.")


def _wanted(seed: int, day: str | None, streets: str) -> Any:
    from app.demo.service import Wanted
    from app.geo.crs import Metric

    deployment = settings()
    return Wanted(
        seed=seed,
        metric=Metric(deployment.metric_srid),
        zone=ZoneInfo(deployment.timezone),
        day=_day(day),
        streets=tuple(sorted(filter(None, streets.split(",")))),
    )


def _day(text: str | None) -> Any:
    try:
        return None if text is None else datetime.fromisoformat(text).date()
    except ValueError:
        raise BadInput(f"--day is {text!r}.", remedy="Write it as in 2026-03-14.") from None


def _say(line: str) -> None:
    err.print(line)
