"""What tours are planned with (巡查路线参数); kept with each tour."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from app.patrol.walking import DETOUR, SPEED_MPS


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a tour is planned with.

    Attributes:
        speed_mps: Metres walked in a second.
        detour: Metres walked for one of straight line, where no streets are loaded.
        look_s: Seconds of looking in a cell.
        case_s: Seconds that a case takes on the spot.
        break_s: Length of the break; 0 for none.
        break_from_h: Shifts at least this long have a break, half-way.
        theta_h: Hours after which a cell that nobody visited weighs 63 % of what it can (patrol.md section 7).
        demand_days: Days of reports that weigh cells.
        unreported: Reports that a cell without any is taken to have had, so that it is seen, too.
        fix_minutes: A position older than this is nobody's position now.
    """

    speed_mps: float = SPEED_MPS
    detour: float = DETOUR
    look_s: float = 60.0
    case_s: float = 600.0
    break_s: float = 1_200.0
    break_from_h: float = 4.0
    theta_h: float = 8.0
    demand_days: int = 90
    unreported: float = 0.5
    fix_minutes: float = 10.0

    def to_dict(self) -> dict[str, Any]:
        """Return the settings ready for JSON."""
        return asdict(self)


ON_FOOT = Settings()
