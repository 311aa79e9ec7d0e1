"""`gridward serve --https`: an authority of its own that phones can trust, and that can pass for nobody else."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from app.auth.entrance import service as entrance
from app.core.settings import ROOT
from app.db.databases import Databases
from app.db.engine import transaction
from app.web import serving
from app.web.certificates import Authority, AuthorityUnusable, local_names
from app.web.guard import COOKIE
from tests.accounts import account
from tests.integration.test_serve import free_port

NAMES = ("192.168.7.20", "gridward.local", "localhost", "127.0.0.1", "::1")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "https")


def greeted(server: ssl.SSLContext, trusted: Path, name: str) -> str:
    """Shake hands as a client that asks for a name and trusts an authority; return what is wrong, empty if nothing."""
    client = ssl.create_default_context(cafile=trusted)
    here, there = socket.socketpair()
    there.settimeout(10)

    def answer() -> None:
        with there:
            try:
                server.wrap_socket(there, server_side=True).close()
            except OSError:
                return

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        with here:
            here.settimeout(10)
            client.wrap_socket(here, server_hostname=name).close()
    except ssl.SSLError as error:
        return str(error)
    finally:
        thread.join()
    return ""


def context(certificate: Path, key: Path) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate, key)
    return made


def test_a_client_that_trusts_it_is_content(authority: Authority) -> None:
    served = authority.served(NAMES)
    assert (served.names, served.left_out) == (NAMES, ())
    server = context(served.certificate, served.key)
    for name in NAMES:
        assert greeted(server, authority.certificate_file, name) == ""
    assert "192.168.7.21" in greeted(server, authority.certificate_file, "192.168.7.21")


def test_a_client_that_does_not_know_it_refuses(authority: Authority, tmp_path: Path) -> None:
    served = authority.served(NAMES)
    other = Authority(tmp_path / "other")
    wrong = greeted(context(served.certificate, served.key), other.certificate_file, "localhost")
    assert "self-signed certificate in certificate chain" in wrong or "unable to get local issuer" in wrong


def test_keys_are_their_owners_alone(authority: Authority) -> None:
    served = authority.served(NAMES)
    for key in (authority.key_file, served.key):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(authority.folder.stat().st_mode) == 0o700


def test_it_is_made_once_and_renewed_when_due(authority: Authority) -> None:
    first = authority.served(NAMES).certificate.read_bytes()
    again = Authority(authority.folder)
    assert again.fingerprint == authority.fingerprint
    assert again.served(NAMES).certificate.read_bytes() == first
    later = datetime.now(UTC) + timedelta(days=380)
    renewed = again.served(NAMES, later).certificate.read_bytes()
    assert renewed != first
    assert x509.load_pem_x509_certificate(renewed).not_valid_after_utc > later + timedelta(days=300)
    other = again.served((*NAMES, "10.0.0.5"), later).certificate.read_bytes()
    assert other != renewed


def test_a_running_server_takes_the_renewed_one(authority: Authority) -> None:
    served = authority.served(NAMES)
    server = context(served.certificate, served.key)
    served.certificate.unlink()
    serving.renew(serving.Https(authority.folder, NAMES), server)
    assert served.certificate.exists()
    assert greeted(server, authority.certificate_file, "localhost") == ""


def test_it_can_pass_for_nobody_outside(authority: Authority) -> None:
    asked = (*NAMES, "bank.example.com", "8.8.8.8")
    assert authority.served(asked).left_out == ("bank.example.com", "8.8.8.8")
    forged, key = forge(authority, "bank.example.com")
    assert "permitted subtree violation" in greeted(
        context(forged, key), authority.certificate_file, "bank.example.com"
    )


def forge(authority: Authority, name: str) -> tuple[Path, Path]:
    """Sign, with the authority's stolen key, what it may not certify."""
    files = authority.folder / "forged.crt", authority.folder / "forged.key"
    authority._issue(files, [name], datetime.now(UTC))  # as a thief would
    return files


def test_names_of_the_deployment_are_permitted_when_it_is_made(tmp_path: Path) -> None:
    made = Authority(tmp_path / "https", ["map.example.org", "203.0.113.5", "*"])
    served = made.served(["map.example.org", "203.0.113.5", "other.example.org"])
    assert served.left_out == ("other.example.org",)
    assert greeted(context(served.certificate, served.key), made.certificate_file, "map.example.org") == ""


