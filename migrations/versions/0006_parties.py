"""Categories with their limits; parties, their grounds and responsibilities, collaboration models."""

from __future__ import annotations

from alembic import op

from app.db.migrate import deployment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

AUDITED = {
    "categories.schemes": "code", "categories.categories": "id", "categories.limits": "id",
    "categories.area_classes": "area_code", "categories.days": "day",
    "parties.parties": "id", "parties.names": "id", "parties.contacts": "id", "parties.patches": "id",
    "parties.responsibilities": "id", "parties.models": "id", "parties.absences": "id",
}  # fmt: skip

EDITS = "(SELECT auth.has_role('administrator', 'district_supervisor', 'street_supervisor'))"
HERE = "(SELECT auth.has_role('district_supervisor', 'street_supervisor')) AND area_code = ANY ((SELECT auth.my_grounds())::text[])"


def _written(table: str, by: str) -> None:
    """Let the system and some others write a table, as far as they see it; Python judges more exactly."""
    name = table.partition(".")[2]
    wanted = f"((SELECT auth.is_system()) OR {by})"
    op.execute(f"""
        CREATE POLICY {name}_added ON {table} FOR INSERT WITH CHECK {wanted};
        CREATE POLICY {name}_changed ON {table} FOR UPDATE USING {wanted};
        CREATE POLICY {name}_dropped ON {table} FOR DELETE USING {wanted};
    """)


