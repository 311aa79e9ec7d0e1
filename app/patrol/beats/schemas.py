"""Wire shapes of plans of beats, absences and comparisons."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.parties.drawing import as_geojson, drawn
from app.patrol.beats.asked import Asked
from app.patrol.beats.outlines import outlines
from app.patrol.beats.settings import ON_FOOT, Settings
from app.web.findings import FindingOut
from app.web.texts import Text
from app.web.times import Moment

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from app.geo.crs import Metric
    from app.patrol.beats.asked import Told

Code = Annotated[Text, Field(min_length=1, max_length=80)]
Number = Annotated[int, Field(ge=1, le=2000)]
MOST_CELLS = 20_000


class AnchorIn(BaseModel):
    """A cell that stays with a member."""

    model_config = ConfigDict(extra="forbid")

    member: Code = Field(examples=["ya-01"])
    cell: Code = Field(examples=["110105001022001"])


class WeightsIn(BaseModel):
    """What a round of a cell costs, and how it is balanced; what isn't said keeps its default."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    speed_mps: float | None = Field(None, gt=0, le=10, description="Metres walked in a second.")
    detour: float | None = Field(
        None,
        ge=1,
        le=5,
        description="Metres walked for a metre of straight line; default: measured on the streets.",
    )
    look_s: float | None = Field(None, ge=0, le=3600, description="Seconds of looking in a cell, each round.")
    handle_s: float | None = Field(None, ge=0, le=86400, description="Seconds that a report costs.")
    rounds_a_day: float | None = Field(None, gt=0, le=100)
    demand_days: int | None = Field(None, ge=1, le=3660, description="Days of reports that weigh cells.")
    seed: int | None = Field(None, ge=0, lt=2**31, description="The same seed gives the same plan.")

    def settings(self) -> Settings:
        """Return the settings with what is said."""
        return replace(ON_FOOT, **self.model_dump(exclude_none=True))


class PlanIn(BaseModel):
    """A plan that is asked for; without any ground the team's own area is planned, a beat for each member."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"team": "yonganli-east", "name": "冬季责任区", "area": "110105001022", "beats": 12,
                 "anchors": [{"member": "ya-01", "cell": "110105001022001"}], "from": "2026-12-01"},
            ]
        },
    )  # fmt: skip

    team: Code
    name: Annotated[Text, Field(max_length=100)] = ""
    members: Annotated[
        list[Code] | None,
        Field(max_length=2000, description="Who is to have beats; default: the whole team."),
    ] = None
    beats: Number | None = Field(None, description="How many; default: one for each of them.")
    area: Code | None = Field(None, description="Code of a community, street, zone or drawn patch.")
    geometry: dict[str, Any] | None = Field(None, description="GeoJSON Polygon or MultiPolygon in `datum`.")
    datum: Annotated[Text, Field(max_length=20)] = "wgs84"
    cells: Annotated[list[Code], Field(max_length=MOST_CELLS, description="Codes of cells.")] = []
    anchors: Annotated[list[AnchorIn], Field(max_length=2000)] = []
    edition: Code | None = Field(None, description="Default: the one that holds at `from`.")
    from_: date | Moment | None = Field(
        None, alias="from", description="When it is to begin: who holds what then is kept to. Default: now."
    )
    little: bool = Field(
        default=False, description="As little change as possible, where a fresh plan would be more even."
    )
    based_on: int | None = Field(
        None, ge=1, lt=2**31, description="A plan whose holders are kept to instead."
    )
    weights: WeightsIn | None = None

    @model_validator(mode="after")
    def _one_ground(self) -> Self:
        if sum((self.area is not None, self.geometry is not None, bool(self.cells))) > 1:
            raise ValueError("give an area, or a geometry, or cells")
        return self

    def asked(self, metric: Metric, zone: ZoneInfo) -> Asked:
        """Return what is asked for, as the service takes it."""
        return Asked(
            team=self.team,
            name=self.name,
            members=None if self.members is None else tuple(self.members),
            beats=self.beats,
            area=self.area,
            shape=None if self.geometry is None else drawn(self.geometry, self.datum, metric),
            cells=tuple(self.cells),
            anchors=tuple((one.member, one.cell) for one in self.anchors),
            edition=self.edition,
            at=None if self.from_ is None else moment(self.from_, zone),
            little=self.little,
            based_on=self.based_on,
            settings=ON_FOOT if self.weights is None else self.weights.settings(),
        )


def moment(said: date | datetime, zone: ZoneInfo) -> datetime:
    """Return a time, of a date its first moment in the city's zone."""
    return said if isinstance(said, datetime) else datetime.combine(said, time(), zone)


class CellMoveIn(BaseModel):
    """A cell that goes to another beat."""

    model_config = ConfigDict(extra="forbid")

    cell: Code = Field(examples=["110105001022001"])
    beat: Number = Field(examples=[3])


class HolderIn(BaseModel):
    """Who is to have a beat; null for nobody."""

    model_config = ConfigDict(extra="forbid")

    beat: Number = Field(examples=[3])
    member: Code | None = Field(examples=["ya-02"])


