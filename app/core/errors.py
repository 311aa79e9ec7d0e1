"""Everything that can go wrong by rule. A class's docstring is what users read."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.core import remedies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.core.findings import Finding


class GridwardError(Exception):
    """Something in Gridward is not possible."""

    zh: ClassVar[str] = "操作无法完成。"
    problem: ClassVar[str] = "about:blank"
    """A name of its own (RFC 9457, `type`), where clients have to tell it from others of its status."""

    def __init__(self, detail: str = "", *, remedy: str = "", findings: Sequence[Finding] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.remedy = remedy
        self.findings = tuple(findings)

    @property
    def title(self) -> str:
        """The class's own words, without the facts of this case."""
        return (type(self).__doc__ or "").strip().splitlines()[0]

    @property
    def remedy_zh(self) -> str:
        """The remedy in Chinese, empty where it has none."""
        return remedies.ZH.get(self.remedy, "")

    def __str__(self) -> str:
        return " ".join(part for part in (self.title, self.detail, self.remedy) if part)


class NotFound(GridwardError):
    """There is no such thing here."""

    zh = "未找到。"


class BadInput(GridwardError):
    """The input can't be taken as it is; nothing was changed."""

    zh = "输入有误，未作任何更改。"


class Conflict(GridwardError):
    """This conflicts with what is already stored; nothing was changed."""

    zh = "与已有数据冲突，未作任何更改。"


class NotReady(GridwardError):
    """Gridward isn't set up for this yet."""

    zh = "系统尚未就绪。"


class NotSignedIn(GridwardError):
    """Sign in first."""

    zh = "请先登录。"


class NotAllowed(GridwardError):
    """You may not do this; nothing was changed."""

    zh = "您没有此项权限，未作任何更改。"


class Outdated(GridwardError):
    """Someone has changed it meanwhile; nothing was changed."""

    zh = "该记录已被他人更新，未作任何更改。"


class VersionMissing(GridwardError):
    """A change must say which version it changes; nothing was changed."""

    zh = "修改请求须注明所依据的版本，未作任何更改。"


class TooMany(GridwardError):
    """Too many tries from here; wait a while."""

    zh = "尝试过于频繁，请稍后再试。"

    def __init__(
        self, detail: str = "", *, remedy: str = "", findings: Sequence[Finding] = (), wait_s: int = 60
    ) -> None:
        super().__init__(detail, remedy=remedy, findings=findings)
        self.wait_s = wait_s