def test_a_damaged_authority_is_told(authority: Authority) -> None:
    authority.key_file.write_text("nonsense")
    with pytest.raises(AuthorityUnusable, match="Remove"):
        Authority(authority.folder)


def test_processes_that_start_together_make_one(tmp_path: Path) -> None:
    made: list[str] = []
    threads = [
        threading.Thread(target=lambda: made.append(Authority(tmp_path / "https").fingerprint))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1


def test_this_machine_has_names() -> None:
    assert {"localhost", "127.0.0.1", "::1"} <= set(local_names())


@pytest.fixture
def server(databases: Databases, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int, int]]:
    address = databases.service.url.set(drivername="postgresql").render_as_string(hide_password=False)
    port, ca_port = free_port(), free_port()
    process = subprocess.Popen(
        [
            str(Path(sys.executable).with_name("gridward")), "serve", "--https", "--host", "127.0.0.1",
            "--port", str(port), "--ca-port", str(ca_port),
        ],
        env=os.environ | {
            "GRIDWARD_DATABASE_URL": address, "GRIDWARD_METRIC_CRS": "EPSG:4548", "GRIDWARD_HOME": str(tmp_path),
        },
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, text=True,
    )  # fmt: skip
    yield process, port, ca_port
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=30)


def test_a_phone_gets_the_authority_then_speaks_https(
    server: tuple[subprocess.Popen[str], int, int], fresh_session: tuple[Databases, str], tmp_path: Path
) -> None:
    process, port, ca_port = server
    assert process.stdout is not None
    ready = process.stdout.readline()
    assert ready.startswith("Gridward is ready: https://")
    assert f":{port}/" in ready
    told = process.stdout.readline()
    assert f":{ca_port}/" in told
    while not (line := process.stdout.readline()).startswith("SHA-256 "):
        assert line.strip()  # the QR code

    phone = http.client.HTTPConnection("127.0.0.1", ca_port, timeout=30)
    phone.request("GET", "/")
    answer = phone.getresponse()
    page = answer.read().decode()
    assert answer.status == 200
    assert f"https://127.0.0.1:{port}/phone/" in page
    assert line.split()[1] in page
    phone.request("GET", "/ca.crt")
    answer = phone.getresponse()
    certificate = answer.read()
    assert answer.getheader("Content-Type") == "application/x-x509-ca-cert"
    made = x509.load_pem_x509_certificate(certificate)
    assert made.fingerprint(hashes.SHA256()).hex(":").upper() == line.split()[1]
    for path in ("/ca.key", "/../https/ca.key", "/server.key"):
        phone.request("GET", path)
        answer = phone.getresponse()
        assert answer.status == 404
        assert b"PRIVATE" not in answer.read()

    (tmp_path / "phone.crt").write_bytes(certificate)
    trusted = ssl.create_default_context(cafile=tmp_path / "phone.crt")
    spoken = http.client.HTTPSConnection("localhost", port, timeout=30, context=trusted)
    spoken.request("GET", "/healthz")
    answer = spoken.getresponse()
    assert (answer.status, answer.read()[:15]) == (200, b'{"status":"ok",')
    spoken.request(
        "POST", "/api/auth/link", f'{{"secret": "{fresh_session[1]}"}}', {"Content-Type": "application/json"}
    )
    answer = spoken.getresponse()
    answer.read()
    cookie = answer.getheader("Set-Cookie", "")
    assert answer.status == 200
    assert cookie.startswith(COOKIE)
    assert "; secure" in cookie.lower()
    spoken.request("GET", "/healthz", headers={"Host": f"evil.example:{port}"})
    assert spoken.getresponse().status == 400
    spoken.close()
    phone.close()
    os.killpg(process.pid, signal.SIGINT)
    said, complaints = process.communicate(timeout=30)
    assert (process.returncode, said, complaints) == (0, "", "")


@pytest.fixture
def fresh_session(databases: Databases) -> tuple[Databases, str]:
    """A one-time link in the database that is served."""
    with transaction(databases.service, "system") as connection:
        made = account(connection, "auditor", name="https.auditor").id
        return databases, entrance.make_link(connection, made, 5)
