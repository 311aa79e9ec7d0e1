"""Two streets with everything worth hiding (示意): the scene of the generated tests of rights.

Every text that not everybody may read carries a mark of its own, as SECRET-east-phone: who finds a mark in an answer that is
not theirs has found a leak. `Scene.marks` says whose each is, worked out by hand from the roles, not from the policies.
All of it is invented. Setting `gridward.principal` is the service's own business: who can run SQL as the service role
can be anyone, and no test here says otherwise.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from app.auth import proofs, repository
from app.auth import service as auth
from app.auth.permissions import EVERYTHING, ROLES
from app.auth.principal import SYSTEM
from app.auth.tokens import service as tokens
from app.cases.opening import service as opening
from app.cases.reporting import Said
from app.categories import service as categories
from app.core.settings import FIX_DAYS, SHIFT_HOURS, Settings
from app.db.engine import transaction
from app.density.service import key_of
from app.patrol.beats import asked as beats
from app.patrol.beats.cutting import service as cutting
from app.patrol.duty import notices
from app.patrol.duty import repository as duty_repository
from app.patrol.duty import service as duty
from app.patrol.intake import service as intake
from app.patrol.walking import straight
from app.teams import service as teams
from app.teams.duty import service as team_duty
from app.teams.plans import service as beat_plans
from app.teams.roster import Beat, Member, Shift
from tests import tiny_town
from tests.accounts import Acting, account

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from app.db.databases import Databases

STREETS = {"west": "990101001", "east": "990101002"}
PLACES = {"west": (50.0, 350.0), "east": (350.0, 350.0)}
AREA_ROLES = tuple(role for role in ROLES if role not in ("administrator", "auditor", "party_member"))
BODIES = {"office": "street_office", "committee": "community_committee", "mediators": "mediation_group"}
STANDS = (13.0, 29.0)
"""Where the patroller stands, metres west and south of `PLACES`: no other thing's place has these degrees."""
RUBBISH, DISPUTE = "event:0102", "social:0101"
HOTLINE = ("district_supervisor", "street_supervisor", "dispatcher")
FIGURES = (
    "stops",
    "musts",
    "musts_kept",
    "walk_minutes",
    "metres",
    "spare_minutes",
    "over_minutes",
    "prize_share",
)
KNOW_REPORTERS = ("street_supervisor", "dispatcher", "checker", "community_officer")
NOW = datetime.now(UTC).replace(microsecond=0)


