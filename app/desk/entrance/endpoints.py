"""Coming in and going out; accounts for administrators, the audit log for auditors (登录、账号、审计)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from app.auth import service as auth
from app.auth.accounts import AuditFilter
from app.auth.entrance import service as entrance
from app.auth.guards import COOKIE, Transaction
from app.auth.permissions import ROLES
from app.core.errors import BadInput, GridwardError, NotSignedIn
from app.desk import service
from app.desk.drawing import Look, local_path
from app.desk.guards import AnyLook, Form, MyLook, page, seen
from app.web.problems import status_of

router = APIRouter(include_in_schema=False)
Next = Annotated[str, Query(max_length=500)]
Secret = Annotated[str, Path(max_length=200)]
LINES = 100


@router.get("/sign-in")
def sign_in_page(look: AnyLook, next: Next = "/desk") -> Response:  # noqa: A002  # the field's name in the address
    """Show the form; who is signed in already goes on."""
    if look.asking.signed_in:
        return seen(local_path(next))
    return page(look, "sign_in.html", error=None, name="", next=local_path(next), retry=None)


@router.post("/sign-in")
def sign_in(request: Request, connection: Transaction, look: AnyLook, sent: Form) -> Response:
    """Sign in and go on to where one wanted to be, on this site only."""
    there = local_path(sent.text("next", "/desk"))
    name, password = sent.text("name"), _secret(sent, "password")
    try:
        with connection.begin_nested():
            secret = entrance.sign_in(connection, name, password, _source(request))
    except GridwardError as error:
        wait_s = getattr(error, "wait_s", None)
        answer = page(
            look, "sign_in.html", status_of(error), error=error, name=name, next=there, retry=wait_s
        )
        if wait_s:
            answer.headers["Retry-After"] = str(wait_s)
        return answer
    return _let_in(request, secret, there)


@router.get("/link/{secret}")
def link_page(look: AnyLook, secret: Secret) -> Response:  # noqa: ARG001  # what only looks at links must not use them up
    """Show a button: programs that fetch every link they see don't press it."""
    return page(look, "link.html", error=None)


@router.post("/link/{secret}")
def use_link(
    request: Request,
    connection: Transaction,
    look: AnyLook,
    secret: Secret,
    next: Next = "/",  # noqa: A002
) -> Response:
    """Use up a one-time link, and go where its address says, here."""
    try:
        with connection.begin_nested():
            fresh = entrance.use_link(connection, secret)
    except GridwardError as error:
        return page(look, "link.html", status_of(error), error=error)
    return _let_in(request, fresh, local_path(next))


@router.post("/sign-out")
def sign_out(request: Request, connection: Transaction) -> Response:
    """End the session."""
    entrance.sign_out(connection, request.cookies.get(COOKIE, ""))
    answer = seen("/sign-in")
    answer.delete_cookie(COOKIE, path="/")
    return answer


@router.get("/desk/password")
def password_page(connection: Transaction, look: MyLook) -> Response:
    """Show the form for one's own password."""
    return page(look, "password.html", error=None, has=_has_password(connection, look))


@router.post("/desk/password")
def change_password(request: Request, connection: Transaction, look: MyLook, sent: Form) -> Response:
    """Change one's own password; sessions elsewhere end."""
    if look.asking.account_id is None:
        raise NotSignedIn
    fresh, again = _secret(sent, "new"), _secret(sent, "again")
    try:
        with connection.begin_nested():
            if fresh != again:
                raise BadInput("两次输入的新密码不一致。 The two new passwords differ.")
            secret = entrance.change_password(
                connection, look.asking, fresh, _secret(sent, "current"), _source(request)
            )
    except GridwardError as error:
        has = _has_password(connection, look)
        return page(look, "password.html", status_of(error), error=error, has=has)
    told = look.t("密码已修改，其他设备上的登录已失效。", "Changed; you are signed out elsewhere.")
    return _let_in(request, secret, Look(path="/desk").link(told=told))


@router.get("/desk/accounts")
def accounts_page(connection: Transaction, look: MyLook) -> Response:
    """List accounts, with the form for a new one."""
    look.asking.requires("accounts.edit")
    return _accounts(connection, look)


@router.post("/desk/accounts")
def make_account(connection: Transaction, look: MyLook, sent: Form) -> Response:
    """Make an account."""
    look.asking.requires("accounts.edit")
    try:
        with connection.begin_nested():
            made = auth.make_account(connection, sent.text("name"), sent.text("shown"))
    except GridwardError as error:
        return _accounts(connection, look, error, {"name": sent.text("name"), "shown": sent.text("shown")})
    return seen(f"/desk/accounts/{made}")


@router.get("/desk/accounts/{account_id}")
def account_page(connection: Transaction, look: MyLook, account_id: int) -> Response:
    """Show one account: its roles, and what an administrator may do with it."""
    look.asking.requires("accounts.edit")
    return _account(connection, look, account_id)


