"""`gridward cases`: report, look at, move and list cases, hand on what nobody signs for."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from app.cli.common import AsJson, out, print_json, service, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from app.auth.principal import Principal
    from app.cases.finding import Listed

app = typer.Typer(no_args_is_help=True, help="Cases (案件): report, look, move, list.")

As = Annotated[str | None, typer.Option("--as", help="Account to act as; default: the system.")]
Number = Annotated[str, typer.Argument(help="The case's number.")]


@app.callback()
def about() -> None:
    """Cases (案件): report, look, move, list."""


@contextmanager
def _acting(name: str | None) -> Iterator[tuple[Connection, Principal]]:
    """Open one transaction as an account, or as the system."""
    from app.auth import service as auth
    from app.auth.principal import SYSTEM

    with service() as connection:
        if name is None:
            yield connection, SYSTEM
            return
        principal = auth.principal_of(connection, auth.account_named(connection, name).id)
        with auth.acting_as(connection, principal):
            yield connection, principal


@app.command()
def report(
    category: Annotated[str, typer.Argument(help="Key of the category, as in event:0102.")],
    *,
    lon: Annotated[float | None, typer.Option(help="Longitude.")] = None,
    lat: Annotated[float | None, typer.Option(help="Latitude.")] = None,
    datum: Annotated[str, typer.Option(help="wgs84, cgcs2000, gcj02, bd09 or epsg:N.")] = "wgs84",
    accuracy: Annotated[float | None, typer.Option(help="Radius in metres.")] = None,
    text: Annotated[str, typer.Option(help="What is the matter.")] = "",
    address: Annotated[str, typer.Option(help="Where, in words.")] = "",
    source: Annotated[str | None, typer.Option(help="patrol, resident, hotline ...")] = None,
    id_: Annotated[str | None, typer.Option("--id", help="Your own id: stored once.")] = None,
    on_the_spot: Annotated[bool, typer.Option(help="Put right at once; not dispatched.")] = False,
    synthetic: Annotated[bool, typer.Option(help="Invented.")] = False,
    as_: As = None,
    as_json: AsJson = False,
) -> None:
    """Report something: it gets a cell, a case, a deadline, and whoever answers."""
    from app.cases import service as cases
    from app.cases.opening import service as opening
    from app.cases.reporting import Said
    from app.cases.surroundings import service as surroundings

    said = Said(
        category=category, x=lon, y=lat, datum=datum, accuracy_m=accuracy, description=text, address=address,
        source=source, source_id=id_, on_the_spot=on_the_spot, synthetic=synthetic, system="command line",
    )  # fmt: skip
    with _acting(as_) as (connection, asking):
        opened = opening.report(connection, asking, said)
        found = cases.case(connection, opened.number)
        may_read = asking.may("case.read")
        duplicates = surroundings.duplicates_of(connection, asking, opened.number) if may_read else []
    warnings = [finding.to_dict() for finding in opened.warnings]
    same = [asdict(duplicate) for duplicate in duplicates]
    if as_json:
        print_json({
            "number": opened.number, "stage": opened.stage, "new": opened.new, "party": found.party_zh,
            "due_at": found.due_at, "warnings": warnings, "duplicates": same,
        })  # fmt: skip
        return
    out.print(f"{opened.number}  {opened.stage}  {found.party_zh or 'nobody yet'}  due {_when(found.due_at)}")
    for finding in opened.warnings:
        out.print(str(finding), markup=False)
    for duplicate in duplicates:
        out.print(f"may be the same: {duplicate.number} ({', '.join(duplicate.reasons)})", markup=False)


@app.command()
def show(number: Number, *, as_: As = None, as_json: AsJson = False) -> None:
    """Show a case: how it stands, how it came to that, why this party, and what could be done."""
    from app.cases import service as cases
    from app.cases.moves import service as cases_moves

    with _acting(as_) as (connection, asking):
        found = cases.case(connection, number)
        history = cases.history(connection, found)
        clock = asdict(cases.clock(connection, found))
        moves = [move.name for move in cases_moves.legal_moves(asking, found)]
    if as_json:
        print_json({**asdict(found), "history": history, "moves": moves, "reading": clock})
        return
    out.print(
        f"{found.number}  {found.category_zh}  {found.stage}  {found.party_zh or '-'}  due {_when(found.due_at)}"
    )
    out.print(found.description, markup=False)
    for step in history:
        out.print(f"  {_when(step['at'])}  {step['move']}  {step['who']}  {step['reason']}", markup=False)
    out.print(f"Moves: {', '.join(moves) or 'none'}")


@app.command("list")
def list_(
    *,
    area: Annotated[str | None, typer.Option(help="Code of a street or community.")] = None,
    stage: Annotated[list[str] | None, typer.Option(help="Stage; may be given several times.")] = None,
    open_: Annotated[bool | None, typer.Option("--open/--ended")] = None,
    overdue: Annotated[bool, typer.Option(help="Only overdue ones.")] = False,
    text: Annotated[str, typer.Option(help="Words in description, address or number.")] = "",
    after: Annotated[str | None, typer.Option(help="Mark of the page before.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 50,
    as_: As = None,
    as_json: AsJson = False,
) -> None:
    """List cases, newest first."""
    from app.cases.finding import Filter
    from app.cases.lists import service as cases_lists

    asked = Filter(
        area=area,
        stages=tuple(stage or ()),
        open=open_,
        overdue=overdue,
        words=text,
        after=after,
        limit=limit,
    )
    with _acting(as_) as (connection, _asking):
        page = cases_lists.find(connection, asked)
    if as_json:
        print_json({"cases": [asdict(case) for case in page.cases], "after": page.after})
        return
    out.print(_table(page.cases))
    if page.after:
        out.print(f"More: --after {page.after}")


@app.command()
def move(
    number: Number,
    name: Annotated[str, typer.Argument(metavar="MOVE", help="accept, file, dispatch, sign, handle ...")],
    *,
    version: Annotated[
        int | None, typer.Option(help="That it starts from; default: what stands now.")
    ] = None,
    reason: Annotated[str, typer.Option()] = "",
    result: Annotated[str, typer.Option(help="What was done.")] = "",
    outcome: Annotated[str, typer.Option(help="declined, impossible ...; default: done.")] = "",
    party: Annotated[int | None, typer.Option(help="Id of the party that is to act.")] = None,
    category: Annotated[str | None, typer.Option()] = None,
    until: Annotated[datetime | None, typer.Option(help="In UTC.")] = None,
    into: Annotated[str | None, typer.Option(help="Number of the main case.")] = None,
    against: Annotated[str | None, typer.Option(help="rework, supervision or overdue.")] = None,
    task: Annotated[int | None, typer.Option()] = None,
    as_: As = None,
    as_json: AsJson = False,
) -> None:
    """Make one move of a case."""
    from app.cases.case import Facts
    from app.cases.moves import service as cases_moves

    facts = Facts(
        reason=reason, result=result, outcome=outcome, party=party, category=category, into=into, against=against,
        task=task, until=until.replace(tzinfo=UTC) if until is not None else None,
    )  # fmt: skip
    with _acting(as_) as (connection, asking):
        moved = cases_moves.move(connection, asking, number, name, version, facts)
    if as_json:
        print_json(asdict(moved))
        return
    out.print(f"{moved.number}  {moved.stage}  {moved.party_zh or '-'}  version {moved.version}")


@app.command()
def escalate(*, as_json: AsJson = False) -> None:
    """Hand on what nobody signed for in time, and tell whose time is over; for a timer, every few minutes."""
    from app.cases.moves import service as cases_moves

    with service() as connection:
        done = cases_moves.escalate(connection)
    if as_json:
        print_json({"done": done})
        return
    for one in done:
        out.print(f"{one['number']}  {one['what']}  {one['party'] or ''}", markup=False)
    out.print(f"{len(done)} cases.")


@app.command()
def today(
    *,
    area: Annotated[str | None, typer.Option(help="Code of a street or community.")] = None,
    as_: As = None,
    as_json: AsJson = False,
) -> None:
    """Show today's work: overdue, due today, overnight, unassigned, returned, to check."""
    from app.cases.finding import LISTS
    from app.cases.lists import service as cases_lists

    with _acting(as_) as (connection, asking):
        lists = cases_lists.today(connection, asking, area=area)
    if as_json:
        told: dict[str, Any] = {name: [case.number for case in found] for name, found in lists.items()}
        print_json(told)
        return
    for name, found in lists.items():
        out.print(f"{LISTS[name][0]} {LISTS[name][1]}: {len(found)}")


def _table(found: tuple[Listed, ...]) -> Table:
    table = Table()
    for name in ("number", "stage", "category", "party", "reported", "due", "community"):
        table.add_column(name, no_wrap=name == "number")
    for case in found:
        table.add_row(
            case.number, case.stage, case.category_zh, case.party_zh or "-", _when(case.reported_at),
            _when(case.due_at), case.community or "-",
        )  # fmt: skip
    return table


def _when(moment: datetime | None) -> str:
    zone = ZoneInfo(settings().timezone)
    return "-" if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
