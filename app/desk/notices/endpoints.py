"""What one is to be told (通知), and help (使用说明): stages, lights, who may do what, from the table of moves itself."""

from __future__ import annotations

from fastapi import APIRouter, Response

from app.auth.guards import Transaction
from app.auth.permissions import PERMISSIONS, ROLES
from app.cases import workflow
from app.cases.notices import service as notices
from app.desk import telling, words
from app.desk.drawing import Look
from app.desk.guards import Form, MyLook, page, seen

router = APIRouter(prefix="/desk", include_in_schema=False)


@router.get("/notices")
def notices_page(connection: Transaction, look: MyLook) -> Response:
    """Show what one is to be told and has not marked as seen."""
    found = notices.mine(connection)
    told = [one | {"said": telling.move(one["what"], look)} for one in found]
    return page(look, "notices.html", found=told, upto=max((one["id"] for one in found), default=0))


@router.post("/notices")
def see(connection: Transaction, look: MyLook, sent: Form) -> Response:
    """Mark as seen what was shown."""
    notices.see(connection, sent.whole("upto") or 0, look.now)
    return seen("/desk/notices")


@router.get("/help")
def help_page(look: MyLook) -> Response:
    """Tell in short how cases run, what lights mean, and who may do what."""
    moves = [
        (look.t(move.zh, move.en), _stages(move.since, look), _who(move, look)) for move in workflow.TABLE
    ]
    return page(look, "help.html", moves=moves, limits=(workflow.REOPEN_DAYS, workflow.CONFIRM_DAYS))


def _stages(since: frozenset[str], look: Look) -> str:
    if since == workflow.OPEN:
        return look.t("未结束的任何阶段", "any, while open")
    return look.t("、", ", ").join(look.pair(words.STAGES[key]) for key in workflow.STAGES if key in since)


def _who(move: workflow.Move, look: Look) -> str:
    """Return the roles that hold one of a move's permissions; its own ground or party is left to the case."""
    held = [role for role in ROLES if any(by.permission in PERMISSIONS[role] for by in move.by)]
    return look.t("、", ", ").join(look.pair(ROLES[role]) for role in held)
