"""`/api/auth`: coming in and going out, accounts with their grants and tokens, the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Path, Query, Request, Response
from pydantic import AwareDatetime

from app.auth import service
from app.auth.accounts import AuditFilter
from app.auth.entrance import service as entrance
from app.auth.guards import (
    COOKIE,
    Me,
    OnceKey,
    Transaction,
    forget_session,
    keep_session,
    once,
    source_of,
)
from app.auth.schemas import (
    AccountChange,
    AccountIn,
    AccountOut,
    AuditOut,
    EntryOut,
    GrantIn,
    LinkIn,
    LinkMade,
    LinkUse,
    MeOut,
    PasswordIn,
    RoleOut,
    SignIn,
    TokenIn,
    TokenMade,
    TokenOut,
)
from app.auth.tokens import service as auth_tokens
from app.core.errors import NotAllowed
from app.web import problems
from app.web.etags import IfMatch, etag
from app.web.routers import Branch

if TYPE_CHECKING:
    from app.auth.accounts import Account
    from app.auth.principal import Principal

router = Branch(prefix="/api/auth", tags=["accounts and rights"])

AccountId = Annotated[int, Path(ge=1, lt=2**31, examples=[17])]
RowId = Annotated[int, Path(ge=1, lt=2**31, examples=[3])]
Word = Annotated[str | None, Query(max_length=200)]
COMING_IN = problems.SENDING | problems.documented(429)


@router.post("/sign-in", responses=COMING_IN)
def sign_in(request: Request, response: Response, connection: Transaction, said: SignIn) -> MeOut:
    """Sign in (登录) and get a session's cookie; many failures slow the address down that they come from."""
    secret = entrance.sign_in(connection, said.name, said.password.get_secret_value(), source_of(request))
    return _came_in(request, response, connection, secret)


@router.post("/link", responses=problems.SENDING)
def use_link(request: Request, response: Response, connection: Transaction, said: LinkUse) -> MeOut:
    """Sign in by a one-time link (一次性登录链接): it works once."""
    return _came_in(request, response, connection, entrance.use_link(connection, said.secret))


def _came_in(request: Request, response: Response, connection: Transaction, secret: str) -> MeOut:
    entrance.sign_out(connection, request.cookies.get(COOKIE, ""))  # nobody goes on in a session from before
    keep_session(request, response, secret)
    return MeOut.of(entrance.principal_of_session(connection, secret))


@router.post("/sign-out", status_code=204)
def sign_out(request: Request, response: Response, connection: Transaction) -> None:
    """End the session (退出)."""
    entrance.sign_out(connection, request.cookies.get(COOKIE, ""))
    forget_session(response)


@router.get("/me")
def me(asking: Me) -> MeOut:
    """Who is asking, with their grants and what these allow."""
    return MeOut.of(asking)


@router.put("/password", status_code=204, responses=COMING_IN)
def change_password(
    request: Request, response: Response, connection: Transaction, asking: Me, said: PasswordIn
) -> None:
    """Set one's own password (修改口令): all sessions end, and this browser gets a new one."""
    current = None if said.current is None else said.current.get_secret_value()
    secret = entrance.change_password(
        connection, asking, said.password.get_secret_value(), current, source_of(request)
    )
    keep_session(request, response, secret)


@router.get("/roles")
def roles(_asking: Me) -> list[RoleOut]:
    """Every role (角色) and what it may do within its area or party."""
    return RoleOut.all()


