"""The clock of a case as lights and bars (时限灯): green, yellow, red, or paused. Pure; the rule is `app.cases.clocks`'."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from app.cases.clocks import Clock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from app.core.worktime import WorkCalendar
    from app.desk.drawing import Look

_ORDER: Final = ("green", "yellow", "red")
STAGES: Final = {
    "overall": ("全程", "Overall"), "accept": ("受理", "Accept"), "verify": ("核实", "Verify"), "file": ("立案", "File"),
    "dispatch": ("派遣", "Dispatch"), "sign": ("签收", "Sign"), "handle": ("处置", "Handle"), "check": ("核查", "Check"),
}  # fmt: skip
UNITS: Final = {
    "urgent_hour": ("紧急工作时", "hours round the clock"), "working_hour": ("工作时", "working hours"),
    "working_day": ("工作日", "working days"), "natural_day": ("自然日", "days"),
}  # fmt: skip


def light(
    told: Mapping[str, Any],
    now: datetime,
    calendar: WorkCalendar,
    ended_at: datetime | None = None,
    *,
    excused: bool = False,
) -> str:
    """Return the worse light of a case's two dials; paused or none where there is none to show.

    What an appeal excused isn't counted as late, and not shown so: the overall dial stays out of it.
    """
    clock = Clock.from_dict(told or {})
    if clock.paused_since and ended_at is None:
        return "paused"
    overall = None if excused else clock.overall
    dials = [dial for dial in (overall, None if ended_at else clock.stage) if dial is not None]
    lights = [clock.read(dial, ended_at or now, calendar).light for dial in dials]
    return max(lights, key=_ORDER.index, default="none")


def clocks(
    told: Mapping[str, Any], look: Look, calendar: WorkCalendar, ended_at: datetime | None = None
) -> list[dict[str, Any]]:
    """Return a case's dials: name, light, share used in per cent, when due, and what is left in words."""
    clock = Clock.from_dict(told or {})
    paused = clock.paused_since is not None and ended_at is None
    shown = []
    for dial in (clock.stage if ended_at is None else None, clock.overall):
        if dial is None:
            continue
        reading = clock.read(dial, ended_at or look.now, calendar)
        name = look.pair(STAGES.get(dial.stage, (dial.stage, dial.stage)))
        amount = f"（{dial.amount} {look.pair(UNITS[dial.unit])}）" if dial.amount else ""
        left = look.t("暂停计时", "paused") if paused else look.left(dial.due)
        if ended_at is not None:
            left = look.t("已结束", "ended")
        shown.append(
            {
                "name": name + amount,
                "light": "paused" if paused else reading.light,
                "share": min(round(100 * reading.used), 999),
                "due": dial.due,
                "left": left,
            }
        )
    return shown
