"""`gridward parties`: who there is, who answers where and why, which ground has no owner; sheets in and out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from app.cli.common import AsJson, FileTrouble, err, out, print_json, service, show

if TYPE_CHECKING:
    from app.parties.linting import LintReport, Row

app = typer.Typer(no_args_is_help=True, help="Parties (责任主体): who answers for what, where and why.")
TABLE_WIDTH = 110
SHOWN = 20
LOCAL = ZoneInfo("Asia/Shanghai")

Area = Annotated[str | None, typer.Option(help="Code of a district, street or community.")]
At = Annotated[datetime | None, typer.Option(help="A time; by default now. Without a zone: Beijing time.")]


@app.callback()
def about() -> None:
    """Parties (责任主体): who answers for what, where and why."""


@app.command("list")
def list_(*, area: Area = None, kind: str | None = None, as_json: AsJson = False) -> None:
    """List parties by code."""
    from app.parties import service as parties
    from app.parties.kinds import KINDS
    from app.parties.schemas import PartyOut

    with service() as connection:
        found = [
            party
            for party in parties.parties(connection)
            if (area is None or party.area_code == area) and (kind is None or party.kind == kind)
        ]
    if as_json:
        print_json([PartyOut.of(party).model_dump(mode="json") for party in found])
        return
    table = Table("code", "kind", "area", "name")
    for party in found:
        mark = "（示意）" if party.synthetic and "示意" not in party.names[-1].zh else ""
        table.add_row(party.code, KINDS[party.kind].zh, party.area_code or "全区", party.names[-1].zh + mark)
    Console(width=TABLE_WIDTH).print(table)


@app.command()
def explain(
    *,
    lon: Annotated[float, typer.Option(help="Longitude (degrees) or easting.")],
    lat: Annotated[float, typer.Option(help="Latitude or northing.")],
    category: Annotated[str, typer.Option(help="As in event:0102.")],
    at: At = None,
    datum: Annotated[str, typer.Option(help="wgs84, cgcs2000, gcj02, bd09 or epsg:N.")] = "wgs84",
    as_json: AsJson = False,
) -> None:
    """Say who answers for a place and a category, and why (派遣依据)."""
    from app.parties.answers import service as answers

    with service() as connection:
        when = _moment(at)
        answer = answers.explain(
            connection, answers.place_at(connection, lon, lat, datum, when), category, when
        )
    if as_json:
        print_json(answer.to_dict())
        return
    lead = "无" if answer.lead is None else f"{answer.lead.zh} ({answer.lead.code})"
    out.print(f"主责 Lead: {lead}", markup=False)
    for name, members in (
        ("协办 Assist", answer.assist), ("监督 Supervise", answer.supervise), ("知会 Inform", answer.inform),
    ):  # fmt: skip
        if members:
            out.print(f"{name}: {', '.join(f'{p.zh} ({p.code})' for p in members)}", markup=False)
    out.print(
        f"无人受理时依次 Then: {' → '.join(c.party.zh for c in answer.chain[1:]) or '无'}", markup=False
    )
    for step in answer.trace:
        out.print(f"{'✓' if step.used else '·'} {step.zh} {step.en}", markup=False)


@app.command()
def lint(*, area: Area = None, at: At = None, as_json: AsJson = False) -> None:
    """Find ground without an owner or with two, and rules that never decide."""
    from app.parties.answers import service as answers

    with service() as connection:
        report = answers.lint(connection, area, _moment(at))
    if as_json:
        print_json(report.to_dict())
        return
    _tell(report)


def _tell(report: LintReport) -> None:
    for title, rows in (
        ("无主责 Unowned", report.unowned_rows),
        ("主责并列 Doubly owned", report.double_rows),
    ):
        if rows:
            _print_rows(title, rows)
    for rule in report.shadowed_rules[:SHOWN]:
        said = ";".join(rule.categories) or "全部类别"
        out.print(
            f"从未生效 Shadowed: rule {rule.responsibility_id}, {rule.party}, {rule.ground}, {said}",
            markup=False,
        )
    if report.shadowed > SHOWN:
        out.print(f"... and {report.shadowed - SHOWN} more: see --json.")
    out.print(
        f"{report.cells:,} cells x {report.categories} categories: {report.unowned:,} unowned, "
        f"{report.doubly_owned:,} doubly owned, {report.shadowed:,} rules shadowed."
    )


def _print_rows(title: str, rows: tuple[Row, ...]) -> None:
    table = Table("community", "category", "cells", "for example", "parties", title=title)
    for row in rows[:SHOWN]:
        table.add_row(row.community, row.category, str(row.cells), row.examples[0], ", ".join(row.parties))
    Console(width=TABLE_WIDTH).print(table)
    if len(rows) > SHOWN:
        out.print(f"... and {len(rows) - SHOWN:,} more: see --json.")


@app.command("model")
def model(
    area: Annotated[str, typer.Argument(help="Code of a community, or of a street for all its communities.")],
    to: Annotated[str | None, typer.Argument(help="government_led, community_led or self_governed.")] = None,
    *,
    step: Annotated[str | None, typer.Option(help="lead, follow or hand_over; government-led only.")] = None,
    since: Annotated[datetime | None, typer.Option(help="By default now.")] = None,
    basis: Annotated[str, typer.Option(help="What it rests on.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show the collaboration models of an area, or let it have another one from a time on."""
    from app.auth.principal import SYSTEM
    from app.parties.drafts import ModelDraft
    from app.parties.duties import service as duties
    from app.parties.schemas import ModelOut

    with service() as connection:
        if to is not None:
            start = _moment(since) or datetime.now(LOCAL)
            duties.set_model(
                connection, SYSTEM, ModelDraft(area_code=area, model=to, step=step, since=start, basis=basis)
            )
        found = [ModelOut.of(one).model_dump(mode="json") for one in duties.models(connection, area)]
    if as_json:
        print_json(found)
        return
    for one in found:
        at = f"{one['start'] or 'always'} to {one['end'] or 'now and on'}"
        out.print(f"{one['model']} {one['step'] or ''} {at} {one['basis']}", markup=False)
    if not found:
        out.print("No model of its own: its street's holds, else government-led.")


