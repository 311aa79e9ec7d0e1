"""Recorders of members (其他记录设备): made, listed and revoked by the member; what they send is judged like a phone's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.areas.editions import NoEdition
from app.auth import proofs
from app.auth import service as auth
from app.auth.errors import UnknownAccount
from app.core.errors import NotFound, NotSignedIn
from app.patrol.duty import service as duty
from app.patrol.intake import service as intake
from app.patrol.recorders import repository
from app.patrol.reduction import service as reduction
from app.patrol.rules import ON_FOOT
from app.teams.duty import service as team_duty

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from app.auth.principal import Principal
    from app.patrol.intake.service import Taken
    from app.patrol.recorders.protocol import Told

PREFIX = "gwr_"
"""So that a secret that lies about in a file or a screenshot is known for one."""


class UnknownRecorder(NotSignedIn):
    """This secret is no recorder's, or was revoked; nothing was stored."""

    zh = "记录设备密钥无效或已停用，未保存任何内容。"


class NoSuchRecorder(NotFound):
    """You have no such recorder."""

    zh = "您没有这个记录设备。"


def make(connection: Connection, asking: Principal, rules: duty.Rules, name: str) -> tuple[Any, str]:
    """Make a recorder of the asker's; return it and its secret, which is told this once.

    Raises:
        NotAMember: The asker walks as nobody.
        NotAllowed: They may not add fixes.
        ConsentMissing: They don't agree to being recorded.
    """
    walker = duty.walker(connection, asking)
    asking.requires("fixes.add")
    duty.require_consent(connection, asking.account_id, rules)
    secret = proofs.fresh(PREFIX)
    with auth.as_system(connection):
        made = repository.add(connection, walker.id, name, proofs.digest(secret))
        auth.audit(connection, asking, "insert", "patrol.recorders", made.id)
    return made, secret


def recorders(connection: Connection, asking: Principal) -> list[Any]:
    """Return the asker's recorders, newest first, without secrets."""
    return repository.recorders(connection, duty.walker(connection, asking).id)


def revoke(connection: Connection, asking: Principal, recorder_id: int) -> None:
    """Revoke a recorder of the asker's; a second time changes nothing.

    Raises:
        NoSuchRecorder: They have none of this id.
    """
    walker = duty.walker(connection, asking)
    with auth.as_system(connection):
        if not repository.end(connection, walker.id, recorder_id):
            raise NoSuchRecorder(f"Recorder {recorder_id}.")
        auth.audit(connection, asking, "revoke", "patrol.recorders", recorder_id)


def take(connection: Connection, rules: duty.Rules, told: Told, now: datetime) -> Taken:
    """Store what a recorder sends; it is reduced within a minute by `catch_up`.

    Recorders send one fix a request, and thousands when they find the network again: to reduce a shift for each would
    cost a hundred times as much as to store it.

    Raises:
        UnknownRecorder: Nobody's secret.
        ConsentMissing: The member doesn't agree; nothing was stored.
        NotAllowed: The member may not add fixes any more.
    """
    with auth.as_system(connection):
        found = repository.heard(connection, proofs.digest(told.secret)) if told.secret else None
        if found is None:
            raise UnknownRecorder(remedy="Make one: POST /api/patrol/me/recorders, or on the phone page.")
        walker = team_duty.walker_of(connection, found.member_id)
        duty.hold(connection, walker.id)
        duty.require_consent(connection, walker.account_id, rules)
        try:
            auth.principal_of(connection, walker.account_id or 0).requires("fixes.add")
        except UnknownAccount:  # closed since: its secret is nobody's
            raise UnknownRecorder(remedy="Ask an administrator.") from None
        return intake.take_recorded(connection, walker, rules, f"recorder-{found.id}", told.items, now)


def catch_up(connection: Connection) -> int:
    """Reduce, as the system, shifts that got fixes from recorders since; return how many."""
    shifts = repository.behind(connection)
    for shift in shifts:
        try:
            reduction.reduce_shifts(connection, [shift], ON_FOOT)
        except NoEdition:
            continue
    return len(shifts)
