"""The notice on the recording of one's position (位置记录告知书): its words, and the version that they are.

Position is sensitive personal data (敏感个人信息): members are told in plain words and agree, separately, or not. The
words are files beside this one; the days are the deployment's. Other words or other days are another version, which
asks again. Pure but for reading the files of this package.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).parent / "notice"
State = Literal["given", "withdrawn", "none"]


@dataclass(frozen=True, slots=True)
class Notice:
    """What members are told, word for word."""

    version: str
    zh: str
    en: str
    retention_days: int


@cache
def notice(retention_days: int, shift_hours: int) -> Notice:
    """Return the notice that holds.

    Args:
        retention_days: How long raw fixes are kept; 0: until the shift is closed.
        shift_hours: After how long a shift that nobody ends is closed.
    """
    zh, en = (
        (FOLDER / f"{language}.md")
        .read_text(encoding="utf-8")
        .replace("{kept}", _kept(retention_days)[language])
        .replace("{hours}", str(shift_hours))
        for language in ("zh", "en")
    )
    version = hashlib.sha256(f"{zh}\0{en}".encode()).hexdigest()[:10]
    return Notice(version, zh, en, retention_days)


def _kept(days: int) -> dict[str, str]:
    if days == 0:
        return {
            "zh": "在本班结束、整理完毕后即删除（一般在两小时之内）",
            "en": "deleted when the shift has ended and is worked out, as a rule within two hours",
        }
    return {
        "zh": f"自本班结束之日起保存 {days} 天，到期自动删除",
        "en": f"kept for {days} day{'' if days == 1 else 's'} after the shift has ended, then deleted automatically",
    }


def consent(latest: tuple[str, bool] | None, version: str) -> State:
    """Return whether a consent holds: `given`, `withdrawn`, or `none` (also where the notice has changed since).

    Args:
        latest: Version and answer of the last one given or withdrawn.
        version: Of the notice that holds.
    """
    if latest is None:
        return "none"
    answered, given = latest
    if not given:
        return "withdrawn"
    return "given" if answered == version else "none"
