"""What the map page and its readers ask for, over tiny town, as a planner of the district; nobody gets nothing."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from app.core.settings import Settings
from app.db.databases import Databases
from app.db.engine import transaction
from app.main import create_app
from app.maps import vendor
from tests import tiny_town
from tests.accounts import Acting, account
from tests.conftest import drop_database, make_database
from tests.e2e import scene

STALL_IN_SCRIPT = json.dumps(scene.STALL)[1:-1]
NORTH_WEST = scene.number_of(scene.NORTH_WEST)


@pytest.fixture(scope="module")
def town(admin_url: str) -> Iterator[Databases]:
    databases, name = make_database(admin_url)
    scene.fill(databases)
    yield databases
    drop_database(admin_url, databases, name)


@pytest.fixture(scope="module")
def client(town: Databases, people: dict[str, Acting]) -> Iterator[TestClient]:
    with TestClient(create_app(town.service, Settings()), headers=people["planner"].headers) as client:
        yield client


@pytest.fixture(scope="module")
def people(town: Databases) -> dict[str, Acting]:
    with transaction(town.service, "system") as connection:
        return {
            "planner": account(connection, "planner", area=tiny_town.DISTRICT),
            "east": account(connection, "street_supervisor", area="990101002"),
            "officer": account(connection, "community_officer", area="990101001001"),
            "patroller": account(connection, "patroller", area="990101001"),
            "auditor": account(connection, "auditor"),
            "administrator": account(connection, "administrator"),
        }


@pytest.fixture(scope="module")
def setting(client: TestClient) -> dict[str, Any]:
    return client.get("/api/maps/setting").json()


def test_the_setting_says_what_the_page_begins_with(setting: dict[str, Any]) -> None:
    assert (setting["edition"]["name"], setting["synthetic_areas"]) == ("tiny", True)
    assert (setting["cells"], setting["lattice"]) == (16, True)
    assert setting["levels"] == ["community", "district", "neighbour", "street"]
    assert setting["parents"]["runs"] == [[0, 4], [1, 4], [2, 4], [3, 4]]
    assert setting["period"]["first_day"] == setting["period"]["last_day"] == scene.DAY
    assert [team["code"] for team in setting["teams"]] == [scene.TEAM]
    (south, west), (north, east) = setting["bounds"]
    assert (west, south) == pytest.approx(tiny_town.lonlat(0, 0), abs=1e-4)
    assert (east, north) == pytest.approx(tiny_town.lonlat(400, 400), abs=1e-4)


def test_outlines_never_change(client: TestClient, setting: dict[str, Any]) -> None:
    answer = client.get(f"/tiles/{setting['edition']['key']}/outlines/community.json")
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    features = answer.json()["features"]
    assert [feature["properties"]["code"] for feature in features] == setting["parents"]["codes"]
    assert all(feature["properties"]["synthetic"] for feature in features)
    assert features[0]["properties"]["km2"] == pytest.approx(0.04)


def test_tiles_are_gzipped_for_those_who_can_read_it(client: TestClient, setting: dict[str, Any]) -> None:
    address = f"/tiles/{setting['edition']['key']}/cells/14/13490/6211.mvt"
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    plain = client.get(address, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content == client.get(address).content
    assert plain.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert client.get("/tiles/7-0/cells/14/1/1.mvt").status_code == 404


def test_numbers_by_cell(client: TestClient, setting: dict[str, Any]) -> None:
    found = client.get("/api/density/counts", params={"from": scene.DAY, "to": scene.DAY}).json()
    assert found["edition"] == setting["edition"]["key"]
    assert dict(zip(found["cells"]["numbers"], found["cells"]["counts"], strict=True))[NORTH_WEST] == 3
    assert (found["total"], found["outside"], found["synthetic"]) == (7, 1, True)
    assert found["scales"]["count"]["breaks"][0] == 1
    assert len(found["scales"]["count"]["colours"]) == len(found["scales"]["count"]["breaks"])


@pytest.mark.parametrize(
    "query", [{"from": "x"}, {"from": "2026-03-03", "to": "2026-03-02"}, {"to": "2026-03-02T08:00"}]
)
def test_a_bad_period_is_told_with_its_remedy(client: TestClient, query: dict[str, str]) -> None:
    answer = client.get("/api/density/counts", params=query)
    assert answer.status_code == 422
    assert answer.json()["remedy"]
    assert answer.json()["title_zh"] == "时段有误。"


def test_the_surface_and_its_place(client: TestClient) -> None:
    query = {"from": scene.DAY, "bandwidth_m": 150}
    facts = client.get("/api/density/surface.json", params=query).json()
    image = client.get("/api/density/surface.png", params=query)
    assert image.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(image.content)).size == (facts["width"], facts["height"])
    (south, west), (north, east) = facts["bounds"]
    lon, lat = tiny_town.lonlat(200, 200)
    assert south < lat < north
    assert west < lon < east
    assert facts["bandwidth_m"] == 150
    assert facts["scale"]["breaks"][-1] <= facts["peak"]
    assert client.get("/api/density/surface.png", params={"from": "2026-03-05"}).status_code == 204
    assert client.get("/api/density/surface.json", params={"bandwidth_m": 5}).status_code == 422


def test_a_cells_card(client: TestClient, setting: dict[str, Any]) -> None:
    key = setting["edition"]["key"]
    card = client.get(f"/api/maps/cells/{key}/{NORTH_WEST}", params={"from": scene.DAY}).json()
    assert (card["code"], card["area_m2"], card["size_m"]) == (scene.NORTH_WEST, 10_000, 100)
    assert [area["name"] for area in card["above"]] == ["西北社区", "西街道", "示意区"]
    assert [incident["category"] for incident in card["incidents"]] == [scene.STALL, scene.WASTE, scene.WASTE]
    assert client.get(f"/api/maps/cells/{key}/17").status_code == 404


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("东街", ("street", "990101002")),
        ("990101001002", ("community", "990101001002")),
        ("990101001002003", ("cell", "990101001002003")),
    ],
)
def test_search_by_name_and_code(
    client: TestClient, setting: dict[str, Any], words: str, first: tuple[str, str]
) -> None:
    hits = client.get("/api/maps/find", params={"edition": setting["edition"]["key"], "q": words}).json()
    assert (hits[0]["kind"], hits[0]["code"]) == first


@pytest.mark.parametrize("words", ["%", "_", "\\", "  ", "'; DROP TABLE"])
def test_signs_mean_themselves_in_a_search(client: TestClient, setting: dict[str, Any], words: str) -> None:
    answer = client.get("/api/maps/find", params={"edition": setting["edition"]["key"], "q": words})
    assert (answer.status_code, answer.json()) == (200, [])


def marks(client: TestClient, zoom: int, **more: Any) -> list[list[Any]]:
    (west, south), (east, north) = tiny_town.lonlat(-1000, -1000), tiny_town.lonlat(1000, 1000)
    window = {"west": west, "south": south, "east": east, "north": north, "zoom": zoom}
    return client.get("/api/maps/incidents", params=window | {"from": scene.DAY} | more).json()["marks"]


def test_incidents_are_gathered_far_away_and_single_near_by(client: TestClient) -> None:
    assert sum(mark[2] for mark in marks(client, 8)) == 7
    assert len(marks(client, 8)) < 7
    near = marks(client, 16)
    assert [mark[2] for mark in near] == [1] * 7
    assert len(marks(client, 16, category=scene.STALL)) == 1
    lon, lat = tiny_town.lonlat(20, 380)
    assert any(mark[:2] == [pytest.approx(lon, abs=2e-6), pytest.approx(lat, abs=2e-6)] for mark in near)


def test_the_page_allows_only_its_own_files(client: TestClient) -> None:
    page = client.get("/map", headers={"Cookie": "gridward_session=x"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"https?://", page.text)
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text):
        if "/vendor/" not in address:
            assert client.get(address).status_code == 200, address


def test_the_mailed_map_needs_nothing_else(client: TestClient) -> None:
    if not (vendor.VENDOR / "leaflet" / "leaflet.js").exists():
        pytest.skip("NO LEAFLET: run make setup; the mailed map was not tried")
    answer = client.get("/maps/report", params={"from": scene.DAY, "team": scene.TEAM})
    assert answer.status_code == 200
    html = answer.text
    assert not re.search(r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)\s*=", html)
    assert "url(images/" not in html
    for words in (
        "示意分区，非法定界线",
        "问题为合成数据",
        "时段 Period: 2026-03-02<",
        "（Asia/Shanghai）",
        "只画辖区内，边界处未作校正",
        "{imperial: false}",
        "invented for tests",
        "已巡 Patrolled: 4",
    ):
        assert words in html, words
    assert len(html) < 10_000_000
    assert client.get("/maps/report", params={"team": "nobody"}).status_code == 404


def test_the_mailed_map_names_its_days_as_the_page_does(client: TestClient) -> None:
    def period(**query: str) -> str:
        found = re.search(r"Period: ([^<]*)<", client.get("/maps/report", params=query).text)
        assert found is not None
        return found[1]

    assert (
        period(**{"from": "2026-03-01", "to": "2026-03-03"}) == "2026-03-01 至 to 2026-03-03（含 included）"
    )
    part = period(**{"from": "2026-03-02T00:00Z", "to": "2026-03-02T01:30Z"})
    assert part == "2026-03-02 08:00 – 2026-03-02 09:30（Asia/Shanghai）"


def test_names_from_data_cannot_become_script(client: TestClient, town: Databases) -> None:
    from app.incidents import service as incidents
    from app.incidents.reporting import Report

    with transaction(town.service, "system") as connection:
        report = Report(
            source="hostile",
            source_id="1",
            x=tiny_town.WEST + 250,
            y=tiny_town.SOUTH + 250,
            datum="epsg:4548",
            reported_at=scene.START.replace(year=2025),
            category="</script><script>alert(1)</script><img src=x onerror=alert(2)>",
        )
        incidents.report(connection, report)
    html = client.get("/maps/report", params={"from": "2025-03-02"}).text
    assert "<script>alert(1)" not in html
    assert "<img src=x" not in html


def test_everyone_is_sent_where_their_work_begins(client: TestClient, people: dict[str, Acting]) -> None:
    def sent(headers: dict[str, str]) -> tuple[int, str]:
        answer = client.get("/", headers=headers, follow_redirects=False)
        return answer.status_code, answer.headers["location"]

    assert sent({"Authorization": ""}) == (303, "/sign-in?next=/")
    assert sent({"Authorization": "", "Cookie": "gridward_session=forged"}) == (303, "/sign-in?next=/")
    assert sent(people["planner"].headers) == (303, "/map")
    assert sent(people["patroller"].headers) == (303, "/phone/")
    assert sent(people["officer"].headers) == sent(people["auditor"].headers) == (303, "/desk")


def test_the_map_asks_nobody_in(client: TestClient) -> None:
    answer = client.get("/map", headers={"Authorization": ""}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"], answer.content) == (
        303,
        "/sign-in?next=/map",
        b"",
    )


def addresses(key: str) -> list[str]:
    """All that the page and its readers ask for."""
    box = "west=116.3&south=39.8&east=116.5&north=40.0&zoom=16"
    return [
        "/api/maps/setting", "/api/maps/categories", f"/api/maps/cells/{key}/{NORTH_WEST}",
        f"/api/maps/find?edition={key}&q=9901", f"/api/maps/incidents?{box}", "/maps/report",
        f"/tiles/{key}/cells/14/13490/6211.mvt", f"/tiles/{key}/outlines/street.json",
        "/api/density/counts", "/api/density/surface.json", "/api/density/surface.png",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("who", "status"), [(None, 401), ("administrator", None), ("auditor", 403), ("officer", 200)]
)
def test_each_gets_what_their_role_may(
    client: TestClient,
    people: dict[str, Acting],
    setting: dict[str, Any],
    who: str | None,
    status: int | None,
) -> None:
    headers = people[who].headers if who else {"Authorization": ""}
    told = {
        address: client.get(address, headers=headers).status_code
        for address in addresses(setting["edition"]["key"])
    }
    if status is None:  # an administrator sees the ground, and nothing of what happens on it
        assert {
            told[one] for one in told if "density" in one or "incidents" in one or "categories" in one
        } == {403}
        assert (told["/api/maps/setting"], told["/maps/report"]) == (200, 403)
    elif who == "auditor":
        assert {address for address in told if told[address] != 403} == {
            f"/api/maps/find?edition={setting['edition']['key']}&q=9901"
        }
    else:
        assert set(told.values()) == {status}, told


def test_what_is_counted_is_what_one_may_see(
    client: TestClient, people: dict[str, Acting], setting: dict[str, Any]
) -> None:
    key = setting["edition"]["key"]

    def counted(who: str) -> tuple[int, list[int], int, int, list[str], str]:
        client.headers.update(people[who].headers)
        found = client.get("/api/density/counts", params={"from": scene.DAY}).json()
        card = client.get(f"/api/maps/cells/{key}/{NORTH_WEST}", params={"from": scene.DAY}).json()
        near, far = (sum(mark[2] for mark in marks(client, zoom)) for zoom in (16, 8))
        assert near == far
        teams = [team["code"] for team in client.get("/api/maps/setting").json()["teams"]]
        mailed = client.get("/maps/report", params={"from": scene.DAY}).text
        return found["total"], found["cells"]["counts"], len(card["incidents"]), near, teams, mailed

    try:
        everything, officer, east = counted("planner"), counted("officer"), counted("east")
    finally:
        client.headers.update(people["planner"].headers)
    assert everything[:5] == (7, [3, 1, 2], 3, 7, [scene.TEAM])
    assert officer[:5] == (4, [3, 1], 3, 4, [])
    assert east[:5] == (2, [2], 0, 2, [])
    assert STALL_IN_SCRIPT in everything[5]
    assert STALL_IN_SCRIPT not in east[5]
