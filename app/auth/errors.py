"""What can go wrong with accounts, grants and coming in. Pure."""

from __future__ import annotations

from app.core.errors import BadInput, Conflict, NotAllowed, NotFound, NotSignedIn, TooMany


class NameTaken(Conflict):
    """There is an account of this name."""

    zh = "账号名已被使用。"


class UnknownAccount(NotFound):
    """There is no such account."""

    zh = "没有此账号。"


class UnknownGrant(NotFound):
    """The account holds no such grant, now or later."""

    zh = "该账号没有此项授权。"


class UnknownToken(NotFound):
    """The account has no such token."""

    zh = "该账号没有此令牌。"


class BadGrant(BadInput):
    """Such a grant isn't possible; nothing was changed."""

    zh = "授权内容有误，未作任何更改。"


class BadProof(BadInput):
    """Such a token or link isn't possible; nothing was changed."""

    zh = "令牌或链接的设置有误，未作任何更改。"


class LastAdministrator(Conflict):
    """Someone must be able to grant; nothing was changed."""

    zh = "至少须保留一名系统管理员，未作任何更改。"


class SignInRefused(NotSignedIn):
    """The name or the password is wrong."""

    zh = "账号名或口令错误。"


class LinkUsedUp(NotSignedIn):
    """This link was used before, or has ended."""

    zh = "此链接已使用或已失效。"


class TooManyTries(TooMany):
    """Too many failed tries from this address; wait a while."""

    zh = "此地址登录失败次数过多，请稍后再试。"


class NotOneself(NotAllowed):
    """Nobody changes rights of one's own; nothing was changed."""

    zh = "不得变更本人的权限，未作任何更改。"