@dataclass
class Scene:
    """Ids by name (as east-case, east-committee), who asks by name (as east.checker), and whose each mark is."""

    ids: dict[str, Any] = field(default_factory=dict)
    people: dict[str, Acting] = field(default_factory=dict)
    marks: dict[str, frozenset[str]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def principal(self, name: str) -> str:
        """Return what the database calls someone."""
        return {"public": "public", "nothing": ""}.get(name) or (
            self.people[name].principal.key if name in self.people else ""
        )

    def staff(self, street: str, *roles: str) -> frozenset[str]:
        """Return who works for a street, and for the whole district, in some of the roles or in any."""
        wanted = roles or AREA_ROLES
        return frozenset(f"{where}.{role}" for where in (street, "district") for role in wanted)

    def forbidden(self, name: str) -> set[str]:
        """Return the marks that someone must never see."""
        return {mark for mark, whose in self.marks.items() if name not in whose}


def build(databases: Databases) -> Scene:
    """Commit the scene to a fresh database."""
    scene = Scene()
    with databases.owner.begin() as owner:
        scene.ids["edition"] = key_of(tiny_town.load(owner))
    with transaction(databases.service, "system") as connection:
        categories.load_defaults(connection)
        for street in STREETS:
            _bodies(connection, scene, street)
            _people(connection, scene, street)
        for role in AREA_ROLES:
            scene.people[f"district.{role}"] = account(connection, role, area=tiny_town.DISTRICT)
        for role in ("administrator", "auditor"):
            scene.people[role] = account(connection, role)
        scene.people["nobody"] = account(connection, None)
        for street in STREETS:
            _cases(connection, scene, street)
            _hotline(connection, scene, street)
            _patrol(connection, scene, street)
        _places(connection, scene)
        for table in ("auth.accounts", "cases.cases"):  # so that one ETag fits everything
            connection.execute(text(f"UPDATE {table} SET version = 1"))
        for name, person in scene.people.items():
            repository.add_session(connection, person.id, proofs.digest(f"session.{name}"))
    _tokens(databases, scene)
    return scene


def _mark(scene: Scene, street: str, what: str, whose: frozenset[str]) -> str:
    mark = f"SECRET-{street}-{what}"
    scene.marks[mark] = whose
    return mark


def _one(connection: Connection, sql: str, **values: Any) -> Any:
    return connection.execute(text(sql), values).scalar_one()


def _bodies(connection: Connection, scene: Scene, street: str) -> None:
    """Parties with names, contacts, a rule each, an absence, a patch, a model."""
    code = STREETS[street]
    for body, kind in BODIES.items():
        home = code if body == "office" else f"{code}001"
        party = _one(
            connection,
            "INSERT INTO parties.parties (code, kind, area_code, synthetic) VALUES (:code, :kind, :home, true)"
            " RETURNING id",
            code=f"{street}-{body}", kind=kind, home=home,
        )  # fmt: skip
        scene.ids[f"{street}-{body}"] = party
        connection.execute(
            text("INSERT INTO parties.names (party_id, zh, en) VALUES (:id, :zh, :en)"),
            {"id": party, "zh": f"{street}-{body} 示意", "en": f"{street}-{body}"},
        )
        whose = scene.staff(street) | {f"{street}.{body}"}
        scene.ids[f"{street}-{body}-contact"] = _one(
            connection,
            "INSERT INTO parties.contacts (party_id, post, means, value, note)"
            " VALUES (:id, :value, 'phone', :value, :value) RETURNING id",
            id=party, value=_mark(scene, street, f"{body}contact", whose),
        )  # fmt: skip
    for body, wanted in (("committee", ["kind:event"]), ("mediators", [DISPUTE])):
        scene.ids[f"{street}-{body}-rule"] = _one(
            connection,
            "INSERT INTO parties.responsibilities (party_id, role, area_code, categories, basis_kind)"
            " VALUES (:id, 'lead', :area, :wanted, 'assignment') RETURNING id",
            id=scene.ids[f"{street}-{body}"], area=f"{code}001", wanted=wanted,
        )  # fmt: skip
    scene.ids[f"{street}-absence"] = _one(
        connection,
        "INSERT INTO parties.absences (party_id, period) VALUES (:id, '[2031-01-01, 2031-02-01)') RETURNING id",
        id=scene.ids[f"{street}-committee"],
    )
    scene.ids[f"{street}-patch"] = _one(
        connection,
        "INSERT INTO parties.patches (code, kind, area_code, synthetic) VALUES (:code, 'zone', :area, true) RETURNING id",
        code=f"{street}-zone", area=f"{code}001",
    )  # fmt: skip
    connection.execute(
        text(
            "INSERT INTO parties.patch_cells SELECT :id, min(id) FROM areas.cells WHERE parent_code = :area"
        ),
        {"id": scene.ids[f"{street}-patch"], "area": f"{code}001"},
    )
    connection.execute(
        text("INSERT INTO parties.models (area_code, model) VALUES (:area, 'community_led')"),
        {"area": f"{code}001"},
    )


def _people(connection: Connection, scene: Scene, street: str) -> None:
    """One of every role, a member of every party, and who reported without a role."""
    for role in AREA_ROLES:
        area = STREETS[street] + ("001" if role == "community_officer" else "")
        scene.people[f"{street}.{role}"] = account(connection, role, area=area)
    for body in BODIES:
        scene.people[f"{street}.{body}"] = account(
            connection, "party_member", party=scene.ids[f"{street}-{body}"]
        )
    mark = _mark(scene, street, "name", frozenset({f"{street}.reporter", "administrator", "auditor"}))
    scene.people[f"{street}.reporter"] = account(connection, None, name=mark.lower())
    grant = "SELECT id FROM auth.grants WHERE account_id = :id"
    scene.ids[f"{street}-grant"] = _one(connection, grant, id=scene.people[f"{street}.checker"].id)


def _cases(connection: Connection, scene: Scene, street: str) -> None:
    """A plain case with all that belongs to one, and a confidential one that only mediators and its reporter see."""
    reporter = f"{street}.reporter"
    plain = scene.staff(street) | {f"{street}.committee", reporter}
    hidden = frozenset({f"{street}.mediators", reporter})
    phone = scene.staff(street, *KNOW_REPORTERS) | {"district.district_supervisor", reporter}
    lon, lat = tiny_town.lonlat(*PLACES[street])
    for kind, category, whose, callers in (
        ("case", RUBBISH, plain, phone),
        ("hidden", DISPUTE, hidden, hidden),
    ):  # fmt: skip
        said = Said(
            category=category, x=lon, y=lat, source="staff", name=_mark(scene, street, f"{kind}caller", callers),
            phone=_mark(scene, street, f"{kind}phone", callers), description=_mark(scene, street, f"{kind}text", whose),
            address=_mark(scene, street, f"{kind}address", whose), synthetic=True,
        )  # fmt: skip
        number = opening.report(connection, SYSTEM, said, NOW - timedelta(hours=1)).number
        case = _one(
            connection,
            "UPDATE cases.cases SET reported_by = :who WHERE number = :number RETURNING id",
            who=scene.people[reporter].id, number=number,
        )  # fmt: skip
        connection.execute(
            text(
                "UPDATE cases.cases SET answer = answer || jsonb_build_object('mark', CAST(:mark AS text)) WHERE id = :id"
            ),
            {"id": case, "mark": _mark(scene, street, f"{kind}answer", whose)},
        )
        scene.ids[f"{street}-{kind}"] = number
        scene.ids[f"{street}-{kind}-incident"] = _one(
            connection, "SELECT incident_id FROM cases.cases WHERE id = :id", id=case
        )
        _papers(connection, scene, street, kind, case, whose)


def _papers(  # noqa: PLR0917
    connection: Connection, scene: Scene, street: str, kind: str, case: int, whose: frozenset[str]
) -> None:
    """What hangs on a case: history, task, application, comment, photo, link, notice."""
    party = scene.ids[f"{street}-{'mediators' if kind == 'hidden' else 'committee'}"]
    for what, sql in {
        "reason": "INSERT INTO cases.transitions (case_id, move, to_stage, principal, reason) VALUES (:case, 'urge',"
        " 'dispatched', 'system', :mark) RETURNING id",
        "task": "INSERT INTO cases.tasks (case_id, party_id, role, what) VALUES (:case, :party, 'lead', :mark) RETURNING id",
        "application": "INSERT INTO cases.applications (case_id, what, reason, made_by, decision, decided_by)"
        " VALUES (:case, 'postpone', :mark, 'account:1', 'refused', 'system') RETURNING id",
        "comment": "INSERT INTO cases.comments (case_id, principal, text) VALUES (:case, 'system', :mark) RETURNING id",
        "photo": "INSERT INTO cases.photos (case_id, moment, principal, sha256, width, height, jpeg) VALUES"
        " (:case, 'before', 'system', sha256(convert_to(CAST(:mark AS text), 'UTF8')), 1, 1, convert_to(CAST(:mark AS text), 'UTF8')) RETURNING id",
        "voice": "INSERT INTO cases.voices (case_id, principal, seconds, sha256, mp3) VALUES"
        " (:case, 'system', 1, sha256(convert_to(CAST(:mark AS text), 'UTF8')), convert_to(CAST(:mark AS text), 'UTF8')) RETURNING id",
        "notice": "INSERT INTO cases.notices (case_id, account_id, what) VALUES (:case, :reporter, :mark) RETURNING id",
    }.items():
        seen = frozenset({f"{street}.reporter"}) if what == "notice" else whose
        known = {"case": case, "party": party, "reporter": scene.people[f"{street}.reporter"].id}
        known["mark"] = _mark(scene, street, f"{kind}{what}", seen)
        used = {name: value for name, value in known.items() if f":{name}" in sql}
        scene.ids[f"{street}-{kind}-{what}"] = _one(connection, sql, **used)
    connection.execute(
        text(
            "INSERT INTO cases.links (case_id, other_id, what, principal)"
            " SELECT :case, id, 'related', 'system' FROM cases.cases WHERE id <> :case LIMIT 1"
        ),
        {"case": case},
    )


def _hotline(connection: Connection, scene: Scene, street: str) -> None:
    """An order that waits for its place, and one whose confidential case is open."""
    workers = scene.staff(street, *HOTLINE)
    imported = _one(
        connection,
        "INSERT INTO hotline.imports (home, source, file_name, file_hash, fingerprint) VALUES (:home, '12345', :mark,"
        " '', :mark) RETURNING id",
        home=STREETS[street], mark=_mark(scene, street, "file", workers),
    )  # fmt: skip
    connection.execute(
        text("INSERT INTO hotline.mappings (home, fingerprint, headers, columns) VALUES (:home, :mark, '{}', '{}')"),
        {"home": STREETS[street], "mark": _mark(scene, street, "mapping", workers)},
    )  # fmt: skip
    dispatcher = f"{street}.dispatcher"
    for kind, state, whose in (
        ("order", "waiting_for_place", workers),
        ("hiddenorder", "opened", frozenset({dispatcher})),
    ):
        order = _one(
            connection,
            "INSERT INTO hotline.orders (source, number, import_id, row_number, fingerprint, received_at, category,"
            " confidential, content, address, home, state, case_number, imported_by)"
            " VALUES ('12345', :number, :import, 1, convert_to(CAST(:number AS text), 'UTF8'), now(), 'social:0101', true, :mark, '', :home,"
            " :state, :case, :by) RETURNING id",
            **{"import": imported}, number=f"{street}-{kind}", mark=_mark(scene, street, kind, whose),
            home=STREETS[street], state=state, case=None if kind == "order" else scene.ids[f"{street}-hidden"],
            by=scene.people[dispatcher].id,
        )  # fmt: skip
        connection.execute(
            text("INSERT INTO hotline.callers (order_id, name, phone) VALUES (:id, :mark, :mark)"),
            {"id": order, "mark": _mark(scene, street, f"{kind}caller", whose)},
        )
        scene.ids[f"{street}-{kind}"] = order


def _patrol(connection: Connection, scene: Scene, street: str) -> None:
    """A team with a member on duty, where they were, and what was worked out from it."""
    cell = _one(
        connection, "SELECT min(id) FROM areas.cells WHERE parent_code = :code", code=STREETS[street] + "001"
    )
    mark = _mark(
        scene, street, "team", scene.staff(street) - {f"{street}.community_officer"} | {f"{street}.reporter"}
    )
    teams.form_team(
        connection, f"{street}-team", mark,
        [Member(code=f"{mark}-walker", name=mark)], [Beat(member=f"{mark}-walker", cells=[cell], name=mark)],
        [Shift(member=f"{mark}-walker", start=NOW - timedelta(hours=8), end=NOW)], area_code=STREETS[street], synthetic=True,
    )  # fmt: skip
    spare = [Member(code=f"{street}-spare")]
    teams.form_team(connection, f"{street}-crew", "", spare, area_code=STREETS[street], synthetic=True)
    teams.give_account(connection, f"{mark}-walker", scene.people[f"{street}.reporter"].id)
    _planned(connection, scene, street, mark)
    whose = scene.marks[mark]
    for what, seen_by, sql in (
        ("level", whose, ("INSERT INTO teams.levels (team_id, level, name, visits)"
         " SELECT team_id, 1, :mark, 1 FROM teams.members WHERE code = :walker")),
        ("presence", frozenset({f"{street}.reporter"}), ("INSERT INTO patrol.presences (member_id, at, kind, reference, cell_id, edition_id)"
         " SELECT m.id, :at, 'door', :mark, c.id, c.edition_id FROM teams.members AS m, areas.cells AS c"
         " WHERE m.code = :walker AND c.id = :cell")),
        ("door", frozenset[str](), ("INSERT INTO patrol.doors (code, name, geom)"
         " SELECT :mark, :mark, ST_PointOnSurface(geom) FROM areas.cells WHERE id = :cell")),
        ("cutbeat", frozenset[str](), ("INSERT INTO teams.cut_beats (plan_id, member_id, name, period, cells)"
         " SELECT p.id, m.id, :mark, '[2030-01-01, 2030-01-02)', ARRAY[CAST(:cell AS integer)]"
         " FROM teams.plans AS p JOIN teams.members AS m ON m.team_id = p.team_id WHERE m.code = :walker LIMIT 1")),
    ):  # fmt: skip
        values = {"walker": f"{mark}-walker", "at": NOW - timedelta(hours=1), "cell": cell}
        told = {name: value for name, value in values.items() if f":{name}" in sql}
        connection.execute(text(sql), told | {"mark": _mark(scene, street, what, seen_by)})
    _on_duty(connection, scene, street, mark)
    _toured(connection, scene, street)


def _toured(connection: Connection, scene: Scene, street: str) -> None:
    """Tours of the member and the leader that go on now."""
    whose = scene.staff(street) - {f"{street}.community_officer"} | {f"{street}.reporter"}
    stop = {
        "cell_id": None, "number": None, "code": "", "kind": "break", "arrive": NOW.isoformat(), "stay_s": 60.0,
        "reason_zh": _mark(scene, street, "tour", whose), "reason_en": "", "worth": 0.0, "case": None, "x": 116.0, "y": 40.0,
    }  # fmt: skip
    connection.execute(
        text("""
        INSERT INTO patrol.tours (member_id, starts_at, ends_at, edition_id, stops, settings, figures)
        SELECT m.id, :start, :end, (SELECT max(id) FROM areas.editions), CAST(:stops AS jsonb), CAST(:settings AS jsonb),
               CAST(:figures AS jsonb)
          FROM teams.members AS m JOIN teams.teams AS t ON t.id = m.team_id WHERE t.code = :team
        """),
        {"team": f"{street}-team", "start": NOW - timedelta(hours=1), "end": NOW + timedelta(hours=6),
         "stops": json.dumps([stop]), "settings": json.dumps({"walking": straight().to_dict()}),
         "figures": json.dumps(dict.fromkeys(FIGURES, 0.0) | {"left": []})},
    )  # fmt: skip


def _on_duty(connection: Connection, scene: Scene, street: str, mark: str) -> None:
    """The team's leader, who patrols with consent, and what is kept of them that nobody else may see."""
    whose = f"{street}.patroller"
    leader = scene.people[whose].id
    teams.form_team(connection, f"{street}-team", mark, [Member(code=f"{mark}-leader", name=mark)],
                    area_code=STREETS[street], synthetic=True)  # fmt: skip
    teams.give_account(connection, f"{mark}-leader", leader)
    team_duty.lead(connection, f"{mark}-leader")
    walker = team_duty.walker(connection, leader)
    told = notices.notice(FIX_DAYS, SHIFT_HOURS)
    duty_repository.put_notice(connection, told)
    duty_repository.put_consent(connection, leader, told.version, given=True)
    own = frozenset({whose})
    for what, sql in {
        "device": "INSERT INTO patrol.devices (member_id, device, offset_s) VALUES (:member, :mark, 0)",
        "action": "INSERT INTO teams.actions (member_id, action, device, said_at, at) VALUES (:member, 'end', :mark,"
        " now() - interval '9 days', now() - interval '9 days')",
        "recorder": "INSERT INTO patrol.recorders (member_id, name, secret_hash)"
        " VALUES (:member, :mark, sha256(convert_to(CAST(:mark AS text), 'UTF8')))",
    }.items():
        connection.execute(text(sql), {"member": walker.id, "mark": _mark(scene, street, what, own)})
    scene.ids[f"{street}-recorder"] = _one(
        connection, "SELECT id FROM patrol.recorders WHERE member_id = :id", id=walker.id
    )
    _tracked(connection, scene, street, walker.id)


def _tracked(connection: Connection, scene: Scene, street: str, member: int) -> None:
    """The leader is on shift now, has paused, and stands somewhere: the place itself is a mark, as degrees in any answer."""
    own = frozenset({f"{street}.patroller"})
    x, y = PLACES[street]
    lon, lat = tiny_town.lonlat(x - STANDS[0], y - STANDS[1])
    scene.marks |= {f"{lon:.9f}"[:8]: own, f"{lat:.9f}"[:7]: own}
    device = _mark(scene, street, "fixdevice", own)
    began = NOW - timedelta(hours=1)
    shift = _one(
        connection,
        "INSERT INTO teams.shifts (member_id, period, by_phone, open, device)"
        " VALUES (:member, tstzrange(:began, NULL), true, true, 'phone') RETURNING id",
        member=member, began=began,
    )  # fmt: skip
    scene.ids[f"{street}-shift"] = shift
    connection.execute(
        text("INSERT INTO teams.pauses VALUES (:shift, tstzrange(:began, CAST(:began AS timestamptz) + interval '5 min'))"),
        {"shift": shift, "began": began + timedelta(minutes=10)},
    )  # fmt: skip
    connection.execute(
        text("INSERT INTO patrol.objections (member_id, period) VALUES (:member, tstzrange(:from, :to))"),
        {"member": member, "from": NOW - timedelta(days=3), "to": NOW - timedelta(days=2)},
    )
    items = [[(NOW - timedelta(seconds=s)).timestamp() * 1000, lon, lat, 8, 0] for s in range(5, 305, 5)]
    taken = intake.take(
        connection, auth.principal_of(connection, scene.people[f"{street}.patroller"].id), duty.Rules.of(Settings()),
        device=device, sent_at=NOW, came_at=NOW, items=items,
    )  # fmt: skip
    assert taken.stored == len(items)


def _planned(connection: Connection, scene: Scene, street: str, mark: str) -> None:
    """Two drafts of beats for the team, and a member who will be away."""
    cells = tuple(f"{STREETS[street]}00100{n}" for n in (1, 2))
    asked = beats.Asked(team=f"{street}-team", name=mark, cells=cells)
    scene.ids[f"{street}-plan"] = cutting.plan_beats(connection, SYSTEM, asked).plan.id
    scene.ids[f"{street}-other-plan"] = cutting.plan_beats(connection, SYSTEM, asked).plan.id
    starts = NOW + timedelta(days=900)
    away = beat_plans.add_absences
    away(connection, f"{street}-team", [f"{mark}-walker"], starts, starts + timedelta(days=1))
    scene.ids[f"{street}-away"] = beat_plans.absences(connection, f"{street}-team")[0].id


def _places(connection: Connection, scene: Scene) -> None:
    """The gazetteer, which everybody who is signed in may read; a kept answer; a line of the log."""
    signed_in = frozenset(scene.people)
    place = _one(
        connection,
        "INSERT INTO gazetteer.places (kind, code, name, community, geom)"
        " SELECT 'shop', 'mark', :mark, '990101002001', ST_SetSRID(ST_MakePoint(450350, 4420350), ST_SRID(geom))"
        " FROM cases.cases LIMIT 1 RETURNING id",
        mark=_mark(scene, "town", "place", signed_in),
    )
    scene.ids["place"] = place
    connection.execute(
        text("INSERT INTO gazetteer.learned (key, place_id) VALUES (:mark, :place)"),
        {"mark": _mark(scene, "town", "learned", signed_in), "place": place},
    )
    connection.execute(
        text("INSERT INTO auth.audit (principal, action, subject, subject_id) VALUES ('system', 'test', 'x.y', :mark)"),
        {"mark": _mark(scene, "town", "audit", frozenset({"auditor"}))},
    )  # fmt: skip


def _tokens(databases: Databases, scene: Scene) -> None:
    """Tokens of the eastern supervisor's that are no good any more, and one that is good for the ground only."""
    supervisor = scene.people["east.street_supervisor"]
    with transaction(databases.service, "system") as connection:
        mark = _mark(scene, "east", "token", frozenset({"administrator", "east.street_supervisor"}))
        for name, scopes in (("expired", EVERYTHING), ("revoked", EVERYTHING), ("narrow", {"areas.read"})):
            scene.tokens[name] = tokens.make_token(connection, supervisor.id, f"{mark}-{name}", scopes, 1)
    with databases.owner.begin() as owner:
        changes = {"expired": "made_at = now() - interval '9 days', ends_at = now() - interval '1 day'",
                   "revoked": "revoked_at = now()"}  # fmt: skip
        for name, change in changes.items():
            owner.execute(
                text(f"UPDATE auth.tokens SET {change} WHERE name = :name"), {"name": f"{mark}-{name}"}
            )
        owner.execute(
            text("INSERT INTO auth.answers (principal, key, fingerprint, status, body) VALUES"
                 " ('public', 'kept', 'x', 201, to_jsonb(CAST(:mark AS text)))"),
            {"mark": _mark(scene, "town", "kept", frozenset())},
        )  # fmt: skip
        scene.ids["token"] = owner.execute(
            text("SELECT max(id) FROM auth.tokens WHERE account_id = :id"), {"id": scene.people["east.reporter"].id}
        ).scalar_one()  # fmt: skip