@router.post("/desk/accounts/{account_id}/grants")
def grant(connection: Transaction, look: MyLook, account_id: int, sent: Form) -> Response:
    """Grant a role."""
    look.asking.requires("accounts.edit")
    try:
        with connection.begin_nested():
            party = sent.text("party")
            auth.grant(
                connection,
                account_id,
                sent.text("role"),
                sent.text("area") or None,
                service.party_id(connection, party) if party else None,
                by=look.asking.shown,
            )
    except GridwardError as error:
        return _account(connection, look, account_id, error=error)
    return seen(f"/desk/accounts/{account_id}")


@router.post("/desk/accounts/{account_id}/grants/{grant_id}/end")
def end_grant(connection: Transaction, look: MyLook, account_id: int, grant_id: int, sent: Form) -> Response:
    """End a grant now."""
    look.asking.requires("accounts.edit")
    try:
        with connection.begin_nested():
            auth.end_grant(connection, account_id, grant_id, sent.whole("version") or 0)
    except GridwardError as error:
        return _account(connection, look, account_id, error=error)
    return seen(f"/desk/accounts/{account_id}")


@router.post("/desk/accounts/{account_id}")
def change_account(connection: Transaction, look: MyLook, account_id: int, sent: Form) -> Response:
    """Deactivate an account, or take it back."""
    look.asking.requires("accounts.edit")
    try:
        with connection.begin_nested():
            auth.change_account(
                connection,
                account_id,
                sent.whole("version") or 0,
                shown=sent.text("shown") or None,
                active={"yes": True, "no": False}.get(sent.text("active")),
                forget_password=sent.text("forget") == "yes",
            )
    except GridwardError as error:
        return _account(connection, look, account_id, error=error)
    return seen(f"/desk/accounts/{account_id}")


@router.post("/desk/accounts/{account_id}/link")
def make_link(request: Request, connection: Transaction, look: MyLook, account_id: int) -> Response:
    """Make a one-time link; it is shown this once."""
    look.asking.requires("accounts.edit")
    secret = entrance.make_link(connection, account_id, 60)
    return _account(connection, look, account_id, link=f"{request.base_url}link/{secret}")


@router.get("/desk/audit")
def audit_page(  # noqa: PLR0917  # the fields of a form in the address
    connection: Transaction,
    look: MyLook,
    who: Annotated[str, Query(max_length=60)] = "",
    action: Annotated[str, Query(max_length=60)] = "",
    subject: Annotated[str, Query(max_length=60)] = "",
    row: Annotated[str, Query(max_length=60)] = "",
    days: Annotated[int, Query(ge=1, le=3660)] = 30,
    before: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """Show the audit log, newest first."""
    look.asking.requires("audit.read")
    asked = AuditFilter(
        principal=who or None,
        action=action or None,
        subject=subject or None,
        subject_id=row or None,
        start=look.now - timedelta(days=days),
        before=before,
        limit=LINES,
    )
    lines = auth.entries(connection, asked)
    names = auth.shown_as(connection, [line.principal for line in lines])
    facts = {"who": who, "action": action, "subject": subject, "row": row, "days": days}
    more = lines[-1].id if len(lines) == LINES else None
    return page(look, "audit.html", lines=lines, names=names, asked=facts, more=more)


def _secret(sent: Form, name: str) -> str:
    """Return a password as it was typed, space and all."""
    value = sent.form.get(name)
    return value[:1000] if isinstance(value, str) else ""


def _source(request: Request) -> str:
    return request.client.host if request.client else ""


def _let_in(request: Request, secret: str, there: str) -> Response:
    answer = seen(there)
    answer.set_cookie(
        COOKIE, secret, httponly=True, samesite="lax", secure=request.url.scheme == "https", path="/"
    )
    return answer


def _has_password(connection: Transaction, look: Look) -> bool:
    return (
        look.asking.account_id is not None and auth.account(connection, look.asking.account_id).has_password
    )


def _accounts(
    connection: Transaction,
    look: Look,
    error: GridwardError | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    found = auth.accounts(connection)
    facts: dict[str, Any] = {"error": error, "typed": typed or {}, "accounts": found, "roles": ROLES}
    facts |= service.scopes(connection, [held for one in found for held in one.grants])
    return page(look, "accounts.html", status_of(error) if error else 200, **facts)


def _account(
    connection: Transaction,
    look: Look,
    account_id: int,
    *,
    error: GridwardError | None = None,
    link: str = "",
) -> Response:
    one = auth.account(connection, account_id)
    facts: dict[str, Any] = {"error": error, "one": one, "link": link, "roles": ROLES}
    facts |= service.scopes(connection, one.grants)
    facts["choices"] = [
        (level, service.areas(connection, level)) for level in ("district", "street", "community")
    ]
    facts["own"] = account_id == look.asking.account_id
    return page(look, "account.html", status_of(error) if error else 200, **facts)
