"""The plain pages by HTTP: signing in, what a form may do and not, errors as pages, words shown as words."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from app.auth import service as auth
from app.core.settings import Settings
from app.db.databases import Databases
from app.db.engine import transaction
from app.desk.drawing import local_path
from app.main import create_app
from tests import accounts, tiny_town
from tests.conftest import drop_database, make_database

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
        secret = auth.make_link(connection, auth.account_named(connection, "street").id, 5)
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