class MovesIn(BaseModel):
    """Cells moved between beats by hand, and beats given to other members."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"moves": [{"cell": "110105001022001", "beat": 3}]}]}
    )

    moves: Annotated[list[CellMoveIn], Field(max_length=MOST_CELLS)] = []
    holders: Annotated[list[HolderIn], Field(max_length=2000)] = []


class PublicationIn(BaseModel):
    """For when a plan is to hold."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"from": "2026-12-01"}]})

    from_: date | Moment = Field(alias="from", description="A date begins at midnight of the city's zone.")
    to: date | Moment | None = Field(
        None, description="Not included; then the beats before hold again. Default: without end."
    )
    replace: bool = Field(default=False, description="End publications that lie within this time.")


class AbsencesIn(BaseModel):
    """Members who are away. No reason is asked for, and none is stored."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"team": "yonganli-east", "members": ["ya-03"], "from": "2026-11-24", "to": "2026-11-26"}
            ]
        },
    )

    team: Code
    members: Annotated[list[Code], Field(min_length=1, max_length=2000)]
    from_: date | Moment = Field(alias="from")
    to: date | Moment | None = Field(None, description="Not included; default: until further notice.")


class AbsenceOut(BaseModel):
    """When a member is away (缺勤)."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    member: str = Field(examples=["ya-03"])
    start: datetime
    end: datetime | None


class FiguresOut(BaseModel):
    """What a plan comes to."""

    beats: int
    cells: int
    minutes: float = Field(description="Work of one round of everything")
    balance: float = Field(description="Work of the busiest beat over the mean", examples=[1.004])
    floor: float = Field(
        description="The least balance there is: one cell or part may hold more than the mean"
    )
    compactness: float | None = Field(description="Mean; a disc is 1, a square .955", examples=[0.93])
    compactness_least: float | None
    broken: int = Field(description="Beats that aren't in one piece")
    empty: int


class BeatOut(BaseModel):
    """One beat of a plan."""

    number: int
    member: str | None = Field(description="Null for nobody, or somebody whom the asker may not see.")
    taken: bool = Field(description="Somebody is to have it.")
    name: str
    minutes: float = Field(description="Work of one round")
    cells: int
    compactness: float | None
    pieces: int


class ShareOut(BaseModel):
    """What changes for one member."""

    member: str
    minutes_before: float
    minutes_after: float
    kept: int
    gained: list[str] = Field(description="Codes of cells")
    lost: list[str]


class DifferenceOut(BaseModel):
    """How one plan differs from another; members by code."""

    cells: int = Field(description="Cells of both")
    changed: int = Field(description="Cells of both that change hands")
    share_changed: float = Field(examples=[0.2])
    share_floor: float = Field(
        description="Share that had to change hands: whoever held it holds nothing afterwards",
        examples=[0.17],
    )
    minutes_changed: float
    new: int
    gone: int
    members: list[ShareOut]


class PlanLineOut(BaseModel):
    """A plan in a list."""

    id: int
    team: str = Field(examples=["yonganli-east"])
    name: str
    edition: str
    synthetic: bool
    state: str = Field(
        description="draft, published, replaced (others were published over it), or withdrawn",
        examples=["draft"],
    )
    start: datetime | None = Field(description="Of its publication")
    end: datetime | None
    based_on: int | None
    made_by: str
    made_at: datetime
    version: int
    figures: FiguresOut

    model_config = ConfigDict(from_attributes=True)


class PlanOut(PlanLineOut):
    """A plan with its beats by number, and how it differs from what was held when it was made."""

    settings: dict[str, Any]
    beats: list[BeatOut]
    findings: list[FindingOut]
    change: DifferenceOut | None = None


class PlanCellOut(BaseModel):
    """A cell of a plan."""

    cell: str = Field(examples=["110105001022001"])
    number: int = Field(description="Its number in tiles")
    beat: int
    minutes: float


class PlanMapOut(PlanOut):
    """A plan for a map: outlines of its beats as GeoJSON in the datum that was asked for, and its cells."""

    map: dict[str, Any] = Field(description="FeatureCollection; a feature has the properties of its beat")
    cells: list[PlanCellOut]

    @classmethod
    def of(cls, told: Told, datum: str, metric: Metric) -> PlanMapOut:
        """Build from a plan."""
        said = told.to_dict()
        features = [
            {"type": "Feature", "properties": beat, "geometry": None if shape is None else as_geojson(shape, datum, metric)}
            for beat, shape in zip(said["beats"], outlines(told), strict=True)
        ]  # fmt: skip
        cells = zip(
            told.ground.codes[told.cells].tolist(),
            (told.cells + 1).tolist(),
            (told.labels + 1).tolist(),
            told.patch.minutes.tolist(),
            strict=True,
        )
        return cls(
            **said,
            map={"type": "FeatureCollection", "features": features},
            cells=[PlanCellOut(cell=c, number=n, beat=b, minutes=round(m, 2)) for c, n, b, m in cells],
        )