@app.command()
def template(file: Annotated[Path, typer.Argument(help="A .xlsx to write.")]) -> None:
    """Write an empty workbook to fill in, with explanations."""
    from app.parties.sheets import files

    _write(file, files.to_xlsx([]))


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="A .xlsx, or a .csv of one sheet.")],
    *,
    sheet: Annotated[str, typer.Option(help="Of a .csv: parties, responsibilities or models.")] = "parties",
) -> None:
    """Write parties, responsibilities and models as they can be imported again; no contacts."""
    from app.core.errors import BadInput
    from app.parties.sheets import files
    from app.parties.sheets import service as sheets_service

    if sheet not in files.SHEETS:
        raise BadInput(f"There is no sheet {sheet!r}.", remedy=f"Take one of {', '.join(files.SHEETS)}.")
    with service() as connection:
        drafts = sheets_service.drafts(connection)
    csv = file.suffix.lower() == ".csv"
    _write(file, files.to_csv(sheet, drafts) if csv else files.to_xlsx(drafts))


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A .csv of one sheet, or a .xlsx of all.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Store the rows of a file: good ones are kept, faulty ones told; exit code 1 if there were any."""
    from app.auth.principal import SYSTEM
    from app.parties.sheets import files
    from app.parties.sheets import service as sheets_service

    lines = files.read(file)
    with service() as connection:
        report = sheets_service.import_lines(connection, SYSTEM, lines)
    if as_json:
        print_json(report.to_dict())
    else:
        show(report.findings, err)
        out.print(
            f"{report.rows:,} rows: {report.added:,} added, {report.changed:,} changed, "
            f"{report.unchanged:,} known already, {report.refused:,} refused."
        )
    if report.refused:
        raise typer.Exit(1)


def _write(file: Path, content: bytes) -> None:
    if file.exists():
        raise FileTrouble(f"{file} is there already.", remedy="Give another name, or remove it first.")
    file.write_bytes(content)
    out.print(f"Written: {file}", markup=False)


def _moment(at: datetime | None) -> Any:
    return at.replace(tzinfo=LOCAL) if at is not None and at.tzinfo is None else at
