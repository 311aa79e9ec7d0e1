"""`/api/areas` over tiny town, as a planner of one of its communities; nobody gets nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from app.core.settings import Settings
from app.db.databases import Databases
from app.db.engine import transaction
from app.main import create_app
from tests import tiny_town
from tests.accounts import account
from tests.conftest import drop_database, make_database


@pytest.fixture(scope="module")
def town(admin_url: str) -> Iterator[Databases]:
    databases, name = make_database(admin_url)
    with transaction(databases.owner) as connection:
        tiny_town.load(connection)
    yield databases
    drop_database(admin_url, databases, name)


@pytest.fixture(scope="module")
def client(town: Databases) -> Iterator[TestClient]:
    with transaction(town.service, "system") as connection:
        planner = account(connection, "planner", area="990101001001")
    with TestClient(create_app(town.service, Settings()), headers=planner.headers) as client:
        yield client


def locate(client: TestClient, x: float, y: float) -> dict:
    lon, lat = tiny_town.lonlat(x, y)
    answer = client.get("/api/areas/locate", params={"lon": lon, "lat": lat})
    assert answer.status_code == 200
    return answer.json()


@pytest.mark.parametrize(
    "path",
    ["editions", "locate?lon=116.4&lat=39.9", "cells/990101001001004", "community", "street/990101001"],
)
def test_nobody_gets_no_areas(client: TestClient, path: str) -> None:
    answer = client.get(f"/api/areas/{path}", headers={"Authorization": ""})
    assert answer.status_code == 401
    assert "990101" not in answer.text


def test_editions(client: TestClient) -> None:
    (edition,) = client.get("/api/areas/editions").json()
    assert (edition["name"], edition["synthetic"], edition["starts"]) == ("tiny", True, None)


@pytest.mark.parametrize(("x", "y"), [(50, 350), (250, 150), (399, 1)])
def test_a_place_in_a_cell(client: TestClient, x: float, y: float) -> None:
    place = locate(client, x, y)
    assert place["found"] == "in a cell"
    assert place["cell"]["code"] == tiny_town.cell_at(x, y)
    assert [area["level"] for area in place["areas"]] == ["community", "street", "district"]
    assert place["areas"][0]["code"] == place["cell"]["code"][:12]
    assert place["areas"][2]["name"] == "示意区"


def test_a_place_beside_the_town(client: TestClient) -> None:
    west, neighbour, far = locate(client, -20, 50), locate(client, 420, 50), locate(client, -80, 50)
    assert (west["found"], west["cell"]["code"]) == ("snapped", "990101001002003")
    assert west["snapped_m"] == pytest.approx(20, abs=0.01)
    assert (neighbour["found"], neighbour["cell"]) == ("outside", None)
    assert [area["level"] for area in neighbour["areas"]] == ["neighbour"]
    assert (far["found"], far["areas"]) == ("outside", [])


def test_a_place_in_gcj02_is_the_same_place(client: TestClient) -> None:
    from app.geo.datum import from_wgs84

    x, y = from_wgs84(*tiny_town.lonlat(250, 150), "gcj02")
    answer = client.get(
        "/api/areas/locate", params={"lon": float(x), "lat": float(y), "datum": "gcj02"}
    ).json()
    assert answer["cell"]["code"] == tiny_town.cell_at(250, 150)


def test_no_place_and_no_datum(client: TestClient) -> None:
    for params in (
        {"lon": 39.9, "lat": 116.4},
        {"lon": "nan", "lat": 40},
        {"lon": 116, "lat": 40, "datum": "x"},
    ):
        answer = client.get("/api/areas/locate", params=params)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["remedy"]


def test_a_cell_card(client: TestClient) -> None:
    card = client.get("/api/areas/cells/990101001001004").json()
    assert card["area_m2"] == 10_000
    assert (card["square_row"], card["square_column"], card["square_size"]) == (44_202, 4501, 100)
    assert [(area["code"], area["name"]) for area in card["parents"]] == [
        ("990101001001", "西北社区"), ("990101001", "西街道"), ("990101", "示意区"),
    ]  # fmt: skip
    assert client.get("/api/areas/cell/990101001001004").json() == card
    assert client.get("/api/areas/cells/1").status_code == 404


def test_a_level_as_geojson(client: TestClient) -> None:
    answer = client.get("/api/areas/community", params={"edition": "tiny"})
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    features = answer.json()["features"]
    assert [feature["properties"]["code"] for feature in features] == sorted(
        code for level, code, *_ in tiny_town.AREAS if level == "community"
    )
    assert features[0]["properties"]["synthetic"] is True
    again = client.get(
        "/api/areas/community", params={"edition": "tiny"}, headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304
    now = client.get("/api/areas/community")
    assert now.json() == answer.json()
    assert now.headers["cache-control"] == "no-cache"


def test_simplified_for_far_zooms(client: TestClient) -> None:
    whole = client.get("/api/areas/street").json()["features"][0]["geometry"]["coordinates"]
    simple = client.get("/api/areas/street", params={"tolerance_m": 20}).json()["features"][0]["geometry"][
        "coordinates"
    ]
    assert len(simple[0][0]) < len(whole[0][0])


def test_cells_in_a_box(client: TestClient) -> None:
    west, south = tiny_town.lonlat(120, 120)
    east, north = tiny_town.lonlat(180, 180)
    answer = client.get("/api/areas/cell", params={"bbox": f"{west},{south},{east},{north}"}).json()
    assert [f["properties"]["code"] for f in answer["features"]] == [tiny_town.cell_at(150, 150)]
    assert client.get("/api/areas/cell", params={"bbox": "1,2,3"}).status_code == 422
    assert len(client.get("/api/areas/cell").json()["features"]) == 16


def test_unknown_levels_areas_and_editions(client: TestClient) -> None:
    assert client.get("/api/areas/village").status_code == 422
    assert client.get("/api/areas/street/1").status_code == 404
    assert client.get("/api/areas/street", params={"edition": "none"}).status_code == 404
    assert client.get("/api/areas/street/990101001").json()["parents"][0]["code"] == "990101"
