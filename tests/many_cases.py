"""Very many invented cases (示意) on a lattice of 43 streets and 768 communities, three in a hundred open: for plans.

Made in the database by the owner, whose inserts no policy judges; audit triggers rest, and their lines are made beside.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from app.categories.service import load_defaults
from app.db.databases import Databases
from app.db.engine import transaction
from tests.accounts import Acting, account
from tests.benchmarks.load import LATTICE, SIDE, SOUTH, WEST
from tests.conftest import METRIC_SRID

DISTRICT = "990101"
STREET, COMMUNITY = "990101001", "990101001001"
GROUP = "p-group"  # has 49 branches
AREAS = """
INSERT INTO areas.areas (edition_id, level, code, name, validity, parent_code, geom)
WITH blocks AS (
  SELECT b, 1 + b % 43 AS s, 1 + b / 43 AS k, b % 32 AS east, b / 32 AS north FROM generate_series(0, 767) AS b
), named AS (
  SELECT 'community' AS level, '990101' || lpad(s::text, 3, '0') || lpad(k::text, 3, '0') AS code,
         '990101' || lpad(s::text, 3, '0') AS parent, east * :side / 32.0 AS x, north * :side / 24.0 AS y,
         :side / 32.0 AS w, :side / 24.0 AS h
    FROM blocks
   UNION ALL
  SELECT 'street', '990101' || lpad(s::text, 3, '0'), '990101', 0, 0, :side, :side FROM generate_series(1, 43) AS s
   UNION ALL
  SELECT 'district', '990101', NULL, 0, 0, :side, :side
)
SELECT :edition, n.level, n.code, 'synthetic', '(,)', n.parent,
       ST_Multi(ST_MakeEnvelope(:west + n.x * 100, :south + n.y * 100, :west + (n.x + n.w) * 100,
                                :south + (n.y + n.h) * 100, :srid))
  FROM named AS n
"""
PARENTS = """
UPDATE areas.cells AS c
   SET parent_code = '990101' || lpad((1 + b.b % 43)::text, 3, '0') || lpad((1 + b.b / 43)::text, 3, '0')
  FROM (SELECT id, ((number - 1) / :side) * 24 / :side * 32 + ((number - 1) % :side) * 32 / :side AS b
          FROM areas.cells) AS b
 WHERE b.id = c.id
"""
PARTIES = """
WITH made AS (
  INSERT INTO parties.parties (code, kind, area_code, synthetic)
  SELECT 'p-' || a.code, CASE a.level WHEN 'street' THEN 'street_office' ELSE 'community_committee' END, a.code, true
    FROM areas.areas AS a WHERE a.level IN ('street', 'community')
  RETURNING id, code
), above AS (
  INSERT INTO parties.parties (code, kind, synthetic) VALUES ('p-group', 'property_company', true) RETURNING id, code
), branches AS (
  INSERT INTO parties.parties (code, kind, area_code, parent_id, synthetic)
  SELECT 'p-branch-' || n, 'property_company', '990101001001', a.id, true FROM above AS a, generate_series(1, 49) AS n
  RETURNING id, code
)
INSERT INTO parties.names (party_id, zh, en)
SELECT p.id, p.code || ' 示意', p.code || ' (synthetic)'
  FROM (TABLE made UNION ALL TABLE above UNION ALL TABLE branches) AS p
"""
# a community's share falls with its number; what is open came in lately
CASES = """
INSERT INTO cases.cases (number, source, category_id, confidential, description, address, edition_id, cell_id, community,
                         street, geom, stage, party_id, parties, answer, clock, reported_by, incident_id, reported_at, opened_at,
                         due_at, stage_due_at, ended_at, synthetic)
