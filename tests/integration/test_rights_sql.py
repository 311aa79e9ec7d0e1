"""Every table by raw SQL under the service's role, as everyone: no row and no mark that is not theirs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from app.db.databases import Databases
from tests import rights
from tests.conftest import drop_database, make_database
from tests.rights import Scene

PUBLIC = {
    "areas.areas", "areas.cells", "areas.editions", "areas.loads", "areas.renumberings", "db.alembic_version", "db.deployment",
    "categories.rulebook", "gazetteer.state", "streets.loads", "streets.ways", "patrol.notices",
}  # fmt: skip
"""Reference tables without row-level security: ground, rules and numbers of versions, nothing about anybody."""
RULES = {f"categories.{table}" for table in ("area_classes", "categories", "days", "limits", "schemes")}
"""Everybody may read them; only administrators write."""
SIGNED_IN = {
    "parties.parties", "parties.names", "parties.patches", "parties.patch_cells", "parties.responsibilities",
    "parties.models", "parties.absences", "gazetteer.places", "gazetteer.learned",
}  # fmt: skip
"""Whoever is signed in may know who answers for what, and addresses."""


@pytest.fixture(scope="module")
def town(admin_url: str) -> Iterator[tuple[Databases, Scene]]:
    databases, name = make_database(admin_url)
    yield databases, rights.build(databases)
    drop_database(admin_url, databases, name)


@contextmanager
def asking(databases: Databases, principal: str) -> Iterator[Connection]:
    """A transaction of the service role as some principal, rolled back."""
    with databases.service.connect() as connection:
        connection.execute(text("SELECT set_config('gridward.principal', :p, true)"), {"p": principal})
        yield connection
        connection.rollback()


def tables(connection: Connection) -> dict[str, list[str]]:
    """Return every table and view that the service may read of, with the columns that it may read; none of an extension."""
    found = connection.execute(
        text("""
            SELECT n.nspname || '.' || c.relname AS name, array_agg(quote_ident(a.attname) ORDER BY a.attnum) AS columns
              FROM pg_class AS c
              JOIN pg_namespace AS n ON n.oid = c.relnamespace
              JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
               AND has_column_privilege('gridward_service', c.oid, a.attnum, 'SELECT')
               AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
             GROUP BY 1
        """)
    )
    return {row.name: row.columns for row in found}


def seen(connection: Connection, readable: dict[str, list[str]]) -> dict[str, str]:
    """Return everything that can be read, without any filter, as text by table; photos and voice notes as the text they were made of."""
    told = {}
    for table, columns in readable.items():
        values = ", ".join(f"encode({c}, 'escape')" if c in ("jpeg", "mp3") else c for c in columns)
        rows = connection.execute(text(f"SELECT CAST(ROW({values}) AS text) FROM {table}")).scalars()
        told[table] = "\n".join(rows)
    return told


def test_every_table_is_protected_or_a_listed_reference(town: tuple[Databases, Scene]) -> None:
    with town[0].owner.connect() as connection:
        bare = connection.execute(
            text("""
                SELECT n.nspname || '.' || c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT c.relrowsecurity
                   AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
                   AND (has_table_privilege('gridward_service', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
                        OR has_any_column_privilege('gridward_service', c.oid, 'SELECT, INSERT, UPDATE'))
                   AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
            """)
        ).scalars()
        assert set(bare) == PUBLIC


def test_the_service_is_bound_by_the_policies(town: tuple[Databases, Scene]) -> None:
    with town[0].owner.connect() as connection:
        role = connection.execute(
            text("SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = 'gridward_service'")
        ).one()  # fmt: skip
        member_of = connection.execute(
            text("SELECT count(*) FROM pg_auth_members AS m JOIN pg_roles AS r ON r.oid = m.member"
                 " WHERE r.rolname = 'gridward_service'")
        ).scalar_one()  # fmt: skip
        owned = connection.execute(
            text("SELECT count(*) FROM pg_class AS c JOIN pg_roles AS r ON r.oid = c.relowner WHERE r.rolname = 'gridward_service'")
        ).scalar_one()  # fmt: skip
    assert (tuple(role), member_of, owned) == ((False,) * 4, 0, 0)


def test_everybody_reads_exactly_their_marks(town: tuple[Databases, Scene]) -> None:
    databases, scene = town
    found: dict[str, set[str]] = {mark: set() for mark in scene.marks}
    with databases.owner.connect() as owner:
        readable = tables(owner)
    for name in ("nothing", "public", *scene.people):
        with asking(databases, scene.principal(name)) as connection:
            everything = "\n".join(seen(connection, readable).values()).casefold()
        for mark in scene.marks:
            if mark.casefold() in everything:
                found[mark].add(name)
    wrong = {
        mark: (found[mark] - whose, whose - found[mark])
        for mark, whose in scene.marks.items()
        if found[mark] != whose
    }
    assert wrong == {}, "mark: (who reads it and should not, who should and does not)"


@pytest.mark.parametrize(
    "principal",
    [
        "",
        "public",
        "account:999999",
        "account:0",
        "System",
        "system ",
        "account:1 OR 1=1",
        "account:1\nsystem",
    ],
)
def test_nobody_reads_nothing(town: tuple[Databases, Scene], principal: str) -> None:
    databases, _ = town
    with databases.owner.connect() as owner:
        readable = tables(owner)
    with asking(databases, principal) as connection:
        told = seen(connection, readable)
    open_to = PUBLIC | RULES | (SIGNED_IN if principal in ("account:999999", "account:0") else set())
    assert {table for table, rows in told.items() if rows} <= open_to


WIDENING = [  # who, what they try
    ("west.office", "UPDATE parties.parties SET parent_id = {west-office} WHERE id = {east-mediators}"),
    ("west.street_supervisor", "UPDATE parties.parties SET area_code = '990101001' WHERE id = {east-office}"),
    ("west.street_supervisor", "UPDATE parties.parties SET area_code = '990101002' WHERE id = {west-office}"),
    ("east.planner", "UPDATE parties.parties SET area_code = '990101002' WHERE id = {west-office}"),
    ("nobody", "DELETE FROM parties.responsibilities"),
    ("east.checker", "DELETE FROM parties.contacts"),
    ("public", "UPDATE categories.categories SET confidential = false"),
    ("east.street_supervisor", "DELETE FROM categories.limits"),
    ("east.street_supervisor", "UPDATE cases.cases SET confidential = false WHERE number = '{east-hidden}'"),
    ("west.office", "UPDATE cases.cases SET parties = parties || {west-office} WHERE number = '{east-case}'"),
    ("east.street_supervisor", "UPDATE incidents.incidents SET confidential = false"),
    ("east.street_supervisor", "UPDATE incidents.incidents SET community = '990101001001'"),
    ("east.mediators", "UPDATE cases.transitions SET reason = ''"),
    ("east.mediators", "DELETE FROM cases.cases"),
    ("west.dispatcher", "UPDATE hotline.orders SET home = '990101001' WHERE number = 'east-order'"),
    ("west.dispatcher", "UPDATE hotline.orders SET imported_by = {me} WHERE number = 'east-hiddenorder'"),
    ("east.dispatcher", "UPDATE hotline.orders SET home = '990101001', street = NULL WHERE number = 'east-order'"),
    ("west.planner", "INSERT INTO auth.grants (account_id, role, area_code) VALUES ({me}, 'planner', '990101')"),
    ("administrator", "INSERT INTO auth.grants (account_id, role) VALUES ({me}, 'auditor')"),
    ("administrator", "UPDATE auth.grants SET period = '(,)' WHERE account_id = {me}"),
    ("west.planner", "UPDATE auth.grants SET role = 'auditor'"),
    ("auditor", "UPDATE auth.accounts SET active = false"),
    ("west.planner", "UPDATE auth.accounts SET password_hash = 'x' WHERE id = {me}"),
    ("administrator", "SELECT password_hash FROM auth.accounts"),
    ("administrator", ("INSERT INTO auth.tokens (account_id, name, token_hash, scopes, ends_at)"
     " VALUES ({me}, 'x', 'x', '{{audit.read}}', now())")),
    ("east.street_supervisor", "UPDATE auth.tokens SET scopes = '{{case.read}}'"),
    ("administrator", "INSERT INTO auth.sessions (token_hash, account_id, ends_at) VALUES ('x', 1, now())"),
    ("administrator", "INSERT INTO auth.links (link_hash, account_id, ends_at) VALUES ('x', 1, now())"),
    ("administrator", "DELETE FROM auth.tries"),
    ("auditor", "DELETE FROM auth.audit"),
    ("auditor", "INSERT INTO auth.audit (principal, action, subject) VALUES ('system', 'x', 'y')"),
    ("auditor", "INSERT INTO auth.audit (at, principal, action, subject) VALUES (now(), auth.principal(), 'x', 'y')"),
    ("public", "DELETE FROM auth.answers"),
    ("east.street_supervisor", "UPDATE teams.teams SET area_code = '990101001'"),
    ("west.patroller", "UPDATE teams.members SET account_id = {me}"),
    ("west.patroller", "UPDATE teams.members SET leader = true"),
    ("east.patroller", "UPDATE patrol.consents SET given = true"),
    ("west.patroller", "INSERT INTO patrol.consents (account_id, version, given) SELECT {me}, n.version, true FROM patrol.notices AS n"),
    ("east.patroller", "UPDATE teams.actions SET at = now()"),
    ("east.patroller", "DELETE FROM teams.pauses"),
    ("east.patroller", "DELETE FROM patrol.objections"),
    ("east.patroller", "UPDATE patrol.notices SET zh = ''"),
    ("west.patroller", "UPDATE patrol.recorders SET member_id = 1"),
    *((who, "SELECT FROM patrol.fixes")
      for who in ("east.street_supervisor", "district.district_supervisor", "east.dispatcher", "east.reporter", "auditor",
                  "administrator", "public", "nobody")),
    ("east.reporter", "SELECT FROM patrol.consents WHERE account_id <> {me}"),
    ("west.patroller", "SELECT FROM patrol.fixes WHERE member_id <> ALL (teams.me())"),
    ("east.street_supervisor", "SELECT secret_hash FROM patrol.recorders"),
    ("east.street_supervisor", "SELECT FROM patrol.objections"),
    ("east.patroller", "UPDATE patrol.fixes SET member_id = 1"),
    ("east.patroller", "DELETE FROM patrol.fixes"),
    ("east.patroller", ("INSERT INTO patrol.fixes (member_id, at, original_x, original_y, datum, geom)"
     " SELECT member_id, at + interval '1 ms', 0, 0, 'wgs84', geom FROM patrol.fixes")),
    ("east.patroller", "INSERT INTO patrol.visits (shift_id, member_id, cell_id, period, seen) SELECT shift_id, member_id, cell_id, period, seen FROM patrol.visits"),
    ("east.patroller", "DELETE FROM patrol.visits"),
    ("east.street_supervisor", "DELETE FROM patrol.gaps"),
    ("east.street_supervisor", "UPDATE patrol.reductions SET fixes_deleted_at = NULL"),
    ("east.patroller", "UPDATE teams.shifts SET period = tstzrange(NULL, NULL)"),
    ("east.street_supervisor", "INSERT INTO teams.shifts (member_id, period) SELECT id, '[2031-01-01, 2031-01-02)' FROM teams.members"),
    ("east.patroller", "INSERT INTO teams.actions (member_id, action, said_at, at) SELECT unnest(teams.me()), 'end', now(), now()"),
    ("west.street_supervisor", "INSERT INTO patrol.recorders (member_id, name, secret_hash) VALUES (1, 'x', 'x')"),
    ("west.street_supervisor", "INSERT INTO patrol.objections (member_id, period) VALUES (1, '[2026-01-01, 2027-01-01)')"),
    ("west.patroller", "INSERT INTO patrol.presences (member_id, at, kind, reference, cell_id, edition_id) SELECT unnest(teams.me()), now(), 'door', 'x', min(id), 1 FROM areas.cells"),
    ("east.street_supervisor", "UPDATE patrol.tours SET stops = '[]'"),
    ("east.street_supervisor", "DELETE FROM teams.plans"),
    ("west.street_supervisor", "UPDATE teams.plans SET state = 'published'"),
    ("east.patroller", "DELETE FROM teams.absences"),
    ("east.planner", "UPDATE teams.levels SET visits = 9"),
    ("east.patroller", "SELECT FROM patrol.doors"),
    ("east.patroller", "UPDATE patrol.devices SET offset_s = 0"),
    ("west.street_supervisor", "UPDATE areas.areas SET parent_code = '990101001'"),
    ("west.street_supervisor", "UPDATE areas.cells SET parent_code = '990101001001'"),
    ("administrator", "CREATE TABLE gazetteer.mine (x integer)"),
    ("administrator", "CREATE TABLE public.mine (x integer)"),
    ("administrator", "CREATE FUNCTION auth.me() RETURNS integer LANGUAGE sql RETURN 1"),
    ("administrator", "ALTER TABLE cases.cases DISABLE ROW LEVEL SECURITY"),
    ("administrator", "TRUNCATE auth.audit"),
    ("administrator", "SET ROLE gridward_owner"),
    ("administrator", "SELECT pg_read_file('postgresql.conf')"),
    ("administrator", "COPY cases.cases TO PROGRAM 'cat'"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "sql"), WIDENING)
def test_nobody_widens_their_rights(town: tuple[Databases, Scene], name: str, sql: str) -> None:
    databases, scene = town
    me = scene.people[name].id if name in scene.people else 0
    for placeholder, value in {**scene.ids, "me": me}.items():
        sql = sql.replace(f"{{{placeholder}}}", str(value))
    with asking(databases, scene.principal(name)) as connection:
        assert came_of(connection, sql.replace("{{", "{").replace("}}", "}")) in (0, "42501", "GW002")


def came_of(connection: Connection, sql: str) -> int | str | None:
    """Return how many rows a change reached, or the code of the error that it ran into."""
    try:
        return connection.exec_driver_sql(sql).rowcount
    except DBAPIError as error:
        return getattr(error.orig, "sqlstate", None)


FUNCTIONS = {  # those that run as the owner: a hostile call of nobody's, and what it is answered
    "auth.all_as": ("('planner', 'x'' OR true')", [False]),
    "auth.admit": ("('token', '')", []),
    "auth.admit_once": (
        "('token', '', 'kept', 'y')",
        [(None, None, None, None, None, "f", "f", None, None, None)],
    ),
    "auth.claim": ("('kept', 'y')", [("f", "f", None, None, None)]),
    "auth.communities_as": ("('planner')", [[]]),
    "auth.credentials": ("('administrator')", []),
    "auth.has_role": ("('planner', 'administrator', NULL)", [False]),
    "auth.keep": ("('kept', 200, '{}', '1')", [""]),
    "auth.knows_area": ("(NULL)", [False]),
    "auth.knows_party": ("(-1)", [False]),
    "auth.my_grants": ("()", []),
    "auth.my_grounds": ("()", [[]]),
    "auth.my_parties": ("()", [[]]),
    "auth.shown_as": ("('{1,2,3,NULL}')", []),
    "hotline.my_homes": ("()", [[]]),
    "patrol.ensure_month": ("(now())", [""]),
    "teams.me": ("()", [[]]),
    "teams.my_members": ("()", [[]]),
    "teams.my_teams": ("()", [[]]),
    "teams.teams_of_mine": ("()", [[]]),
}


def test_what_runs_as_the_owner_tells_nobody_anything(town: tuple[Databases, Scene]) -> None:
    databases, _ = town
    with databases.owner.connect() as owner:
        found = owner.execute(
            text("""
                SELECT n.nspname || '.' || p.proname AS name, p.proconfig
                  FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
                 WHERE p.prosecdef AND n.nspname !~ '^pg_' AND has_function_privilege('gridward_service', p.oid, 'EXECUTE')
                   AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')
                   AND p.prorettype <> 'trigger'::regtype
            """)
        ).all()
    assert {row.name for row in found} == set(FUNCTIONS)
    assert {tuple(row.proconfig or ()) for row in found} == {("search_path=pg_catalog, pg_temp",)}
    for name, (asked, told) in FUNCTIONS.items():
        with asking(databases, "public") as connection:
            answer = list(connection.exec_driver_sql(f"SELECT {name}{asked}").scalars())
        assert answer == told, name


def test_a_month_of_fixes_is_no_way_around_its_table(town: tuple[Databases, Scene]) -> None:
    databases, scene = town
    with asking(databases, scene.principal("nobody")) as connection:
        connection.execute(text("SELECT patrol.ensure_month('2026-11-05T00:00Z')"))
        with pytest.raises(DBAPIError, match="permission denied"):
            connection.execute(text("SELECT * FROM patrol.fixes_2026_11"))
