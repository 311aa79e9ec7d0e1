"""`/api/incidents` against the tiny town: one report, many, and finding them again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.core.settings import Settings
from app.db.databases import Databases
from app.main import create_app
from tests import tiny_town
from tests.conftest import METRIC_SRID, drop_database, make_database

WHEN = "2026-01-05T08:30:00+08:00"


@pytest.fixture(scope="module")
def town(admin_url: str) -> Iterator[Databases]:
    databases, name = make_database(admin_url)
    with databases.owner.begin() as connection:
        tiny_town.load(connection)
    yield databases
    drop_database(admin_url, databases, name)


@pytest.fixture
def client(town: Databases) -> Iterator[TestClient]:
    with TestClient(create_app(town.service, Settings(metric_srid=METRIC_SRID))) as client:
        yield client
    with town.owner.begin() as connection:
        connection.execute(text("TRUNCATE incidents.incidents"))


def at(x: float, y: float, number: str, **more: Any) -> dict[str, Any]:
    lon, lat = tiny_town.lonlat(x, y)
    return {"id": number, "source": "phone", "lon": lon, "lat": lat, "reported_at": WHEN, **more}


def test_a_report_is_stored_in_its_cell_once(client: TestClient) -> None:
    first = client.post("/api/incidents", json=at(50, 350, "A", category="暴露垃圾"))
    assert first.status_code == 201
    told = first.json()
    assert (told["cell"], told["found"], told["new"]) == ("990101001001001", "in a cell", True)
    assert (told["snapped_m"], told["warnings"], told["candidates"]) == (None, [], [])
    again = client.post("/api/incidents", json=at(350, 50, "A"))
    assert again.status_code == 200
    assert again.json() == told | {"new": False}
    assert client.get(f"/api/incidents/{told['id']}").json()["cell"] == "990101001001001"


def test_metric_coordinates_keep_a_shared_edge(client: TestClient) -> None:
    body = {
        "id": "edge", "x": tiny_town.WEST + 100, "y": tiny_town.SOUTH + 350, "datum": "EPSG:4548", "reported_at": WHEN,
    }  # fmt: skip
    assert client.post("/api/incidents", json=body).json()["cell"] == "990101001001001"


@pytest.mark.parametrize(
    ("place", "found", "cell", "metres"),
    [
        ((-30, 150), "snapped", "990101001002001", 30.0),
        ((410, 350), "outside", None, None),  # the next district
        ((-60, 150), "outside", None, None),
    ],
)
def test_outside_the_cells(
    client: TestClient, place: tuple[float, float], found: str, cell: str | None, metres: float | None
) -> None:
    told = client.post("/api/incidents", json=at(*place, "B")).json()
    assert (told["found"], told["cell"]) == (found, cell)
    assert told["snapped_m"] == (None if metres is None else pytest.approx(metres, abs=0.01))


def test_an_accuracy_circle_over_a_border_keeps_candidates(client: TestClient) -> None:
    near = client.post("/api/incidents", json=at(195, 250, "C", accuracy_m=20)).json()
    assert near["candidates"] == ["990101001001004", "990101002001003"]
    far = client.post("/api/incidents", json=at(150, 250, "D", accuracy_m=20)).json()
    assert far["candidates"] == []


def test_odd_places_are_stored_with_a_warning(client: TestClient) -> None:
    lon, lat = tiny_town.lonlat(50, 50)
    zero = client.post("/api/incidents", json=at(0, 0, "zero") | {"lon": 0, "lat": 0})
    swapped = client.post("/api/incidents", json=at(0, 0, "swapped") | {"lon": lat, "lat": lon})
    later = at(50, 50, "later") | {"reported_at": (datetime.now(UTC) + timedelta(days=1)).isoformat()}
    codes = []
    for answer in (zero, swapped, client.post("/api/incidents", json=later)):
        assert answer.status_code == 201, answer.text
        (warning,) = answer.json()["warnings"]
        codes.append((answer.json()["found"], warning["code"]))
        assert warning["remedy"]
    assert codes == [("outside", "null-island"), ("outside", "swapped-axes"), ("in a cell", "future-time")]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"lat": 91, "lon": 116}, "latitude is beyond 90"),
        ({"lon": 181}, "longitude is beyond 180"),
        ({"datum": "mars"}, "datum isn't known"),
    ],
)
def test_no_place_is_a_problem_with_a_remedy(client: TestClient, change: dict[str, Any], says: str) -> None:
    answer = client.post("/api/incidents", json=at(50, 50, "bad") | change)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert says in f"{problem['title']} {problem['detail']}"
    assert problem["remedy"]
    assert problem["title_zh"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reported_at": "2026-01-05T08:30:00"}, "reported_at"),
        ({"lon": "east"}, "lon"),
        ({"id": ""}, "id"),
        ({"id": "a\0b"}, "id"),
        ({"accuracy_m": 0}, "accuracy_m"),
        ({"lat": None}, "body"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_report_of_another_shape_names_the_field(
    client: TestClient, change: dict[str, Any], field: str
) -> None:
    answer = client.post("/api/incidents", json=at(50, 50, "bad") | change)
    assert answer.status_code == 422
    assert field in answer.json()["findings"][0]["where"]
    assert client.get("/api/incidents").json()["features"] == []


def test_a_batch_keeps_the_good_and_names_the_bad(client: TestClient) -> None:
    items = [
        at(50, 350, "A"),
        at(0, 0, "B") | {"lat": 95, "lon": 170},
        at(150, 350, "C"),
        {"id": "D"},
        at(50, 350, "A"),
        7,
    ]
    answer = client.post("/api/incidents/batch", json=items)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["items"], told["new"], told["known"]) == (6, 2, 1)
    assert [one["cell"] for one in told["stored"]] == [
        "990101001001001",
        "990101001001002",
        "990101001001001",
    ]
    assert [one["index"] for one in told["refused"]] == [1, 3, 5]
    assert "beyond 90" in told["refused"][0]["message"]
    assert "reported_at" in told["refused"][1]["message"]
    assert client.post("/api/incidents/batch", json=[{}] * 10_001).status_code == 422


def test_incidents_are_found_by_place_time_cell_and_category(client: TestClient) -> None:
    client.post(
        "/api/incidents/batch",
        json=[
            at(50, 350, "A", category="litter", description="private"),
            at(150, 350, "B", category="noise"),
            at(-30, 350, "C", category="litter", reported_at="2026-01-06T08:30:00+08:00"),
            at(450, 50, "D", category="litter"),
        ],
    )

    def found(**asked: Any) -> list[str]:
        answer = client.get("/api/incidents", params=asked)
        assert answer.status_code == 200, answer.text
        features = answer.json()["features"]
        assert "private" not in answer.text
        names = {(50, 350): "A", (150, 350): "B", (-30, 350): "C", (450, 50): "D"}
        place = {
            tuple(round(part) for part in (x - tiny_town.WEST, y - tiny_town.SOUTH))
            for feature in features
            for x, y in [tiny_town.METRIC.from_lonlat(*feature["geometry"]["coordinates"])]
        }
        return sorted(names[one] for one in place)

    def box(west: float, south: float, east: float, north: float) -> str:
        return ",".join(map(repr, (*tiny_town.lonlat(west, south), *tiny_town.lonlat(east, north))))

    assert found() == ["A", "B", "C", "D"]
    assert found(bbox=box(-40, 300, 90, 400)) == ["A", "C"]  # a snapped one lies beside its cell
    assert found(bbox=box(0, 300, 200, 400)) == ["A", "B"]
    assert found(bbox=box(420, 0, 500, 100)) == ["D"]
    assert found(cell="990101001001001") == ["A", "C"]
    assert found(category="litter", cell="990101001001001", to="2026-01-06T00:00:00Z") == ["A"]
    assert found(**{"from": "2026-01-06T00:00:00Z"}) == ["C"]
    assert found(limit=1) == ["C"]  # the newest


@pytest.mark.parametrize("bbox", ["1,2,3", "a,b,c,d", "10,0,5,5", "0,0,1,91"])
def test_a_box_that_is_none_is_a_problem(client: TestClient, bbox: str) -> None:
    answer = client.get("/api/incidents", params={"bbox": bbox})
    assert answer.status_code == 422
    assert "west,south" in answer.json()["remedy"] or "west <" in answer.json()["remedy"]


def test_an_unknown_incident_is_not_found(client: TestClient) -> None:
    assert client.get("/api/incidents/123456").status_code == 404
