"""What stands in a cell of an office's workbook: times, numbers, yes or no, text read in the wrong encoding. Pure.

Nothing is guessed where two readings are possible (01-05-2026) or where digits are lost (2.02601E+11): it is said.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

ZONE: Final = ZoneInfo("Asia/Shanghai")
EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001  # Excel's day 0: a wall-clock time of no zone
LONGEST: Final = {"number": 100, "content": 10_000, "address": 300, "category": 200, "receiver": 200, "name": 100,
                  "phone": 50, "reason": 500}  # fmt: skip
_TIME: Final = re.compile(
    r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*日?"
    r"(?:[\sT]*(?P<half>上午|下午|晚上|中午|凌晨|AM|PM)?\s*(?P<h>\d{1,2})\s*[:时点]\s*(?P<i>\d{1,2})?\s*分?(?:\s*:?\s*(?P<s>\d{1,2})(?:\.\d+)?\s*秒?)?)?"
)
_COMPACT: Final = re.compile(
    r"(?P<y>20\d{2})(?P<m>\d{2})(?P<d>\d{2})(?:\s*(?P<h>\d{2}):?(?P<i>\d{2})(?::?(?P<s>\d{2}))?)?"
)
_AMBIGUOUS: Final = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(\s.*)?")
_YES: Final = {"是", "Y", "YES", "TRUE", "1", "√", "✓", "已响应", "响应", "已联系", "已解决", "解决", "满意", "非常满意", "基本满意", "已退回", "退回"}  # fmt: skip
_NO: Final = {
    "否",
    "N",
    "NO",
    "FALSE",
    "0",
    "×",
    "X",
    "未响应",
    "未联系",
    "未解决",
    "不满意",
    "非常不满意",
    "未退回",
}
_NONE: Final = {"", "-", "—", "/", "无", "未回访", "不涉及", "未评价", "N/A"}


class Lost(str):
    """Stands for a formula whose result was never stored."""

    __slots__ = ()


FORMULA: Final = Lost("(formula)")


def text(value: Any, longest: int = 10_000) -> str:
    """Return a cell as text: mended if it was read in the wrong encoding; numbers without .0.

    Raises:
        ValueError: It is too long, or its digits or its formula's result are lost.
    """
    if value is None:
        return ""
    if isinstance(value, Lost):
        raise ValueError("holds a formula without a stored result")  # noqa: TRY004
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, datetime):
        value = value.strftime("%Y-%m-%d %H:%M:%S")
    said = mended(str(value)).replace("\0", "").strip()
    said = "".join(c for c in said if not "\ud800" <= c <= "\udfff" and (c >= " " or c in "\n\t"))
    if len(said) > longest:
        raise ValueError(f"has {len(said):,} characters, at most {longest:,} are kept")
    return said


def mended(said: str) -> str:
    """Return Chinese text as it was meant, where its GBK or UTF-8 bytes were read as Latin-1 or Windows-1252.

    >>> mended("ÖÐ»ªÈËÃñ")
    '中华人民'
    """
    if not any(
        "\x80" <= character <= "ÿ" or character in "‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ€‚ƒ„…†‡ˆ" for character in said
    ):
        return said
    if any("一" <= character <= "龥" for character in said):
        return said
    for wrong in ("latin-1", "cp1252"):
        for right in ("utf-8", "gb18030"):
            try:
                guess = said.encode(wrong).decode(right)
            except (UnicodeEncodeError, UnicodeDecodeError):
                continue
            hanzi = [c for c in guess if "一" <= c <= "龥"]
            if len(hanzi) * 2 > sum(c > "\x7f" for c in guess) and _usual(hanzi) * 2 > len(hanzi):
                return guess
    return said


def _usual(hanzi: list[str]) -> int:
    """Return how many are in daily use (GB 2312): letters with accents, misread, give rare ones."""
    return sum(len(character.encode("gb2312", "ignore")) == 2 for character in hanzi)


def number(value: Any) -> str:
    """Return an order's own number.

    Raises:
        ValueError: Digits were lost when it was kept as a number.
    """
    if isinstance(value, float) and (not value.is_integer() or abs(value) >= 2**53):
        raise ValueError(f"was kept as the number {value!r}: digits are lost")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**15:
        raise ValueError(
            f"was kept as a number of {len(str(abs(value)))} digits, of which a spreadsheet keeps 15"
        )
    said = unicodedata.normalize("NFKC", text(value, LONGEST["number"])).strip().strip("'").strip()
    if re.fullmatch(r"[+-]?\d+(\.\d+)?E[+-]?\d+", said, re.IGNORECASE):
        raise ValueError(f"is {said}: digits are lost")
    return re.sub(r"^(\d+)\.0$", r"\1", said)


def moment(value: Any) -> datetime | None:
    """Return a time in UTC, None for an empty cell; what names no zone is China's.

    Raises:
        ValueError: It can't be read, or in two ways.
    """
    if value is None or value == "":
        return None
    if isinstance(value, Lost):
        raise ValueError("holds a formula without a stored result")  # noqa: TRY004
    if isinstance(value, (bool, time)):
        raise ValueError(f"is {value!r}, which is no day")  # noqa: TRY004
    if isinstance(value, datetime):
        return _checked(value)
    if isinstance(value, date):
        return _checked(datetime(value.year, value.month, value.day))  # noqa: DTZ001
    if isinstance(value, (int, float)):
        return _serial(float(value))
    said = unicodedata.normalize("NFKC", mended(str(value))).strip()
    return _serial(float(said)) if re.fullmatch(r"\d{5}(\.\d+)?", said) else _written(said)


def _written(said: str) -> datetime | None:
    if said in _NONE:
        return None
    found = _TIME.fullmatch(said) or _COMPACT.fullmatch(re.sub(r"[T\s]+", " ", said))
    if found is None:
        try:
            return _checked(datetime.fromisoformat(said))
        except (ValueError, OverflowError):
            pass
        if _AMBIGUOUS.fullmatch(said):
            raise ValueError(f"is {said[:40]!r}: day and month can be told apart only by who wrote it")
        raise ValueError(f"is {said[:40]!r}, which is no time that can be read")
    parts = found.groupdict()
    hour = int(parts["h"] or 0)
    half = parts.get("half")
    if half in ("下午", "晚上", "PM") and hour < 12:
        hour += 12
    elif half in ("凌晨", "上午", "AM") and hour == 12:
        hour = 0
    try:
        wall = datetime(  # noqa: DTZ001
            int(parts["y"]),
            int(parts["m"]),
            int(parts["d"]),
            hour,
            int(parts["i"] or 0),
            int(parts["s"] or 0),
        )
    except ValueError:
        raise ValueError(f"is {said[:40]!r}: there is no such day or hour") from None
    return _checked(wall)


def _serial(days: float) -> datetime:
    """Return the time of an Excel serial day, to the second."""
    if not 20_000 <= days < 110_000:
        raise ValueError(f"is the number {days:g}, which is no day of our time")
    return _checked(EPOCH + timedelta(seconds=round(days * 86_400)))


def _checked(wall: datetime) -> datetime:
    told = wall if wall.tzinfo else wall.replace(tzinfo=ZONE)
    if not 2000 <= told.year <= 2200:
        raise ValueError(f"is in the year {told.year}")
    return told.astimezone(UTC)


def yes(value: Any) -> bool | None:
    """Return yes, no, or None for not asked.

    Raises:
        ValueError: It is neither.
    """
    said = unicodedata.normalize("NFKC", text(value)).strip().upper()
    if said in _YES:
        return True
    if said in _NO:
        return False
    if said in _NONE:
        return None
    raise ValueError(f"is {said[:40]!r}: neither yes nor no")
