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
from app.db.engine import transaction
from app.incidents import service as incidents
from app.incidents.reporting import Report
from app.main import create_app
from tests import tiny_town
from tests.accounts import Acting, account
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
def client(town: Databases, people: dict[str, Acting]) -> Iterator[TestClient]:
    with TestClient(create_app(town.service, Settings(metric_srid=METRIC_SRID))) as client:
        client.headers.update(people["district"].headers)
        yield client
    with town.owner.begin() as connection:
        connection.execute(text("DELETE FROM incidents.incidents"))


@pytest.fixture(scope="module")
def people(town: Databases) -> dict[str, Acting]:
    """Who asks, by name: supervisors of the district, of the western and of the eastern street, and others."""
    with transaction(town.service, "system") as connection:
        return {
            "district": account(connection, "district_supervisor", area=tiny_town.DISTRICT),
            "west": account(connection, "street_supervisor", area="990101001"),
            "east": account(connection, "street_supervisor", area="990101002"),
            "officer": account(connection, "community_officer", area="990101001001"),
            "planner": account(connection, "planner", area=tiny_town.DISTRICT),
            "administrator": account(connection, "administrator"),
            "auditor": account(connection, "auditor"),
            "nothing": account(connection, None),
        }


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


def test_nobody_neither_reports_nor_reads(client: TestClient) -> None:
    client.post("/api/incidents", json=at(50, 350, "A"))
    del client.headers["Authorization"]
    for answer in (
        client.post("/api/incidents", json=at(50, 350, "B")),
        client.post("/api/incidents/batch", json=[at(50, 350, "B")]),
        client.get("/api/incidents"),
        client.get("/api/incidents/1"),
    ):
        assert answer.status_code == 401
        assert answer.json()["title_zh"] == "请先登录。"
        assert "990101" not in answer.text


@pytest.mark.parametrize(
    ("who", "reads", "adds"),
    [
        ("planner", 200, 403), ("officer", 200, 403), ("administrator", 403, 403), ("auditor", 403, 403),
        ("nothing", 403, 403), ("west", 200, 201),
    ],
)  # fmt: skip
def test_each_role_does_what_it_may(
    client: TestClient, people: dict[str, Acting], who: str, reads: int, adds: int
) -> None:
    client.headers.update(people[who].headers)
    assert client.get("/api/incidents").status_code == reads
    assert client.post("/api/incidents", json=at(50, 350, "A")).status_code == adds


def test_each_sees_what_was_reported_on_their_ground_and_by_themselves(
    client: TestClient, people: dict[str, Acting]
) -> None:
    def report(who: str, x: float, y: float, number: str) -> int:
        answer = client.post("/api/incidents", json=at(x, y, number), headers=people[who].headers)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def seen(who: str, **asked: Any) -> set[int]:
        answer = client.get("/api/incidents", params=asked, headers=people[who].headers)
        return {feature["id"] for feature in answer.json()["features"]}

    west, east = report("district", 50, 350, "1"), report("district", 350, 50, "2")
    southwest, outside = report("west", 50, 50, "3"), report("district", 450, 50, "4")
    abroad = report("west", 350, 350, "5")  # on the other street's ground: theirs to see, and its reporter's
    everything = {west, east, southwest, outside, abroad}
    everywhere = ",".join(map(repr, (*tiny_town.lonlat(-900, -900), *tiny_town.lonlat(900, 900))))
    for asked in ({}, {"bbox": everywhere}, {"from": "2026-01-05T00:00:00Z"}):
        assert seen("district", **asked) == seen("planner", **asked) == everything
        assert seen("west", **asked) == {west, southwest, abroad}
        assert seen("east", **asked) == {east, abroad}
        assert seen("officer", **asked) == {west}
    assert seen("west", cell="990101002002004") == set()
    assert client.get(f"/api/incidents/{east}", headers=people["west"].headers).status_code == 404
    assert client.get(f"/api/incidents/{abroad}", headers=people["west"].headers).status_code == 200


def test_an_id_reported_where_one_may_not_look_is_not_told_nor_changed(
    client: TestClient, people: dict[str, Acting]
) -> None:
    client.post("/api/incidents", json=at(350, 50, "1", category="theirs"))
    answer = client.post("/api/incidents", json=at(50, 350, "1"), headers=people["west"].headers)
    assert answer.status_code == 409
    assert "theirs" not in answer.text
    assert answer.json()["remedy"]
    batch = client.post(
        "/api/incidents/batch", json=[at(50, 350, "1"), at(50, 350, "2")], headers=people["west"].headers
    ).json()
    assert (batch["new"], [one["index"] for one in batch["refused"]]) == (1, [0])


def test_a_confidential_one_is_its_reporters_and_the_systems(
    client: TestClient, town: Databases, people: dict[str, Acting]
) -> None:
    x, y = tiny_town.WEST + 50, tiny_town.SOUTH + 350
    said = Report(
        source="test", source_id="secret", x=x, y=y, datum="epsg:4548", reported_at=datetime(2026, 1, 5, tzinfo=UTC),
        category="家庭纠纷", reported_by=people["officer"].id, confidential=True,
    )  # fmt: skip
    with transaction(town.service, "system") as connection:
        incidents.report(connection, said)
        assert len(incidents.incidents(connection, incidents.Filter())) == 1
    counts = {
        who: (
            len(client.get("/api/incidents", headers=people[who].headers).json()["features"]),
            client.get("/api/density/counts?from=2026-01-05", headers=people[who].headers).json()["total"],
        )
        for who in ("district", "west", "planner", "officer")
    }
    assert counts == {"district": (0, 0), "west": (0, 0), "planner": (0, 0), "officer": (1, 1)}
    assert client.get("/api/maps/categories", headers=people["officer"].headers).json() == []


def test_the_same_request_again_makes_nothing_new(client: TestClient) -> None:
    key = {"Idempotency-Key": "0b0c2f4e-1"}
    first = client.post("/api/incidents", json=at(50, 350, "A"), headers=key)
    again = client.post("/api/incidents", json=at(50, 350, "A"), headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["idempotent-replay"] == "true"
    assert client.post("/api/incidents", json=at(50, 350, "B"), headers=key).status_code == 409
    assert len(client.get("/api/incidents").json()["features"]) == 1
