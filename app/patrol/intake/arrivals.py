"""A file of fixes to fixes of members (定位数据接收): what can be taken, what can't and why.

Reads what `incidents` reads (CSV, Parquet, whatever GDAL reads, GPX among it), with the same columns, times and
datums. Whether a member is on duty is the database's business; whether a fix is usable is `cleaning`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from app.core.errors import BadInput
from app.core.findings import Finding
from app.geo.datum import parse_datum
from app.incidents import columns as point_columns
from app.incidents import intake
from app.incidents.files import open_points
from app.incidents.times import parse_zone
from app.patrol.rules import ON_FOOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from app.incidents.files import PointFile
    from app.incidents.intake import Points, Rejected

MEMBER_GUESSES = (
    "member",
    "member_code",
    "member_id",
    "patroller",
    "tracker",
    "user",
    "user_id",
    "队员",
    "队员编号",
    "人员编号",
)
DEVICE_GUESSES = ("device", "device_id", "phone", "设备", "设备号")
TIME_GUESSES = ("at", "t", "time", "timestamp", "datetime", "date_time", "定位时间", "时间")
ROWS_NAMED = 5
OTHER_WORDS = {  # where a fix's reason is not an incident's: its id is the member
    "missing-id": ("It doesn't say whose fix it is.", "Fill in the member's code.")
}


class NoMemberColumn(BadInput):
    """The file doesn't say whose fixes they are; nothing was stored."""

    zh = "文件未说明定位点属于哪位队员，未保存任何内容。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How to read a file of fixes.

    Attributes:
        columns: Names of the columns for member, device, time, lon, lat, accuracy; those missing are guessed.
        member: The member whose fixes they all are, for a file of one member.
        datum: Of the coordinates; None for what the file declares, else WGS-84.
        timezone: For times that don't say their own.
        layer: Layer of a vector file; of GPX, its track points.
        delimiter: Of a CSV file; None to guess.
        time_form: As in `strptime`, or "unix", "unix-ms"; None for ISO 8601 and common Chinese forms.
        decimal: "." or ",".
        encoding: Of a CSV file; None for UTF-8, else GBK.
    """

    columns: Mapping[str, str | None]
    member: str | None = None
    datum: str | None = None
    timezone: str | None = None
    layer: str | None = None
    delimiter: str | None = None
    time_form: str | None = None
    decimal: str = "."
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class Fixes:
    """Fixes of a file, one entry each.

    Attributes:
        row: In the file, from 1.
        member: The member's code.
        device: Which of the member's devices; empty if unknown.
        at: Microseconds since 1970, UTC.
        original_x: As written.
        original_y: As written.
        lon: WGS-84 degrees.
        lat: WGS-84 degrees.
        accuracy: Metres as stated; NaN where there is none.
    """

    row: NDArray[np.int64]
    member: NDArray[np.object_]
    device: NDArray[np.object_]
    at: NDArray[np.int64]
    original_x: NDArray[np.float64]
    original_y: NDArray[np.float64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    accuracy: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.row)

    def take(self, keep: NDArray[np.bool_]) -> Fixes:
        """Return the fixes where `keep`."""
        return Fixes(*(getattr(self, name)[keep] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file, read: its fixes, how many rows it has, its datum, and what was found."""

    fixes: Fixes
    rows: int
    datum: str
    findings: list[Finding]
    counts: dict[str, int]


