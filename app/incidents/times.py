"""Times as written, to instants: ISO 8601 and common Chinese forms, with an offset or in a named time zone.

A time without a zone is never guessed: it is one error for the whole file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd
import pyarrow as pa

from app.core.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMS = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y.%m.%d %H:%M:%S", "%Y.%m.%d")
CHINESE_FORMS = ("%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日")
OFFSET = r"\d{1,2}:\d{2}.*(?:[Zz]|[+-]\d{2}(?::?\d{2})?)\s*$|T\d{4,6}.*(?:[Zz]|[+-]\d{2}(?::?\d{2})?)\s*$"
UNIX = {"unix": 1_000_000, "unix-ms": 1_000}  # microseconds
NEVER = np.iinfo(np.int64).min


class NaiveTimes(BadInput):
    """The file's times have no time zone."""

    zh = "时间缺少时区。"


class UnknownTimezone(BadInput):
    """This time zone isn't known."""

    zh = "无法识别的时区。"


@dataclass(frozen=True, slots=True)
class Instants:
    """Instants, shape (n,).

    Attributes:
        microseconds: Since 1970-01-01 UTC, int64; meaningless where not `known`.
        known: A time could be read.
        ambiguous: Happened twice as clocks went back; the earlier one is taken.
        skipped: Never happened, as clocks went forward; not `known`.
    """

    microseconds: NDArray[np.int64]
    known: NDArray[np.bool_]
    ambiguous: NDArray[np.bool_]
    skipped: NDArray[np.bool_]


def parse_zone(name: str) -> ZoneInfo:
    """Return the time zone of an IANA name.

    Raises:
        UnknownTimezone: There is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownTimezone(
            f"It is called {name!r}.", remedy="Give an IANA name, as in Asia/Shanghai."
        ) from None


def read(values: pa.Array, zone: ZoneInfo | None, form: str | None = None) -> Instants:
    """Return the instants that a column holds.

    Args:
        values: Timestamps, dates, text, or numbers with `form` "unix" or "unix-ms".
        zone: For times that don't say their own; None if the user named none.
        form: As in `strptime`, for text in other forms than ISO 8601 and the Chinese ones.

    Raises:
        NaiveTimes: A time without a zone, and no zone given.
    """
    if form in UNIX:
        numbers = pd.to_numeric(_texts(values), errors="coerce").to_numpy(np.float64) * UNIX[form]
        return _counted(numbers)
    if pa.types.is_timestamp(values.type):
        series = pd.Series(values.cast(pa.timestamp("us", values.type.tz), safe=False).to_pandas())
        return _naive(series, zone) if values.type.tz is None else _aware(series)
    if pa.types.is_date(values.type):
        return _naive(pd.Series(values.cast(pa.timestamp("us")).to_pandas()), zone)
    return _text(_texts(values), zone, form)


def _counted(microseconds: NDArray[np.float64]) -> Instants:
    known = np.isfinite(microseconds)
    no = np.zeros(len(known), bool)
    return Instants(np.where(known, microseconds, 0).astype(np.int64), known, no, no.copy())


def _texts(values: pa.Array) -> pd.Series[str]:
    return pd.Series(values.cast(pa.large_string()).to_pandas(), dtype="str").str.strip().fillna("")


def _text(texts: pd.Series[str], zone: ZoneInfo | None, form: str | None) -> Instants:
    own = texts.str.contains(OFFSET, regex=True).to_numpy(bool)
    result = _nothing(len(texts))
    if form is not None and "%z" in form:
        return _aware(pd.to_datetime(texts, format=form, errors="coerce", utc=True))
    if own.any():
        aware = pd.to_datetime(texts[own], format=form or "ISO8601", errors="coerce", utc=True)
        _fill(result, own, _aware(aware))
    if not own.all():
        _fill(result, ~own, _naive(_parse_naive(texts[~own], form), zone))
    return result


def _parse_naive(texts: pd.Series[str], form: str | None) -> pd.Series[pd.Timestamp]:
    parsed = pd.to_datetime(texts, format=form or "ISO8601", errors="coerce")
    for other in () if form else (*FORMS, *CHINESE_FORMS):
        left = parsed.isna() & (texts != "")
        if not left.any():
            break
        parsed = parsed.where(~left, pd.to_datetime(texts.where(left, ""), format=other, errors="coerce"))
    return parsed


def _naive(series: pd.Series[pd.Timestamp], zone: ZoneInfo | None) -> Instants:
    """Return instants of wall-clock times in `zone`."""
    if zone is None:
        if series.notna().any():
            first = series[series.notna()].iloc[0]
            raise NaiveTimes(
                f"The first one is {first}.",
                remedy="Give the zone they were written in, as in --timezone Asia/Shanghai.",
            )
        return _nothing(len(series))
    early = series.dt.tz_localize(zone, ambiguous=np.ones(len(series), bool), nonexistent="NaT")
    strict = series.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    result = _aware(early)
    return Instants(
        result.microseconds,
        result.known,
        (early.notna() & strict.isna()).to_numpy(bool),
        (series.notna() & early.isna()).to_numpy(bool),
    )


def _aware(series: pd.Series[pd.Timestamp]) -> Instants:
    known = series.notna().to_numpy(bool)
    utc = series.dt.tz_convert("UTC").dt.tz_localize(None).astype("datetime64[us]")
    no = np.zeros(len(series), bool)
    return Instants(utc.to_numpy("datetime64[us]").view(np.int64).copy(), known, no, no.copy())


def _nothing(count: int) -> Instants:
    return Instants(
        np.full(count, NEVER), np.zeros(count, bool), np.zeros(count, bool), np.zeros(count, bool)
    )


def _fill(into: Instants, where: NDArray[np.bool_], part: Instants) -> None:
    into.microseconds[where] = part.microseconds
    into.known[where] = part.known
    into.ambiguous[where] = part.ambiguous
    into.skipped[where] = part.skipped