SELECT to_char(r.at, 'YYYYMMDD') || lpad(r.n::text, 9, '0'), (ARRAY['patrol', 'resident', 'hotline'])[1 + r.n % 3], k.id,
       k.confidential, 'synthetic ' || r.n, r.n % 900 || ' Synthetic Road', c.edition_id, c.id, c.parent_code,
       left(c.parent_code, 9), ST_PointOnSurface(c.geom),
       CASE WHEN r.open THEN (ARRAY['reported', 'filed', 'dispatched', 'signed', 'handled'])[1 + r.n % 5]
            ELSE (ARRAY['closed', 'closed', 'closed', 'void'])[1 + r.n % 4] END,
       p.id, CASE WHEN r.n % 8 = 0 THEN ARRAY[p.id, p.id - 1] ELSE ARRAY[p.id] END, '{"order": [], "both": []}', '{}', a.ids[1 + r.n % cardinality(a.ids)], r.n, r.at, r.at,
       r.at + interval '5 days', CASE WHEN r.open THEN r.at + interval '3 hours' END,
       CASE WHEN NOT r.open THEN r.at + interval '2 days' END, true
  FROM (SELECT n, now() - interval '2 years' * (1 - n::float / :rows) AS at, n > :rows * 0.94 AND n % 2 = 0 AS open,
               1 + floor(48400 * power(random(), 1.5))::integer AS cell,
               CASE WHEN n % 20 = 0 THEN 'p-branch-' || 1 + n / 20 % 49 END AS branch
          FROM generate_series(1, :rows) AS n) AS r
  JOIN areas.cells AS c ON c.number = r.cell
  JOIN parties.parties AS p ON p.code = coalesce(r.branch, 'p-' || c.parent_code)
  JOIN (SELECT row_number() OVER (ORDER BY id) - 1 AS place, id, confidential FROM categories.categories LIMIT 200) AS k
    ON k.place = r.n % 200
 CROSS JOIN (SELECT array_agg(id ORDER BY id) AS ids FROM auth.accounts) AS a
"""
INCIDENTS = """
INSERT INTO incidents.incidents (id, source, source_id, reported_at, category, original_x, original_y, datum, found,
                                 cell_id, community, reported_by, synthetic, geom)
SELECT n, 'bench', n::text, now() - interval '2 years' * (1 - n::float / :rows), 'synthetic ' || n % 90, 116.4, 39.9,
       'wgs84', 'in a cell', c.id, c.parent_code, NULL, true, ST_PointOnSurface(c.geom)
  FROM generate_series(1, :rows) AS n
  JOIN areas.cells AS c ON c.number = 1 + (n::bigint * 7919) % 48400
"""
AROUND = (
    """INSERT INTO cases.transitions (case_id, at, move, from_stage, to_stage, principal)
SELECT c.id, c.reported_at, m.move, NULL, m.stage, 'account:' || c.reported_by
  FROM cases.cases AS c, (VALUES ('report', 'reported'), ('file', 'filed'), ('dispatch', 'dispatched')) AS m(move, stage)""",
    """INSERT INTO cases.tasks (case_id, party_id, role, stage, made_at)
SELECT c.id, c.party_id, CASE WHEN c.id % 20 = 0 THEN 'assist' ELSE 'lead' END,
       CASE WHEN c.ended_at IS NULL THEN 'dispatched' ELSE 'done' END, c.reported_at FROM cases.cases AS c""",
    """INSERT INTO cases.notices (case_id, party_id, at, what, seen_at)
SELECT c.id, c.party_id, c.reported_at, 'dispatch', c.ended_at FROM cases.cases AS c""",
    """INSERT INTO cases.photos (case_id, moment, principal, added_at, sha256, likeness, width, height, jpeg)
SELECT c.id, 'before', 'system', c.reported_at, decode(md5(c.id::text), 'hex'), c.id, 1, 1, '' FROM cases.cases AS c
 WHERE c.id % 4 = 0""",
    """INSERT INTO cases.applications (case_id, what, reason, made_by, made_at, decision, decided_by)
SELECT c.id, 'postpone', 'synthetic', 'account:1', c.reported_at, CASE WHEN c.ended_at IS NOT NULL THEN 'approved' END,
       CASE WHEN c.ended_at IS NOT NULL THEN 'account:2' END FROM cases.cases AS c WHERE c.id % 10 = 0""",
    """INSERT INTO cases.reporters (case_id, name) SELECT c.id, 'synthetic' FROM cases.cases AS c WHERE c.id % 3 = 1""",
    """INSERT INTO cases.comments (case_id, principal, text)
SELECT c.id, 'system', 'synthetic' FROM cases.cases AS c WHERE c.id % 5 = 0""",
    """INSERT INTO cases.links (case_id, other_id, what, principal)
SELECT c.id, c.id + 1, 'related', 'system' FROM cases.cases AS c WHERE c.id % 10 = 0 AND c.id < :rows""",
    """INSERT INTO auth.audit (at, principal, action, subject, subject_id)
