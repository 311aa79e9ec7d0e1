"""Wire shapes of accounts, grants, tokens, links and the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from app.auth import granting
from app.auth.permissions import PERMISSIONS, ROLES
from app.web.texts import Text

if TYPE_CHECKING:
    from app.auth.accounts import Account, Entry, Token
    from app.auth.principal import Principal

Role = Literal[
    "administrator", "district_supervisor", "street_supervisor", "dispatcher", "checker", "community_officer",
    "party_member", "patroller", "planner", "auditor",
]  # fmt: skip
Name = Annotated[
    Text, Field(min_length=1, max_length=64, description="What one signs in with.", examples=["x.dispatcher"])
]
Shown = Annotated[
    Text,
    Field(
        min_length=1,
        max_length=100,
        description="How others see it: a post, not a person.",
        examples=["小关街道受理员"],
    ),
]
Password = Annotated[SecretStr, Field(max_length=1000, examples=["a few words of your own"])]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SignIn(_In):
    """Name and password (登录)."""

    name: Annotated[Text, Field(max_length=200, examples=["x.dispatcher"])]
    password: Password


class PasswordIn(_In):
    """A new password; `current` is needed where there is one."""

    password: Password
    current: Password | None = None


class LinkUse(_In):
    """The secret of a one-time link."""

    secret: Annotated[
        Text, Field(min_length=1, max_length=200, examples=["q3Jt0b5v2Yc6mK8r1Zx4nW7s9Ld0pF2hTqUeAaBbCcD"])
    ]


class AccountIn(_In):
    """A new account; it signs in by a one-time link and then sets a password of its own."""

    name: Name
    shown: Shown


class AccountChange(_In):
    """What is to change; what is left out stays."""

    shown: Shown | None = None
    active: Annotated[bool | None, Field(description="False ends its sessions and revokes its tokens.")] = (
        None
    )
    forget_password: Annotated[bool, Field(description="It then needs a one-time link.")] = False


class GrantIn(_In):
    """A role within one area or one party, for a period (授权)."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"role": "dispatcher", "area_code": "110105005"}]}
    )

    role: Role
    area_code: Annotated[
        Text | None, Field(max_length=20, description="For all roles but the three below.")
    ] = None
    party_id: Annotated[
        int | None,
        Field(ge=1, lt=2**31, description="For party_member; administrator and auditor have neither."),
    ] = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class TokenIn(_In):
    """A token for a machine (令牌)."""

    name: Annotated[
        Text, Field(min_length=1, max_length=100, description="What it is for.", examples=["12345 import"])
    ]
    scopes: Annotated[
        list[Annotated[str, Field(max_length=60)]],
        Field(
            min_length=1, max_length=60, description="Permissions.", examples=[["case.report", "case.read"]]
        ),
    ]
    days: Annotated[int, Field(ge=1, le=granting.LONGEST_TOKEN_DAYS)] = 90


class LinkIn(_In):
    """How long a one-time link holds."""

    minutes: Annotated[int, Field(ge=1, le=granting.LONGEST_LINK_MIN, examples=[60])] = 60


class GrantOut(BaseModel):
    """A grant that holds now or will."""

    id: int
    role: str
    role_zh: str
    role_en: str
    area_code: str | None
    party_id: int | None
    since: datetime
    until: datetime | None
    granted_by: Annotated[str, Field(examples=["account:1"])]


class AccountOut(BaseModel):
    """An account (账号)."""

    id: int
    name: str
    shown: str
    active: bool
    has_password: bool
    synthetic: bool
    made_at: datetime
    version: int
    grants: list[GrantOut]

    @classmethod
    def of(cls, account: Account) -> Self:
        grants = [
            GrantOut(
                id=held.id, role=held.role, role_zh=ROLES[held.role][0], role_en=ROLES[held.role][1],
                area_code=held.area_code, party_id=held.party_id, since=held.since, until=held.until,
                granted_by=held.granted_by,
            )
            for held in account.grants
        ]  # fmt: skip
        return cls(
            id=account.id, name=account.name, shown=account.shown, active=account.active,
            has_password=account.has_password, synthetic=account.synthetic, made_at=account.made_at,
            version=account.version, grants=grants,
        )  # fmt: skip


class RoleHere(BaseModel):
    """A role that one has, with its scope and what it allows there."""

    role: Annotated[str, Field(examples=["dispatcher"])]
    role_zh: str
    role_en: str
    area_code: str | None
    party_id: int | None
    permissions: list[str]


class MeOut(BaseModel):
    """Who is asking, and what they may do where; `scopes` limits a token further."""

    id: int | None
    name: str
    shown: str
    grants: list[RoleHere]
    scopes: list[str] | None

    @classmethod
    def of(cls, me: Principal) -> Self:
        grants = [
            RoleHere(
                role=grant.role, role_zh=ROLES[grant.role][0], role_en=ROLES[grant.role][1],
                area_code=grant.area_code, party_id=grant.party_id, permissions=sorted(grant.permissions),
            )
            for grant in me.grants
        ]  # fmt: skip
        scopes = None if me.scopes is None else sorted(me.scopes)
        return cls(id=me.account_id, name=me.name, shown=me.shown, grants=grants, scopes=scopes)


class RoleOut(BaseModel):
    """A role and what it may do within its area or party."""

    role: Annotated[str, Field(examples=["dispatcher"])]
    zh: str
    en: str
    permissions: list[str]

    @classmethod
    def all(cls) -> list[Self]:
        return [
            cls(role=role, zh=zh, en=en, permissions=sorted(PERMISSIONS[role]))
            for role, (zh, en) in ROLES.items()
        ]


class TokenOut(BaseModel):
    """A token without its secret."""

    id: int
    account_id: int
    name: str
    scopes: list[str]
    made_at: datetime
    ends_at: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, token: Token) -> Self:
        return cls(**_fields(token) | {"scopes": list(token.scopes)})


class TokenMade(TokenOut):
    """A new token; `secret` is told this once."""

    secret: Annotated[
        str | None, Field(description="For the header Authorization: Bearer; null when told again.")
    ]


class LinkMade(BaseModel):
    """A new one-time link; `secret` is told this once."""

    account_id: int
    minutes: int
    secret: Annotated[str | None, Field(description="For POST /api/auth/link; null when told again.")]


class EntryOut(BaseModel):
    """A line of the audit log (审计): ids and names of fields, never values."""

    id: int
    at: datetime
    principal: Annotated[str, Field(examples=["account:7"])]
    action: Annotated[str, Field(examples=["look"])]
    subject: Annotated[str, Field(examples=["cases.reporters"])]
    subject_id: str
    fields: Annotated[list[str], Field(examples=[["phone"]])]

    @classmethod
    def of(cls, entry: Entry) -> Self:
        return cls(**_fields(entry) | {"fields": list(entry.fields)})


class AuditOut(BaseModel):
    """Lines of the audit log, newest first."""

    entries: list[EntryOut]
    next: Annotated[
        int | None, Field(description="As `before`, it asks for the lines after these; null: no more.")
    ]


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}
