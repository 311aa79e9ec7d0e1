"""`python -m tests.benchmarks report`: a report with all that belongs to it, against a route that inserts one bare row.

Both routes are of one running app with two workers: `POST /api/cases` as a patroller's token (cell, party, deadline,
rights, audit, history, task, notices, Idempotency-Key, durable commit), and `POST /api/cases/bare`, which signs in the same way
and inserts one row. Closed loop at 8 and 32 connections, by turns; then reports alone, open loop at 200 a second over 32.
"""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import text

from app.areas.service import edition_at
from app.auth.guards import Me, Transaction
from app.cases import endpoints as cases
from app.categories.service import load_defaults
from app.core.settings import ROOT, Settings
from app.db.cluster import Cluster
from app.db.databases import Databases
from app.db.engine import transaction
from app.demo.service import Demo, Wanted
from app.demo.society import service as society
from app.geo.crs import Metric
from app.main import from_environment
from tests.accounts import account
from tests.benchmarks.hammer import Run, Target, closed_loop, open_loop
from tests.conftest import METRIC_SRID, drop_database, make_database

COMMUNITY = "110105001034"  # Yonganli East: the most rules of all
STREET = COMMUNITY[:9]
WORKERS = 2
ROUNDS, SECONDS, OPEN_SECONDS = 10, 2.0, 20.0
RATE, CONNECTIONS, P99_MS = 200, 32, 50
CATEGORIES = ("event:0102", "event:0104", "event:0501", "event:0505", "social:0901", "component:0305")


class Bare(BaseModel):
    """What the bare route takes."""

    note: str


def app() -> FastAPI:
    """Return the service with the bare route beside the report's; what uvicorn's workers start."""

    @cases.router.post("/bare", status_code=201)
    def bare(connection: Transaction, _me: Me, said: Bare) -> dict[str, int]:
        row = connection.execute(
            text("INSERT INTO cases.bare (note) VALUES (:note) RETURNING id"), {"note": said.note}
        )
        return {"id": row.scalar_one()}

    cases.router.routes.insert(1, cases.router.routes.pop())  # found as soon as the report's
    return from_environment()


def run() -> dict[str, Any]:
    """Return rates of both routes and their ratio at 8 and 32 connections, and the open loop's waits."""
    admin = os.environ.get("GRIDWARD_TEST_ADMIN_URL")
    admin = admin or Cluster.of(Settings.from_env(os.environ), purpose="test").start().admin_url
    databases, name = make_database(admin)
    try:
        token, places = _prepare(databases)
        with _serving(databases) as port:
            return _measure(port, token, places)
    finally:
        drop_database(admin, databases, name)


def _prepare(databases: Databases) -> tuple[str, list[tuple[float, float]]]:
    wanted = Wanted(seed=1, metric=Metric(METRIC_SRID), zone=ZoneInfo(Settings().timezone), streets=(STREET,))
    demo = Demo(wanted, lambda line: print(line, file=sys.stderr))
    with transaction(databases.owner, "system") as connection:
        demo.load_ground(connection)
        connection.execute(
            text(
                "CREATE TABLE cases.bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text NOT NULL)"
            )
        )
        connection.execute(text(f'GRANT SELECT, INSERT ON cases.bare TO "{databases.service_role}"'))
    with transaction(databases.service, "system") as connection:
        load_defaults(connection)
        society.settle(connection, edition_at(connection).id, wanted.streets, wanted.zone)
        token = account(connection, "patroller", area=COMMUNITY).token
        rows = connection.execute(
            text("""SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_Transform(ST_PointOnSurface(geom), 4326) AS p
                      FROM areas.cells WHERE parent_code = :community) AS points"""),
            {"community": COMMUNITY},
        )
        places = [(row[0], row[1]) for row in rows]
    return token, places


@contextmanager
def _serving(databases: Databases) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "GRIDWARD_DATABASE_URL": databases.service.url.render_as_string(hide_password=False),
        "GRIDWARD_OWNER_URL": databases.owner.url.render_as_string(hide_password=False),
    }
    server = subprocess.Popen(
        [sys.executable, "-c", "import sys; from app.web import serving; serving.run(*sys.argv[1:3], *map(int, sys.argv[3:]))",
         "tests.benchmarks.report:app", "127.0.0.1", str(port), str(WORKERS)],
        cwd=ROOT, env=environment,
    )  # fmt: skip
    try:
        _await(port)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def _await(port: int) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def _measure(port: int, token: str, places: list[tuple[float, float]]) -> dict[str, Any]:
    chance = random.Random(1)  # no secret

    def report(n: int) -> bytes:
        lon, lat = chance.choice(places)
        said = {
            "category": chance.choice(CATEGORIES), "lon": lon, "lat": lat, "source": "patrol", "id": f"bench-{n}",
            "accuracy_m": 8, "description": "synthetic report of a benchmark 示意",
        }  # fmt: skip
        return json.dumps(said).encode()

    headers = {"Authorization": f"Bearer {token}"}
    full = Target(
        port=port, path="/api/cases", headers=headers | {"Idempotency-Key": "bench-{n}"}, body=report
    )
    bare = Target(
        port=port,
        path="/api/cases/bare",
        headers=headers,
        body=lambda n: json.dumps({"note": f"n {n}"}).encode(),
    )
    first = 0
    closed_loop(full, 8, 3, first)  # ground, rules and kernels in memory
    result: dict[str, Any] = {"benchmark": "report", "workers": WORKERS}
    for connections in (8, CONNECTIONS):
        rates: dict[str, list[float]] = {"report": [], "bare": []}
        for _ in range(ROUNDS):
            for name, target in (("bare", bare), ("report", full)):
                first += 1_000_000
                rates[name].append(_good(closed_loop(target, connections, SECONDS, first)).rate)
        result[f"report_per_second_{connections}"] = round(median(rates["report"]), 1)
        result[f"bare_per_second_{connections}"] = round(median(rates["bare"]), 1)
        pairs = zip(
            rates["report"], rates["bare"], strict=True
        )  # each a few seconds apart, whatever else goes on
        result[f"ratio_{connections}"] = round(median(reports / bares for reports, bares in pairs), 3)
    waits = _good(open_loop(full, CONNECTIONS, RATE, OPEN_SECONDS, first + 1_000_000))
    return result | {
        "ratio_at_least": 0.5,
        "open_rate": RATE,
        "open_sent": len(waits.waits),
        "open_p50_ms": round(waits.quantile(0.5), 1),
        "open_p99_ms": round(waits.quantile(0.99), 1),
        "p99_at_most_ms": P99_MS,
    }


def _good(run: Run) -> Run:
    """Refuse a run in which anything but a new row was answered."""
    if set(run.statuses) != {201}:
        raise RuntimeError(f"Not every request stored a row: {dict(run.statuses)} {run.odd.decode()}")
    return run
