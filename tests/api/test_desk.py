"""The plain pages by HTTP: signing in, what a form may do and not, errors as pages, words shown as words."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from urllib.parse import quote

import openpyxl
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from app.auth import service as auth
from app.auth.accounts import AuditFilter
from app.auth.entrance import service as entrance
from app.cases.pacing import Pace
from app.cases.workflow import TABLE
from app.core.settings import Settings
from app.db.databases import Databases
from app.db.engine import transaction
from app.desk import listing
from app.desk.drawing import local_path
from app.desk.intake import endpoints as intake
from app.main import create_app
from tests import accounts, tiny_town
from tests.conftest import drop_database, make_database
from tests.e2e import desk_scene

ORIGIN = "http://testserver"
OURS = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
FOREIGN = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}


@pytest.fixture(scope="module")
def town(admin_url: str) -> Iterator[Databases]:
    databases, name = make_database(admin_url)
    with transaction(databases.owner) as connection:
        tiny_town.load(connection)
    with transaction(databases.service, "system") as connection:
        for who, role, area in [
            ("street", "street_supervisor", "990101001"),
            ("admin", "administrator", None),
            ("auditor", "auditor", None),
        ]:
            accounts.account(connection, role, area=area, name=who, password=accounts.PASSWORD)
    yield databases
    drop_database(admin_url, databases, name)


@pytest.fixture
def visitor(town: Databases) -> Iterator[TestClient]:
    with TestClient(create_app(town.service, Settings()), follow_redirects=False) as client:
        client.headers.update({"Accept": "text/html"})
        yield client


def signed_in(client: TestClient, name: str) -> TestClient:
    sent = {"name": name, "password": accounts.PASSWORD, "next": "/desk"}
    answer = client.post("/sign-in", data=sent, headers=OURS)
    assert answer.status_code == 303, answer.text
    return client


def test_signing_in_and_out(visitor: TestClient) -> None:
    asked = visitor.get("/desk/password?x=1")
    assert asked.status_code == 303
    assert asked.headers["location"] == "/sign-in?next=" + quote("/desk/password?x=1", safe="")
    signed_in(visitor, "street")
    page = visitor.get("/desk/password")
    assert page.status_code == 200
    assert "西街道" in page.text
    assert "街道值班长" in page.text
    assert "'unsafe-inline'" not in page.headers["content-security-policy"]
    assert visitor.post("/sign-out", headers=OURS).headers["location"] == "/sign-in"
    assert visitor.get("/desk/password").status_code == 303


def test_a_wrong_password_is_told_and_the_name_kept(visitor: TestClient) -> None:
    answer = visitor.post("/sign-in", data={"name": "street", "password": "no"}, headers=OURS)
    assert answer.status_code == 401
    assert "账号名或口令错误" in answer.text
    assert 'value="street"' in answer.text
    assert "set-cookie" not in answer.headers or "gridward_session" not in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("/desk/cases/1?x=2", "/desk/cases/1?x=2"),
        ("//evil.example/x", "/desk"),
        ("/\\evil.example", "/desk"),
        ("https://evil.example", "/desk"),
        ("javascript:alert(1)", "/desk"),
        ("/a\nb", "/desk"),
        ("/\t/evil.example", "/desk"),
        ("", "/desk"),
    ],
)
def test_next_leads_only_within_this_site(visitor: TestClient, asked: str, there: str) -> None:
    assert local_path(asked) == there
    sent = {"name": "street", "password": accounts.PASSWORD, "next": asked}
    assert visitor.post("/sign-in", data=sent, headers=OURS).headers["location"] == there


def test_a_link_is_used_once_and_only_by_its_button(town: Databases, visitor: TestClient) -> None:
    with transaction(town.service, "system") as connection:
        secret = entrance.make_link(connection, auth.account_named(connection, "street").id, 5)
    assert visitor.get(f"/link/{secret}").status_code == 200
    assert visitor.get(f"/link/{secret}").status_code == 200
    assert visitor.post(f"/link/{secret}", headers=OURS).status_code == 303
    assert visitor.get("/desk/password").status_code == 200
    again = visitor.post(f"/link/{secret}", headers=OURS)
    assert again.status_code == 401
    assert "此链接已使用或已失效" in again.text


@pytest.mark.parametrize("path", ["/sign-out", "/desk/password", "/desk/bulk", "/desk/accounts"])
def test_a_page_of_another_site_can_send_no_form(visitor: TestClient, path: str) -> None:
    signed_in(visitor, "admin")
    answer = visitor.post(path, data={"name": "mallory", "shown": "m"}, headers=FOREIGN)
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")
    assert visitor.get("/desk/password").status_code == 200, "still signed in"


def test_help_tells_every_move_and_who_makes_it(visitor: TestClient) -> None:
    signed_in(visitor, "street")
    told = visitor.get("/desk/help").text
    assert all(f"<td>{move.zh}</td>" in told for move in TABLE)
    english = visitor.get("/desk/help?lang=en").text
    (row,) = re.findall(r"<td>Pass the check</td><td>handled</td><td>([^<]*)</td>", english)
    assert "Checker" in row
    assert "Planner" not in row


def test_notices_open_and_are_marked_without_any(visitor: TestClient) -> None:
    signed_in(visitor, "street")
    assert "没有未读通知" in visitor.get("/desk/notices").text
    assert visitor.post("/desk/notices", data={"upto": "0"}, headers=OURS).status_code == 303


def test_who_asks_too_often_is_told_how_long_to_wait(
    visitor: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "FOLLOWING", Pace(1, 600))
    sent = {"number": "20260101000001", "code": "x"}
    assert visitor.post("/follow", data=sent, headers=OURS).status_code == 404
    answer = visitor.post("/follow", data=sent, headers=OURS)
    assert answer.status_code == 429
    assert 590 < int(answer.headers["retry-after"]) <= 600
    assert answer.headers["retry-after"] in answer.text


def test_errors_are_pages_here_and_problems_in_the_api(visitor: TestClient) -> None:
    signed_in(visitor, "street")
    refused = visitor.get("/desk/accounts")
    assert refused.status_code == 403
    assert "您没有此项权限" in refused.text
    missing = visitor.get("/desk/nothing/here?lang=en")
    assert missing.status_code == 404
    assert "There is no such thing here." in missing.text
    assert visitor.get("/desk/audit?days=0").status_code == 422
    assert visitor.get("/api/nothing").headers["content-type"] == "application/problem+json"


def test_the_language_is_kept(visitor: TestClient) -> None:
    assert "<h1>登录</h1>" in visitor.get("/sign-in").text
    assert "<h1>Sign in</h1>" in visitor.get("/sign-in?lang=en").text
    assert "<h1>Sign in</h1>" in visitor.get("/sign-in").text


def test_an_administrator_makes_grants_and_ends(town: Databases, visitor: TestClient) -> None:
    signed_in(visitor, "admin")
    made = visitor.post("/desk/accounts", data={"name": "new.one", "shown": "<b>岗位</b>"}, headers=OURS)
    there = made.headers["location"]
    assert "&lt;b&gt;岗位&lt;/b&gt;" in visitor.get(there).text
    taken = visitor.post("/desk/accounts", data={"name": "new.one", "shown": "x"}, headers=OURS)
    assert taken.status_code == 409
    assert "账号名已被使用" in taken.text
    grant = {"role": "dispatcher", "area": "990101001", "party": ""}
    assert visitor.post(f"{there}/grants", data=grant, headers=OURS).status_code == 303
    assert "受理派遣员" in visitor.get(there).text
    link = visitor.post(f"{there}/link", headers=OURS)
    assert f"{ORIGIN}/link/" in link.text
    stale = visitor.post(there, data={"active": "no", "version": "77"}, headers=OURS)
    assert stale.status_code == 412


def test_an_auditor_reads_the_log(visitor: TestClient) -> None:
    signed_in(visitor, "auditor")
    page = visitor.get("/desk/audit?action=sign_in")
    assert page.status_code == 200
    assert "auth.accounts" in page.text


# Cases


@pytest.fixture(scope="module")
def street(admin_url: str) -> Iterator[Databases]:
    databases, name = make_database(admin_url)
    desk_scene.fill(databases, 6)
    yield databases
    drop_database(admin_url, databases, name)


@pytest.fixture
def desk(street: Databases) -> Iterator[TestClient]:
    with TestClient(create_app(street.service, Settings()), follow_redirects=False) as client:
        client.headers.update({"Accept": "text/html"})
        yield client


def numbers(page: str) -> list[str]:
    return re.findall(r'class="case"><a href="/desk/cases/(\d+)"', page)


def version_in(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


def test_older_cases_are_a_link_away_and_the_total_is_told(
    desk: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(desk, "supervisor")
    everything = numbers(desk.get("/desk/cases").text)
    monkeypatch.setattr(listing, "ON_A_PAGE", 4)
    first = desk.get("/desk/cases").text
    assert f"共 {len(everything)} 件" in first
    (older,) = re.findall(r'rel="next" href="([^"]+)"', first)
    second = desk.get(older.replace("&amp;", "&")).text
    assert numbers(first) + numbers(second) == everything[: 4 + len(numbers(second))]
    assert numbers(second)
    assert 'rel="first" href="/desk/cases"' in second


def test_only_what_is_seen_is_shown(desk: TestClient) -> None:
    signed_in(desk, "supervisor")
    mine = numbers(desk.get("/desk?list=to_accept").text)
    assert mine
    desk.post("/sign-out", headers=OURS)
    signed_in(desk, "other_street")
    assert numbers(desk.get("/desk?list=to_accept").text) == []
    assert "没有此案件" in desk.get(f"/desk/cases/{mine[0]}").text
    assert desk.get(f"/desk/cases/{mine[0]}/why").status_code == 404
    moved = desk.post(f"/desk/cases/{mine[0]}/moves/accept", data={"version": "1"}, headers=OURS)
    assert moved.status_code == 404


def test_only_legal_moves_are_offered(desk: TestClient) -> None:
    signed_in(desk, "supervisor")
    number = numbers(desk.get("/desk?list=to_accept").text)[0]
    page = desk.get(f"/desk/cases/{number}").text
    assert {"accept", "refuse"} <= set(re.findall(r"/moves/(\w+)", page))
    assert not {"verify", "handle", "check_pass", "close"} & set(re.findall(r"/moves/(\w+)", page))


def test_a_comment_with_script_is_shown_as_text(desk: TestClient) -> None:
    signed_in(desk, "supervisor")
    number = numbers(desk.get("/desk?list=to_accept").text)[0]
    said = {"text": "<script>alert(1)</script>"}
    assert desk.post(f"/desk/cases/{number}/comments", data=said, headers=OURS).status_code == 303
    page = desk.get(f"/desk/cases/{number}").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_what_was_typed_is_kept_when_a_move_is_refused(desk: TestClient) -> None:
    signed_in(desk, "supervisor")
    number = numbers(desk.get("/desk?list=to_accept").text)[0]
    version = version_in(desk.get(f"/desk/cases/{number}").text)
    sent = {"version": version, "reason": "x" * 4001}
    refused = desk.post(f"/desk/cases/{number}/moves/refuse", data=sent, headers=OURS)
    assert refused.status_code == 422
    assert "x" * 4001 in refused.text


def test_who_comes_second_is_told_who_was_first_and_loses_nothing(desk: TestClient) -> None:
    signed_in(desk, "supervisor")
    number = numbers(desk.get("/desk?list=to_accept").text)[0]
    version = version_in(desk.get(f"/desk/cases/{number}").text)
    sent = {"version": version, "reason": "重复反映，不属本街道"}
    assert desk.post(f"/desk/cases/{number}/moves/accept", data=sent, headers=OURS).status_code == 303
    second = desk.post(f"/desk/cases/{number}/moves/refuse", data=sent, headers=OURS)
    assert second.status_code == 412
    assert "street_supervisor of 990101001" in second.text
    assert "重复反映，不属本街道" in second.text


def test_bulk_tells_of_each(desk: TestClient) -> None:
    signed_in(desk, "dispatcher")
    number = numbers(desk.get("/desk?list=to_accept&stage=reported").text)[0]
    sent = {"move": "accept", "case": [f"{number} 1", "20260101999999 1"], "back": "//evil.example"}
    page = desk.post("/desk/bulk", data=sent, headers=OURS)
    assert "成功 1 件，未成 1 件" in page.text
    assert 'href="/desk"' in page.text


def test_a_look_at_the_reporter_is_recorded(street: Databases, desk: TestClient) -> None:
    signed_in(desk, "supervisor")
    number = numbers(desk.get("/desk?list=to_accept").text)[0]
    assert "13800000000" not in desk.get(f"/desk/cases/{number}").text
    assert "13800000000" in desk.post(f"/desk/cases/{number}/reporter", headers=OURS).text
    with transaction(street.service, "system") as connection:
        looks = auth.entries(connection, AuditFilter(action="look", subject="cases.reporters"))
    assert len(looks) == 1


@pytest.mark.parametrize(
    "content",
    [b"<html><script>alert(1)</script></html>", b"", b"\xff\xd8\xff not really", b"PK\x03\x04" + b"0" * 99],
)
def test_what_is_no_photo_is_refused(desk: TestClient, content: bytes) -> None:
    signed_in(desk, "supervisor")
    number = numbers(desk.get("/desk?list=to_accept").text)[0]
    upload = {"photo": ("photo.jpg", content, "image/jpeg")}
    answer = desk.post(f"/desk/cases/{number}/photos", data={"moment": "before"}, files=upload, headers=OURS)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_a_photo_is_shown_without_its_metadata(desk: TestClient) -> None:
    signed_in(desk, "supervisor")
    number = numbers(desk.get("/desk?list=to_accept").text)[0]
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "A camera's maker"
    Image.effect_noise((120, 90), 50).convert("RGB").save(file, "JPEG", exif=exif)
    upload = {"photo": ("photo.jpg", file.getvalue(), "image/jpeg")}
    sent = desk.post(f"/desk/cases/{number}/photos", data={"moment": "before"}, files=upload, headers=OURS)
    assert sent.status_code == 303
    address = re.search(r'src="(/desk/cases/\d+/photos/\d+)"', desk.get(f"/desk/cases/{number}").text)
    assert address
    shown = desk.get(address[1])
    assert shown.headers["content-type"] == "image/jpeg"
    assert b"camera" not in shown.content
    desk.post("/sign-out", headers=OURS)
    signed_in(desk, "other_street")
    assert desk.get(address[1]).status_code == 404


def test_a_resident_reports_and_follows(desk: TestClient) -> None:
    lon, lat = tiny_town.lonlat(60, 330)
    said = {"category": "event:0102", "description": "门口有垃圾", "lon": str(lon), "lat": str(lat)}
    told = desk.post("/report", data=said, headers=OURS)
    found = re.findall(r"<dd class=\"number\"><b>([^<]+)</b>", told.text)
    assert len(found) == 2
    follow = desk.post("/follow", data={"number": found[0], "code": found[1]}, headers=OURS)
    assert follow.status_code == 200
    assert found[0] in follow.text
    wrong = desk.post("/follow", data={"number": found[0], "code": "guess"}, headers=OURS)
    assert wrong.status_code == 404


@pytest.mark.parametrize(
    "said",
    [
        {"category": ""},
        {"category": "event:9999", "lon": "116.4", "lat": "39.9"},
        {"category": "event:0102"},
        {"category": "event:0102", "lon": "116.4"},
        {"category": "event:0102", "lon": "east", "lat": "39.9"},
        {"category": "event:0102", "place": "here"},
        {"category": "event:0102", "lon": "nan", "lat": "39.9"},
    ],
)
def test_a_bad_report_is_refused_and_kept_on_the_page(
    street: Databases, desk: TestClient, said: dict[str, str]
) -> None:
    signed_in(desk, "patroller")
    answer = desk.post("/desk/report", data={**said, "description": "打了很久的字"}, headers=OURS)
    assert answer.status_code == 422, answer.text
    assert "打了很久的字" in answer.text


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ("supervisor", "/desk/parties?area=990101001001", 200),
        ("supervisor", "/desk/parties/nw-property", 200),
        ("supervisor", "/desk/parties/nobody", 404),
        ("supervisor", "/desk/lint", 200),
        ("supervisor", "/desk/lint.csv", 200),
        ("supervisor", "/desk/why?lon=116.4154&lat=39.9144&category=event:0102", 200),
        ("supervisor", "/desk/why?lon=x&lat=39.9144&category=event:0102", 422),
        ("supervisor", "/desk/report", 200),
        ("planner", "/desk/accounts", 403),
        ("auditor", "/desk/audit", 200),
        ("auditor", "/desk/report", 200),
        ("west-office", "/desk", 200),
        ("admin", "/desk/accounts", 200),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_pages_open_in_both_languages(desk: TestClient, who: str, path: str, status: int, lang: str) -> None:
    signed_in(desk, who)
    page = desk.get(f"{path}{'&' if '?' in path else '?'}lang={lang}")
    assert page.status_code == status, page.text


def test_hotline_orders_come_in_and_are_placed(desk: TestClient) -> None:
    signed_in(desk, "supervisor")
    book = openpyxl.Workbook()
    book.active.append(["工单编号", "受理时间", "办理时限", "诉求内容", "诉求地址", "诉求分类"])
    book.active.append(
        ["GD1", "2026-03-02 09:00", "2036-03-05 18:00", "<b>垃圾</b>", "幸福里3号楼", "暴露垃圾"]
    )
    file = io.BytesIO()
    book.save(file)

    def send(how: str) -> str:
        upload = {"file": ("orders.xlsx", file.getvalue())}
        answer = desk.post("/desk/hotline", data={"how": how}, files=upload, headers=OURS)
        assert answer.status_code == 200
        return answer.text

    assert "新 1（已立案 0，待定位 1），已有 0" in send("trial")
    assert "新 1（已立案 0，待定位 1），已有 0" in send("import")
    assert "新 0（已立案 0，待定位 0），已有 1" in send("import")
    page = desk.get("/desk/hotline").text
    assert "&lt;b&gt;垃圾&lt;/b&gt;" in page
    form = re.search(r'action="(/desk/hotline/\d+/place)"', page)
    assert form
    nowhere = desk.post(form[1], data={"version": version_in(page)}, headers=OURS)
    assert nowhere.status_code == 422
    lon, lat = tiny_town.lonlat(60, 330)
    at = {"version": version_in(page), "lon": str(lon), "lat": str(lat)}
    assert desk.post(form[1], data=at, headers=OURS).status_code == 303
    assert re.search(r"/desk/cases/\d{14}", desk.get("/desk/hotline?state=opened").text)
    assert desk.get("/desk/hotline/orders.xlsx").content.startswith(b"PK")
    junk = desk.post(
        "/desk/hotline", data={"how": "import"}, files={"file": ("a.xlsx", b"<html>")}, headers=OURS
    )
    assert junk.status_code == 422