SELECT c.reported_at, 'account:' || c.reported_by, 'insert', 'cases.cases', c.id::text FROM cases.cases AS c""",
    """INSERT INTO auth.sessions (token_hash, account_id, ends_at)
SELECT decode(md5('s' || n), 'hex'), 1, now() + interval '1 hour' FROM generate_series(1, 5000) AS n""",
    """INSERT INTO auth.tokens (account_id, name, token_hash, scopes, ends_at)
SELECT 1, 'synthetic', decode(md5('t' || n), 'hex'), ARRAY['case.read'], now() + interval '1 day'
  FROM generate_series(1, 5000) AS n""",
    """INSERT INTO auth.answers (principal, key, fingerprint)
SELECT 'account:1', 'k' || n, '' FROM generate_series(1, 5000) AS n""",
    """INSERT INTO hotline.imports (home, source, file_name, file_hash, fingerprint)
VALUES ('990101001', '12345', 'synthetic', '', '')""",
    """INSERT INTO hotline.orders (source, number, import_id, row_number, fingerprint, received_at, category, home, street,
                                   community, state, case_id, case_number, synthetic)
SELECT '12345', c.id::text, i.id, c.id, '', c.reported_at, 'social:03', c.street, c.street, c.community, 'opened', c.id,
       c.number, true
  FROM cases.cases AS c, hotline.imports AS i WHERE c.source = 'hotline'""",
)
RESTING = (
    "cases.cases",
    "cases.reporters",
    "incidents.incidents",
    "hotline.orders",
    "parties.parties",
    "parties.names",
)


@dataclass(frozen=True)
class City:
    """Whoever asks, by name."""

    people: dict[str, Acting]


def build(databases: Databases, rows: int) -> City:
    """Commit a city with so many cases to a fresh database, and analyse it."""
    with databases.owner.begin() as owner:
        _ground(owner)
    with transaction(databases.service, "system") as connection:
        load_defaults(connection)
    with databases.owner.begin() as owner:
        owner.execute(text(PARTIES))
    with transaction(databases.service, "system") as connection:
        people = _people(connection)
    with databases.owner.begin() as owner:
        for table in RESTING:
            owner.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        owner.execute(text("SELECT setseed(0.5)"))
        for statement in (INCIDENTS, CASES, *AROUND):
            owner.execute(text(statement), {"rows": rows} if ":rows" in statement else {})
        for table in RESTING:
            owner.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
        owner.execute(text("SELECT setval('cases.numbers', :rows)"), {"rows": rows})
        owner.execute(
            text("SELECT setval(pg_get_serial_sequence(t, 'id'), :rows) FROM unnest(ARRAY['cases.cases', 'incidents.incidents']) t"),
            {"rows": rows},
        )  # fmt: skip
    with databases.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    return City(people)


def _ground(owner: Connection) -> None:
    edition = owner.execute(
        text(
            "INSERT INTO areas.editions (name, validity, published_at) VALUES ('bench', '(,)', now()) RETURNING id"
        )
    ).scalar_one()
    where = {"edition": edition, "side": SIDE, "west": WEST, "south": SOUTH, "srid": METRIC_SRID}
    owner.execute(text(AREAS), where)
    owner.execute(text(LATTICE), where)
    owner.execute(text("ALTER TABLE areas.cells DISABLE TRIGGER USER"))
    owner.execute(text(PARENTS), {"side": SIDE})
    owner.execute(text("ALTER TABLE areas.cells ENABLE TRIGGER USER"))


def _people(connection: Connection) -> dict[str, Acting]:
    ids = {row.code: row.id for row in connection.execute(text("SELECT code, id FROM parties.parties"))}
    people = {
        "officer": account(connection, "community_officer", area=COMMUNITY),
        "patroller": account(connection, "patroller", area=COMMUNITY),
        "street": account(connection, "street_supervisor", area=STREET),
        "planner": account(connection, "planner", area=STREET),
        "district": account(connection, "district_supervisor", area=DISTRICT),
        "one party": account(connection, "party_member", party=ids[f"p-{COMMUNITY}"]),
        "fifty parties": account(connection, "party_member", party=ids[GROUP]),
        "resident": account(connection, None),
        "auditor": account(connection, "auditor"),
    }
    connection.execute(
        text("INSERT INTO auth.accounts (name, shown) SELECT 'bench.' || n, 'synthetic' FROM generate_series(1, 2000) AS n")
    )  # fmt: skip
    return people