def read_fixes(path: Path, asked: Asked) -> Arrived:
    """Read a file of fixes.

    Raises:
        NoMemberColumn: Neither a column nor `asked.member` says whose they are.
        BadInput: The file can't be read, is empty, lacks columns, or has times without a zone and none was given.
    """
    layer = asked.layer or ("track_points" if path.suffix.lower() == ".gpx" else None)
    file = open_points(path, delimiter=asked.delimiter, encoding=asked.encoding, layer=layer)
    named = _named(file, asked)
    found = point_columns.choose(file.columns, {k: named[k] for k in ("id", "lon", "lat", "time", "accuracy")},
                                 needed=("lon", "lat", "time"))  # fmt: skip
    options = intake.Options(
        columns=found,
        datum=_datum(asked, file),
        zone=parse_zone(asked.timezone) if asked.timezone else None,
        time_form=asked.time_form,
        decimal=asked.decimal,
    )
    parts: list[Fixes] = []
    rejected: list[Rejected] = []
    rows = zero_accuracy = 0
    for batch in file.batches():
        points, refused = intake.read(batch, options)
        device = batch.columns.column(named["device"]) if named["device"] else None
        parts.append(_fixes(points, device, asked.member))
        rejected += refused
        rows += batch.columns.num_rows + len(batch.malformed)
        zero_accuracy += int(points.bad_accuracy.sum())
    fixes = _joined(parts)
    findings = [_rejection(reason, group) for reason, group in _grouped(rejected).items()]
    counts = intake.reasons_counted(rejected)
    fixes, repeated = _once(fixes)
    swapped = ~(np.abs(fixes.lat) <= 90)
    findings += (
        _repeated(repeated) + _unordered(fixes) + _accuracies(fixes, zero_accuracy) + _places(fixes, swapped)
    )
    counts |= {"twice": len(repeated), "swapped-axes": int(swapped.sum())}
    return Arrived(
        fixes.take(~swapped), rows, options.datum, findings, {k: n for k, n in counts.items() if n}
    )


def rows_text(rows: Iterable[int]) -> str:
    """Return "row 3", or "rows 3, 7 and 12 more"."""
    numbers = list(rows)
    named = ", ".join(str(n) for n in numbers[:ROWS_NAMED])
    more = f" and {len(numbers) - ROWS_NAMED} more" if len(numbers) > ROWS_NAMED else ""
    return f"row{'s' if len(numbers) > 1 else ''} {named}{more}"


def fixes_text(count: int, one: str, many: str) -> str:
    """Return "1 fix is" or "3 fixes are", with the verb's forms given."""
    return f"1 fix {one}" if count == 1 else f"{count} fixes {many}"


def _named(file: PointFile, asked: Asked) -> dict[str, str | None]:
    given = dict.fromkeys(("member", "device", "time", "lon", "lat", "accuracy")) | dict(asked.columns)
    by_plain = {point_columns.plain(name): name for name in reversed(file.columns)}

    def guess(part: str, names: Sequence[str]) -> str | None:
        return given[part] or next((by_plain[name] for name in names if name in by_plain), None)

    member = None if asked.member else guess("member", MEMBER_GUESSES)
    if member is None and asked.member is None:
        raise NoMemberColumn(
            f"Its columns: {', '.join(file.columns) or 'none'}.",
            remedy="Name the column with --member-col, or give --member CODE for a file of one member.",
        )
    return {
        "id": member or file.columns[0],  # a file of one member needs no column for it
        "device": guess("device", DEVICE_GUESSES),
        "time": guess("time", TIME_GUESSES),
        "lon": given["lon"],
        "lat": given["lat"],
        "accuracy": given["accuracy"],
    }


def _datum(asked: Asked, file: PointFile) -> str:
    return parse_datum(asked.datum) if asked.datum else file.datum or "wgs84"


def _fixes(points: Points, device: pa.Array | None, member: str | None) -> Fixes:
    members = np.asarray(points.ids.to_numpy(zero_copy_only=False), object)
    devices = np.full(len(points), "", object)
    if device is not None:
        texts = device.cast(pa.large_string()).fill_null("").to_numpy(zero_copy_only=False)
        devices = np.asarray(texts, object)[points.rows]
    return Fixes(
        row=points.numbers,
        member=np.full(len(points), member, object) if member else members,
        device=devices,
        at=points.microseconds,
        original_x=points.original_x,
        original_y=points.original_y,
        lon=points.lon,
        lat=points.lat,
        accuracy=np.where(points.bad_accuracy, np.nan, points.accuracy_m),
    )


def _joined(parts: Sequence[Fixes]) -> Fixes:
    return Fixes(*(np.concatenate([getattr(part, name) for part in parts]) for name in Fixes.__slots__))


