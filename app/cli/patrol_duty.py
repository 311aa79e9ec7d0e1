"""`gridward patrol tidy` and `gridward patrol team leader`: what is kept of duty, and who leads."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.common import AsJson, out, print_json, service, settings

EVERY = 1_000_000  # shifts: whatever is due


def tidy(*, as_json: AsJson = False) -> None:
    """Close shifts that nobody ended, and delete raw fixes that are older than GRIDWARD_FIX_DAYS; visits stay.

    The server does the same every hour.
    """
    from app.patrol.duty import service as duty
    from app.patrol.retention import service as retention

    chosen = settings()
    with service() as connection:
        closed = len(duty.close_forgotten(connection, duty.Rules.of(chosen)))
        done = retention.delete_due(connection, chosen.fix_days, most=EVERY)
    if as_json:
        print_json({"closed": closed} | done.to_dict())
    else:
        out.print(
            f"{closed} shifts closed that nobody had ended; raw fixes of {done.shifts} shifts deleted "
            f"({done.fixes:,} fixes), their visits stay; {done.stray:,} fixes deleted that belonged to no shift"
        )


def leader(
    member: Annotated[str, typer.Argument(help="Code of the member.")],
    *,
    no_longer: Annotated[bool, typer.Option("--no-longer", help="The member leads no more.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say who leads a team: sees its members' figures, and where they are while on shift."""
    from app.teams.duty import service as duty

    with service() as connection:
        duty.lead(connection, member, leader=not no_longer)
    if as_json:
        print_json({"member": member, "leader": not no_longer})
    else:
        out.print(f"{member}: {'leads no more' if no_longer else 'leads the team'}", markup=False)


app = typer.Typer()
app.command("tidy")(tidy)
team_app = typer.Typer()
team_app.command("leader")(leader)
