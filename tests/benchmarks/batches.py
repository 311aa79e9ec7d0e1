"""A phone's 500 fixes until they show in coverage, through the API: those after the server's start, and later ones.

`measure` prepares a member who has walked for a day, on the team and ground of `tests.benchmarks.reduction`;
a process of its own then sends the batches one after the other (each is stored, and the whole shift reduced anew) and asks
for the team's coverage since the morning after each, as a supervisor: so the first answer is that of a server just begun,
as soon as it has made itself ready (it serves before, while it loads the ground).
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from fastapi.testclient import TestClient

from app.core.settings import ROOT, Settings
from app.db.engine import make_engine, transaction
from app.geo.crs import Metric
from app.main import create_app
from app.teams import service as teams
from tests.accounts import account
from tests.conftest import METRIC_SRID

if TYPE_CHECKING:
    from app.db.databases import Databases
    from app.patrol.simulation import Observed

BATCH, BATCHES, BEFORE = 500, 6, 2000
FIRST, LATER = 0, slice(2, None)


def measure(databases: Databases, team: str, member: str, seen: Observed) -> dict[str, Any]:
    """Return seconds of sending and asking: of the first batch, and the middle and the worst of those after it.

    Args:
        databases: With the team on its ground.
        team: Code.
        member: Code of one of its members.
        seen: What their phone records in eight hours.
    """
    count = BATCH + BEFORE + BATCH * BATCHES
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=float(seen.t[count - 1]) + 600)
    lon, lat = Metric(METRIC_SRID).to_lonlat(seen.x[:count], seen.y[:count])
    fixes = [
        [(began.timestamp() + second) * 1000, *place, 10, 0]
        for second, *place in zip(seen.t[:count].tolist(), lon.tolist(), lat.tolist(), strict=True)
    ]
    with transaction(databases.service, "system") as connection:
        area = teams.team(connection, team).area_code
        walker = account(connection, "patroller", area=area)
        asker = account(connection, "district_supervisor", area=area)
        teams.give_account(connection, member, walker.id)
    said = {
        "url": databases.service.url.render_as_string(hide_password=False),
        "walker": walker.headers, "asker": asker.headers, "team": team, "began": began.isoformat(), "fixes": fixes,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.batches"],
        input=json.dumps(said), cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    took = json.loads(done.stdout.splitlines()[-1])
    whole = [sum(pair) for pair in took]
    return {
        "seconds_500_fixes": round(statistics.median(whole[LATER]), 3),
        "seconds_500_fixes_worst": round(max(whole[LATER]), 3),
        "seconds_500_fixes_first": round(whole[FIRST], 3),
        "seconds_500_fixes_sending": round(statistics.median(pair[0] for pair in took[LATER]), 3),
    }


def main() -> None:
    """Be the server and its phone; print the seconds of sending and asking, a pair a batch."""
    said = json.load(sys.stdin)
    fixes, began = said["fixes"], said["began"]
    app = create_app(make_engine(said["url"]), Settings())
    with TestClient(app) as client:
        app.state.warming.join()

        def post(path: str, what: dict[str, Any]) -> Any:
            sent = {"device": "phone", "sent_at": datetime.now(UTC).isoformat(), **what}
            answer = client.post(f"/api/patrol/me/{path}", json=sent, headers=said["walker"])
            assert answer.is_success, answer.text
            return answer.json()

        version = client.get("/api/patrol/notice", headers=said["walker"]).json()["version"]
        agreed = {"version": version, "given": True}
        assert client.post("/api/patrol/me/consents", json=agreed, headers=said["walker"]).is_success
        post("duty", {"action": "start", "at": began})
        took = []
        bounds = [0, *(BATCH + BEFORE + BATCH * k for k in range(BATCHES + 1))]
        bounds.insert(1, BATCH)
        until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        for first, last in pairwise(bounds):
            start = time.perf_counter()
            assert post("fixes", {"fixes": fixes[first:last]})["stored"] == last - first
            sent = time.perf_counter()
            asked = {"team": said["team"], "from": began, "to": until}
            answer = client.get("/api/patrol/coverage", params=asked, headers=said["asker"])
            shown = time.perf_counter()
            assert answer.json()["track"]["fixes"] == last, answer.text
            took.append((sent - start, shown - sent))
    print(json.dumps(took))


if __name__ == "__main__":
    main()