def _once(fixes: Fixes) -> tuple[Fixes, NDArray[np.int64]]:
    """Return the fixes without repetitions (same member, device and time), and the rows of those left out."""
    _, who = np.unique(fixes.member.astype(str), return_inverse=True)
    _, what = np.unique(fixes.device.astype(str), return_inverse=True)
    order = np.lexsort((fixes.row, fixes.at, what, who))
    same = np.zeros(len(fixes), np.bool_)
    same[1:] = (np.diff(fixes.at[order]) == 0) & (np.diff(who[order]) == 0) & (np.diff(what[order]) == 0)
    keep = np.ones(len(fixes), np.bool_)
    keep[order[same]] = False
    return fixes.take(keep), np.sort(fixes.row[~keep])


def _grouped(rejected: Sequence[Rejected]) -> dict[intake.Reason, list[int]]:
    groups: dict[intake.Reason, list[int]] = {}
    for one in rejected:
        groups.setdefault(one.reason, []).append(one.number)
    return groups


def _rejection(reason: intake.Reason, rows: Sequence[int]) -> Finding:
    message, remedy = OTHER_WORDS.get(reason.code, (reason.message, reason.remedy))
    return Finding(code=reason.code, where=rows_text(rows), message=message, remedy=remedy)


def _repeated(rows: NDArray[np.int64]) -> list[Finding]:
    if not len(rows):
        return []
    return [
        Finding(
            code="twice",
            where=rows_text(rows.tolist()),
            message=f"{fixes_text(len(rows), 'is', 'are')} in the file twice (same member, device and time); the first was taken.",
            severity="note",
        )
    ]


def _unordered(fixes: Fixes) -> list[Finding]:
    late: list[int] = []
    for member in np.unique(fixes.member.astype(str)):
        mine = np.flatnonzero(fixes.member == member)
        late += fixes.row[mine][fixes.at[mine] < np.maximum.accumulate(fixes.at[mine])].tolist()
    if not late:
        return []
    return [
        Finding(
            code="out-of-order",
            where=rows_text(sorted(late)),
            message=f"{fixes_text(len(late), 'comes', 'come')} after a later one of the same member; put in order.",
            severity="note",
        )
    ]


def _accuracies(fixes: Fixes, zero: int) -> list[Finding]:
    found = []
    poor = fixes.row[fixes.accuracy > ON_FOOT.accuracy_max_m]
    if len(poor):
        found.append(
            Finding(
                code="inaccurate",
                where=rows_text(poor.tolist()),
                message=f"{fixes_text(len(poor), 'states', 'state')} an accuracy worse than "
                f"{ON_FOOT.accuracy_max_m:g} m: stored, but not used.",
                severity="warning",
            )
        )
    if zero:
        rows = fixes.row[np.isnan(fixes.accuracy)]
        found.append(
            Finding(
                code="accuracy-not-positive",
                where=rows_text(rows.tolist()),
                message=f"{fixes_text(zero, 'states', 'state')} an accuracy that isn't a positive number; "
                f"{ON_FOOT.sigma_default_m:g} m per axis is assumed.",
                severity="note",
            )
        )
    return found


def _places(fixes: Fixes, swapped: NDArray[np.bool_]) -> list[Finding]:
    found = []
    if swapped.any():
        found.append(
            Finding(
                code="swapped-axes",
                where=rows_text(fixes.row[swapped].tolist()),
                message=f"{fixes_text(int(swapped.sum()), 'has', 'have')} a latitude beyond 90: longitude and latitude are swapped.",
                remedy="Name the columns the other way round with --lon and --lat.",
            )
        )
    nowhere = (fixes.original_x == 0) & (fixes.original_y == 0)
    if nowhere.any():
        found.append(
            Finding(
                code="zero-zero",
                where=rows_text(fixes.row[nowhere].tolist()),
                message=f"{fixes_text(int(nowhere.sum()), 'is', 'are')} at 0, 0: the phone had no position.",
                remedy="Nothing to do: stored, and not used where it is a jump.",
                severity="warning",
            )
        )
    return found