def upgrade() -> None:
    srid, service = deployment(op.get_bind())
    op.execute(f"""
        CREATE SCHEMA categories;
        CREATE SCHEMA parties;
        GRANT USAGE ON SCHEMA categories, parties TO "{service}";

        CREATE TABLE categories.schemes (
          code    text COLLATE "C" PRIMARY KEY CHECK (code <> ''),
          name_zh text NOT NULL,
          name_en text NOT NULL DEFAULT '',
          source  text NOT NULL
        );
        CREATE TABLE categories.categories (
          id           integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          scheme       text COLLATE "C" NOT NULL REFERENCES categories.schemes,
          code         text COLLATE "C" NOT NULL CHECK (code <> ''),
          parent_code  text COLLATE "C",
          kind         text NOT NULL CHECK (kind IN ('component', 'event', 'social_service')),
          name_zh      text NOT NULL,
          name_en      text NOT NULL DEFAULT '',
          source       text NOT NULL,
          confidential boolean NOT NULL DEFAULT false,
          enforcement  boolean NOT NULL DEFAULT false,
          party_kind   text,
          filing_zh    text NOT NULL DEFAULT '',
          closing_zh   text NOT NULL DEFAULT '',
          validity     daterange NOT NULL DEFAULT '(,)',
          UNIQUE (scheme, code)
        );
        COMMENT ON TABLE categories.categories IS
          'Kinds of incident (问题类别), keyed by scheme and code; inner nodes of the tree are rows, too.';
        COMMENT ON COLUMN categories.categories.source IS 'Where it was seen, with its confidence mark (S, S-impl, I, M).';
        COMMENT ON COLUMN categories.categories.enforcement IS 'Needs the power to enforce: led by the enforcement body.';
        CREATE TABLE categories.area_classes (
          area_code text COLLATE "C" PRIMARY KEY,
          class     smallint NOT NULL CHECK (class BETWEEN 1 AND 3),
          source    text NOT NULL
        );
        COMMENT ON TABLE categories.area_classes IS
          'The class of an area (一类、二类、三类), which deadlines may depend on; the nearest area upwards counts.';
        CREATE TABLE categories.limits (
          id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          category_id integer REFERENCES categories.categories,
          area_class  smallint CHECK (area_class BETWEEN 1 AND 3),
          stage       text NOT NULL CHECK (stage IN ('overall', 'accept', 'verify', 'file', 'dispatch', 'sign', 'handle', 'check')),
          amount      numeric(6, 2) NOT NULL CHECK (amount > 0),
          unit        text NOT NULL CHECK (unit IN ('urgent_hour', 'working_hour', 'working_day', 'natural_day')),
          source      text NOT NULL,
          UNIQUE NULLS NOT DISTINCT (category_id, area_class, stage)
        );
        COMMENT ON TABLE categories.limits IS
          'Time limits per category and area class; NULL means any, the most exact row holds.';
        CREATE TABLE categories.days (
          day     date PRIMARY KEY,
          works   boolean NOT NULL,
          name_zh text NOT NULL DEFAULT '',
          source  text NOT NULL
        );
        COMMENT ON TABLE categories.days IS 'Days that differ from what the calendar library says, or that it does not know.';

        CREATE SEQUENCE categories.rulebook_versions START 2;
        CREATE TABLE categories.rulebook (
          only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
          version  bigint NOT NULL DEFAULT 1
        );
        COMMENT ON TABLE categories.rulebook IS
          'Grows with every change of a rule, so that what is kept in memory knows its age; a number is never given twice, not even after a rollback.';
        INSERT INTO categories.rulebook DEFAULT VALUES;

        CREATE FUNCTION categories.new_version() RETURNS trigger
          LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
          UPDATE categories.rulebook SET version = nextval('categories.rulebook_versions');
          RETURN NULL;
        END $$;

        CREATE TABLE parties.parties (
          id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          code       text COLLATE "C" NOT NULL UNIQUE CHECK (code <> ''),
          kind       text NOT NULL,
          area_code  text COLLATE "C",
          parent_id  integer REFERENCES parties.parties,
          period     tstzrange NOT NULL DEFAULT '(,)',
          synthetic  boolean NOT NULL DEFAULT false,
          version    integer NOT NULL DEFAULT 1
        );
        COMMENT ON TABLE parties.parties IS 'Anything that can answer (主体): a body, a post in it, a company, a group.';
        COMMENT ON COLUMN parties.parties.area_code IS 'Its home ground (areas.areas.code); NULL: the whole district.';
        COMMENT ON COLUMN parties.parties.parent_id IS 'The body it belongs to: members of the body see its cases.';
        CREATE INDEX parties_area ON parties.parties (area_code);
        CREATE INDEX parties_parent ON parties.parties (parent_id);
        CREATE TABLE parties.names (
          id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          party_id integer NOT NULL REFERENCES parties.parties ON DELETE CASCADE,
          zh       text NOT NULL CHECK (zh <> ''),
          en       text NOT NULL DEFAULT '',
          period   tstzrange NOT NULL DEFAULT '(,)',
          EXCLUDE USING gist (party_id WITH =, period WITH &&)
        );
        COMMENT ON TABLE parties.names IS 'Names of bodies are dated: offices are renamed and merged.';
        CREATE TABLE parties.contacts (
          id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          party_id integer NOT NULL REFERENCES parties.parties ON DELETE CASCADE,
          post     text NOT NULL DEFAULT '',
          means    text NOT NULL CHECK (means IN ('phone', 'email', 'address', 'other')),
          value    text NOT NULL,
          note     text NOT NULL DEFAULT ''
        );
        CREATE INDEX contacts_party ON parties.contacts (party_id);
        CREATE TABLE parties.patches (
          id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          code      text COLLATE "C" NOT NULL UNIQUE CHECK (code <> ''),
          kind      text NOT NULL CHECK (kind IN ('zone', 'responsibility_grid', 'site', 'drawn')),
          area_code text COLLATE "C" NOT NULL,
          name_zh   text NOT NULL DEFAULT '',
          name_en   text NOT NULL DEFAULT '',
          period    tstzrange NOT NULL DEFAULT '(,)',
          geom      geometry(MultiPolygon, {srid}),
          synthetic boolean NOT NULL DEFAULT false,
          version   integer NOT NULL DEFAULT 1
        );
        COMMENT ON TABLE parties.patches IS
          'Ground that is no area of the division: a zone 分区, a responsibility grid 责任网格 (both sets of cells), a site or anything drawn (a polygon).';
        COMMENT ON COLUMN parties.patches.area_code IS 'The area that it lies in.';
        CREATE INDEX patches_area ON parties.patches (area_code);
        CREATE INDEX patches_geom ON parties.patches USING gist (geom);
        CREATE TABLE parties.patch_cells (
          patch_id integer NOT NULL REFERENCES parties.patches ON DELETE CASCADE,
          cell_id  integer NOT NULL REFERENCES areas.cells,
          PRIMARY KEY (patch_id, cell_id)
        );
        CREATE INDEX patch_cells_cell ON parties.patch_cells (cell_id);
        CREATE TABLE parties.responsibilities (
          id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          party_id   integer NOT NULL REFERENCES parties.parties ON DELETE CASCADE,
          role       text NOT NULL CHECK (role IN ('lead', 'assist', 'supervise', 'inform')),
          area_code  text COLLATE "C",
          patch_id   integer REFERENCES parties.patches ON DELETE CASCADE,
          categories text[] NOT NULL DEFAULT '{{}}',
          period     tstzrange NOT NULL DEFAULT '(,)',
          basis_kind text NOT NULL CHECK (basis_kind IN ('law', 'contract', 'agreement', 'assignment', 'charter')),
          basis      text NOT NULL DEFAULT '',
          synthetic  boolean NOT NULL DEFAULT false,
          version    integer NOT NULL DEFAULT 1,
          CHECK (num_nonnulls(area_code, patch_id) = 1)
        );
        COMMENT ON COLUMN parties.responsibilities.categories IS
          'scheme:code (a node and all under it), kind:component|event|social_service, or nothing for all.';
        CREATE INDEX responsibilities_party ON parties.responsibilities (party_id);
        CREATE TABLE parties.models (
          id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          area_code text COLLATE "C" NOT NULL,
          model     text NOT NULL CHECK (model IN ('government_led', 'community_led', 'self_governed')),
          step      text CHECK (step IN ('lead', 'follow', 'hand_over')),
          period    tstzrange NOT NULL DEFAULT tstzrange(now(), NULL),
          basis     text NOT NULL DEFAULT '',
          EXCLUDE USING gist (area_code WITH =, period WITH &&)
        );
        COMMENT ON TABLE parties.models IS
          'The collaboration model (协作模式) of a community, or of a street for its communities without their own.';
        CREATE TABLE parties.absences (
          id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          party_id    integer NOT NULL REFERENCES parties.parties ON DELETE CASCADE,
          period      tstzrange NOT NULL CHECK (NOT isempty(period)),
          delegate_id integer REFERENCES parties.parties CHECK (delegate_id <> party_id),
          reason      text NOT NULL DEFAULT '',
          EXCLUDE USING gist (party_id WITH =, period WITH &&)
        );
        COMMENT ON TABLE parties.absences IS
          'While a party is away, its delegate answers; without one, the next candidate does.';
        CREATE FUNCTION auth.my_parties() RETURNS integer[]
          LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
          RETURN (
            WITH RECURSIVE mine AS (
              SELECT g.party_id AS id FROM auth.my_grants() AS g WHERE g.role = 'party_member'
               UNION
              SELECT p.id FROM parties.parties AS p JOIN mine AS m ON p.parent_id = m.id
            )
            SELECT coalesce(array_agg(m.id), '{{}}') FROM mine AS m);
        END $$;
        COMMENT ON FUNCTION auth.my_parties IS 'The parties one is a member of, and those that belong to them.';
        CREATE FUNCTION auth.knows_party(id integer) RETURNS boolean
          LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          SELECT EXISTS (SELECT FROM parties.parties AS p WHERE p.id = knows_party.id)
        $$;
        COMMENT ON FUNCTION auth.knows_party IS 'Whether there is this party.';
        CREATE FUNCTION auth.my_grounds() RETURNS text[]
          LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          WITH mine AS (SELECT unnest(auth.my_communities()) AS code)
          SELECT coalesce(array_agg(g.code), '{{}}') FROM (
            SELECT m.code FROM mine AS m
             UNION
            SELECT s.code
              FROM areas.areas AS c
              JOIN areas.areas AS s ON s.code = c.parent_code AND s.level = 'street'
             WHERE c.level = 'community' AND c.code = ANY (SELECT m.code FROM mine AS m)) AS g
        $$;
        COMMENT ON FUNCTION auth.my_grounds IS 'The communities that one works for, and the streets they are in.';
        REVOKE EXECUTE ON FUNCTION auth.my_parties, auth.knows_party, auth.my_grounds FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION auth.my_parties, auth.knows_party, auth.my_grounds TO "{service}";
    """)
    for table in (
        "categories.schemes", "categories.categories", "categories.area_classes", "categories.limits",
        "categories.days", "parties.parties", "parties.names", "parties.patches", "parties.patch_cells",
        "parties.responsibilities", "parties.models", "parties.absences",
    ):  # fmt: skip
        op.execute(f"""
            CREATE TRIGGER {table.partition(".")[2]}_rulebook AFTER INSERT OR UPDATE OR DELETE ON {table}
              FOR EACH STATEMENT EXECUTE FUNCTION categories.new_version()
        """)
    for table, column in AUDITED.items():
        op.execute(f"""
            CREATE TRIGGER {table.partition(".")[2]}_audit AFTER INSERT OR UPDATE OR DELETE ON {table}
              FOR EACH ROW EXECUTE FUNCTION auth.audit_change('{column}')
        """)
    for table in (
        "parties", "names", "contacts", "patches", "patch_cells", "responsibilities", "models", "absences",
    ):  # fmt: skip
        op.execute(f"ALTER TABLE parties.{table} ENABLE ROW LEVEL SECURITY")
        if table != "contacts":
            op.execute(
                f"CREATE POLICY {table}_signed_in ON parties.{table} FOR SELECT USING ((SELECT auth.signed_in()))"
            )
        # a party's ground and body say who sees contacts and cases: who moves them must be in charge there
        edits = f"{EDITS} AND (SELECT auth.has_role('administrator') OR auth.sees_all()) OR {HERE}"
        _written(f"parties.{table}", edits if table == "parties" else EDITS)
    for table in ("schemes", "categories", "area_classes", "limits", "days"):
        op.execute(f"""
            ALTER TABLE categories.{table} ENABLE ROW LEVEL SECURITY;
            CREATE POLICY {table}_for_all ON categories.{table} FOR SELECT USING (true);
        """)
        _written(f"categories.{table}", "(SELECT auth.has_role('administrator'))")
    op.execute(f"""
        CREATE POLICY contacts_seen ON parties.contacts FOR SELECT USING (
          (SELECT auth.sees_all())
          OR party_id = ANY ((SELECT auth.my_parties())::integer[])
          OR EXISTS (SELECT FROM parties.parties AS p
                      WHERE p.id = party_id
                        AND p.area_code = ANY ((SELECT auth.my_grounds())::text[])));
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA categories, parties TO "{service}";
        REVOKE INSERT, UPDATE, DELETE ON categories.rulebook FROM "{service}";
    """)


def downgrade() -> None:
    op.execute("""
        DROP SCHEMA parties CASCADE;
        DROP FUNCTION auth.my_parties();
        DROP FUNCTION auth.knows_party(integer);
        DROP FUNCTION auth.my_grounds();
        DROP SCHEMA categories CASCADE;
    """)