@router.get("/accounts")
def accounts(
    connection: Transaction,
    asking: Me,
    after: Annotated[str, Query(max_length=64, description="Name of the last account that was read.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[AccountOut]:
    """Accounts by name, from the one after `after` on; for administrators and auditors."""
    _may_read(asking)
    return [AccountOut.of(found) for found in service.accounts(connection, after=after, most=limit)]


@router.post(
    "/accounts",
    status_code=201,
    response_model=AccountOut,
    responses=problems.SENDING | problems.documented(409),
)
def make_account(connection: Transaction, asking: Me, said: AccountIn, key: OnceKey = None) -> Response:
    """Make an account (新建账号), as yet without any right."""
    asking.requires("accounts.edit")

    def make() -> tuple[int, AccountOut, dict[str, str]]:
        made = service.account(connection, service.make_account(connection, said.name, said.shown))
        headers = {"Location": f"{router.prefix}/accounts/{made.id}", "ETag": etag(made.version)}
        return 201, AccountOut.of(made), headers

    return once(connection, asking, key, ["account", said.model_dump(mode="json")], make)


@router.get("/accounts/{account_id}")
def account(connection: Transaction, asking: Me, account_id: AccountId, response: Response) -> AccountOut:
    """One account, with its version as ETag; for administrators, auditors, and whose it is."""
    if asking.account_id != account_id:
        _may_read(asking)
    return _told(response, service.account(connection, account_id))


@router.patch("/accounts/{account_id}", responses=problems.CHANGING)
def change_account(
    connection: Transaction,
    asking: Me,
    *,
    account_id: AccountId,
    said: AccountChange,
    version: IfMatch,
    response: Response,
) -> AccountOut:
    """Change how an account is shown, whether it is active, or have its password forgotten."""
    asking.requires("accounts.edit")
    changed = service.change_account(
        connection,
        account_id,
        version,
        shown=said.shown,
        active=said.active,
        forget_password=said.forget_password,
    )
    return _told(response, changed)


@router.post(
    "/accounts/{account_id}/grants",
    status_code=201,
    response_model=AccountOut,
    responses=problems.SENDING | problems.documented(409),
)
def grant(
    connection: Transaction, asking: Me, account_id: AccountId, said: GrantIn, key: OnceKey = None
) -> Response:
    """Grant a role (授权) within an area or a party; the same without end again changes nothing."""
    asking.requires("accounts.edit")

    def make() -> tuple[int, AccountOut, dict[str, str]]:
        service.grant(
            connection,
            account_id,
            said.role,
            said.area_code,
            said.party_id,
            since=said.since,
            until=said.until,
        )
        granted = service.account(connection, account_id)
        return 201, AccountOut.of(granted), {"ETag": etag(granted.version)}

    return once(connection, asking, key, ["grant", account_id, said.model_dump(mode="json")], make)


@router.delete("/accounts/{account_id}/grants/{grant_id}", responses=problems.CHANGING)
def end_grant(
    connection: Transaction,
    asking: Me,
    *,
    account_id: AccountId,
    grant_id: RowId,
    version: IfMatch,
    response: Response,
) -> AccountOut:
    """End a grant now; If-Match is the account's version."""
    asking.requires("accounts.edit")
    return _told(response, service.end_grant(connection, account_id, grant_id, version))


@router.get("/accounts/{account_id}/tokens")
def tokens(connection: Transaction, asking: Me, account_id: AccountId) -> list[TokenOut]:
    """Tokens of an account, newest first, without their secrets; for administrators and whose they are."""
    if asking.account_id != account_id:
        asking.requires("accounts.edit")
    return [TokenOut.of(token) for token in auth_tokens.tokens(connection, account_id)]


@router.post(
    "/accounts/{account_id}/tokens",
    status_code=201,
    response_model=TokenMade,
    responses=problems.SENDING | problems.documented(409),
)
def make_token(
    connection: Transaction, asking: Me, account_id: AccountId, said: TokenIn, key: OnceKey = None
) -> Response:
    """Make a token for a machine (令牌), for oneself or as an administrator; its secret is told once."""
    _may_let_in(asking, account_id)

    def make() -> tuple[int, TokenMade, dict[str, str]]:
        made, secret = auth_tokens.new_token(connection, account_id, said.name, said.scopes, said.days)
        return 201, TokenMade(**TokenOut.of(made).model_dump(), secret=secret), {}

    asked = ["token", account_id, said.model_dump(mode="json")]
    return once(connection, asking, key, asked, make, unkept=("secret",))


@router.delete("/accounts/{account_id}/tokens/{token_id}")
def revoke_token(connection: Transaction, asking: Me, account_id: AccountId, token_id: RowId) -> TokenOut:
    """Revoke a token; there is no version to match, for it can't be brought back."""
    if asking.account_id != account_id:
        asking.requires("accounts.edit")
    return TokenOut.of(auth_tokens.revoke_token(connection, account_id, token_id))


@router.post(
    "/accounts/{account_id}/links",
    status_code=201,
    response_model=LinkMade,
    responses=problems.SENDING | problems.documented(409),
)
def make_link(
    connection: Transaction, asking: Me, account_id: AccountId, said: LinkIn, key: OnceKey = None
) -> Response:
    """Make a one-time sign-in link (一次性登录链接); whoever has it signs in, so the audit log names who made it."""
    asking.requires("accounts.edit")

    def make() -> tuple[int, LinkMade, dict[str, str]]:
        secret = entrance.make_link(connection, account_id, said.minutes)
        return 201, LinkMade(account_id=account_id, minutes=said.minutes, secret=secret), {}

    asked = ["link", account_id, said.minutes]
    return once(connection, asking, key, asked, make, unkept=("secret",))


@router.get("/audit")
def audit(
    connection: Transaction,
    asking: Me,
    *,
    principal: Annotated[Word, Query(examples=["account:7"])] = None,
    action: Annotated[Word, Query(examples=["look"])] = None,
    subject: Annotated[Word, Query(examples=["cases.reporters"])] = None,
    subject_id: Word = None,
    from_: Annotated[AwareDatetime | None, Query(alias="from", description="Included.")] = None,
    to: Annotated[AwareDatetime | None, Query(description="Not included.")] = None,
    before: Annotated[int | None, Query(ge=1, lt=2**63, description="The last answer's `next`.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> AuditOut:
    """The audit log (审计日志), newest first; for auditors."""
    asking.requires("audit.read")
    asked = AuditFilter(
        principal=principal, action=action, subject=subject, subject_id=subject_id, start=from_, end=to,
        before=before, limit=limit,
    )  # fmt: skip
    found = [EntryOut.of(entry) for entry in service.entries(connection, asked)]
    return AuditOut(entries=found, next=found[-1].id if len(found) == limit else None)


def _may_read(asking: Principal) -> None:
    if not asking.may("audit.read"):
        asking.requires("accounts.edit")


def _may_let_in(asking: Principal, account_id: int) -> None:
    """A person makes tokens for the own account; a token makes none that could do more than itself."""
    if asking.account_id != account_id:
        asking.requires("accounts.edit")
    elif asking.scopes is not None:
        raise NotAllowed("A token makes no token for its own account.", remedy="Sign in.")


def _told(response: Response, found: Account) -> AccountOut:
    response.headers["ETag"] = etag(found.version)
    return AccountOut.of(found)
