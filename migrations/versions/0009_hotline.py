"""The address gazetteer and hotline orders with their imports, mappings and callers."""

from __future__ import annotations

from alembic import op

from app.db.migrate import deployment

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

WORKERS = "'district_supervisor', 'street_supervisor', 'dispatcher'"
"""Roles with hotline.edit."""


def upgrade() -> None:
    srid, service = deployment(op.get_bind())
    op.execute(f"""
        CREATE SCHEMA gazetteer;
        GRANT USAGE ON SCHEMA gazetteer TO "{service}";
        CREATE TABLE gazetteer.places (
          id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          kind      text NOT NULL
                    CHECK (kind IN ('compound', 'building', 'unit', 'shop', 'road', 'landmark', 'community')),
          code      text COLLATE "C" NOT NULL UNIQUE CHECK (code <> ''),
          name      text NOT NULL CHECK (name <> ''),
          parent_id integer REFERENCES gazetteer.places CHECK (parent_id <> id),
          aliases   text[] NOT NULL DEFAULT '{{}}',
          address   text NOT NULL DEFAULT '',
          heads     text[] NOT NULL DEFAULT '{{}}',
          building  text NOT NULL DEFAULT '',
          unit      text NOT NULL DEFAULT '',
          community text COLLATE "C",
          geom      geometry(Point, {srid}) NOT NULL,
          source    text NOT NULL DEFAULT '',
          synthetic boolean NOT NULL DEFAULT false,
          made_at   timestamptz NOT NULL DEFAULT now(),
          made_by   text NOT NULL DEFAULT auth.asker()
        );
        COMMENT ON TABLE gazetteer.places IS
          'Addresses with a point (地址库): compounds, their buildings and units, shops, roads, landmarks; no rooms.';
        COMMENT ON COLUMN gazetteer.places.heads IS 'Normal forms of its names, or of the compound''s that it stands in.';
        CREATE INDEX places_parent ON gazetteer.places (parent_id);
        CREATE TABLE gazetteer.learned (
          key      text COLLATE "C" NOT NULL CHECK (key <> ''),
          place_id integer NOT NULL REFERENCES gazetteer.places,
          uses     integer NOT NULL DEFAULT 1,
          made_by  text NOT NULL DEFAULT auth.asker(),
          made_at  timestamptz NOT NULL DEFAULT now(),
          used_at  timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (key, place_id)
        );
        COMMENT ON TABLE gazetteer.learned IS 'Which place somebody picked for an address text, in normal form without its room.';
        CREATE INDEX learned_place ON gazetteer.learned (place_id);
        CREATE TABLE gazetteer.state (
          only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
          version  bigint NOT NULL DEFAULT 1
        );
        COMMENT ON TABLE gazetteer.state IS 'Grows with every change of places: what is kept in memory is of one version.';
        INSERT INTO gazetteer.state DEFAULT VALUES;
        CREATE TRIGGER learned_audit AFTER INSERT OR DELETE ON gazetteer.learned
          FOR EACH ROW EXECUTE FUNCTION auth.audit_change('place_id');
        GRANT SELECT, INSERT, UPDATE ON gazetteer.places, gazetteer.learned TO "{service}";
        GRANT SELECT, UPDATE ON gazetteer.state TO "{service}";
        ALTER TABLE gazetteer.learned ENABLE ROW LEVEL SECURITY;
        CREATE POLICY learned_staff ON gazetteer.learned USING ((SELECT auth.signed_in()));
        ALTER TABLE gazetteer.places ENABLE ROW LEVEL SECURITY;
        CREATE POLICY places_signed_in ON gazetteer.places USING ((SELECT auth.signed_in()));

        CREATE SCHEMA hotline;
        GRANT USAGE ON SCHEMA hotline TO "{service}";
        CREATE FUNCTION hotline.my_homes() RETURNS text[]
          LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          WITH RECURSIVE under AS (
            SELECT g.area_code AS code FROM auth.my_grants() AS g
             WHERE g.role IN ({WORKERS}) AND g.area_code IS NOT NULL
             UNION
            SELECT a.code FROM areas.areas AS a JOIN under AS u ON a.parent_code = u.code AND a.level <> 'neighbour'
          )
          SELECT coalesce(array_agg(u.code), '{{}}') FROM under AS u
        $$;
        COMMENT ON FUNCTION hotline.my_homes IS 'The areas whose orders one works on, with the areas in them.';
        REVOKE EXECUTE ON FUNCTION hotline.my_homes FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION hotline.my_homes TO "{service}";

        CREATE TABLE hotline.mappings (
          home        text COLLATE "C" NOT NULL,
          fingerprint text COLLATE "C" NOT NULL,
          headers     text[] NOT NULL,
          columns     jsonb NOT NULL,
          made_by     text NOT NULL DEFAULT auth.asker(),
          made_at     timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (home, fingerprint)
        );
        COMMENT ON TABLE hotline.mappings IS 'Which column holds what, per office and heading: asked once.';
        CREATE TABLE hotline.imports (
          id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          home        text COLLATE "C" NOT NULL,
          source      text NOT NULL,
          file_name   text NOT NULL,
          file_hash   bytea NOT NULL,
          fingerprint text COLLATE "C" NOT NULL,
          counts      jsonb NOT NULL DEFAULT '{{}}',
          made_by     text NOT NULL DEFAULT auth.asker(),
          made_at     timestamptz NOT NULL DEFAULT now()
        );
        CREATE TABLE hotline.orders (
          id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          source         text COLLATE "C" NOT NULL,
          number         text COLLATE "C" NOT NULL CHECK (number <> ''),
          import_id      integer NOT NULL REFERENCES hotline.imports,
          row_number     integer NOT NULL,
          fingerprint    bytea NOT NULL,
          received_at    timestamptz NOT NULL,
          due_at         timestamptz,
          first_receiver text NOT NULL DEFAULT '',
          category_text  text NOT NULL DEFAULT '',
          category       text COLLATE "C" NOT NULL,
          confidential   boolean NOT NULL DEFAULT false,
          content        text NOT NULL DEFAULT '',
          address        text NOT NULL DEFAULT '',
          home           text COLLATE "C" NOT NULL,
          street         text COLLATE "C",
          community      text COLLATE "C",
          state          text NOT NULL CHECK (state IN ('waiting_for_place', 'matched', 'opened')),
          place_id       integer REFERENCES gazetteer.places,
          geom           geometry(Point, {srid}),
          accuracy_m     real,
          why_zh         text NOT NULL DEFAULT '',
          why_en         text NOT NULL DEFAULT '',
          candidates     jsonb NOT NULL DEFAULT '[]',
          case_id        bigint REFERENCES cases.cases,
          case_number    text COLLATE "C",
          returned       smallint NOT NULL DEFAULT 0,
          return_reason  text NOT NULL DEFAULT '',
          contacted      boolean,
          solved         boolean,
          satisfied      boolean,
          synthetic      boolean NOT NULL DEFAULT false,
          imported_by    integer DEFAULT auth.me(),
          version        integer NOT NULL DEFAULT 1,
          UNIQUE (source, number),
          CHECK ((state = 'opened') = (case_number IS NOT NULL))
        );
        COMMENT ON TABLE hotline.orders IS
          'Orders (工单) of a hotline as they came in, and the case that each became; confidential ones hide with their case.';
        COMMENT ON COLUMN hotline.orders.home IS 'The street (or district) whose office brought it in.';
        COMMENT ON COLUMN hotline.orders.contacted IS
          'Of the three rates (三率), as were solved and satisfied: yes, no, or NULL for not asked.';
        CREATE INDEX orders_home ON hotline.orders (home, received_at);
        CREATE INDEX orders_home_newest ON hotline.orders (home, id);
        CREATE INDEX orders_street ON hotline.orders (street, received_at);
        CREATE INDEX orders_waiting ON hotline.orders (home, id) WHERE state <> 'opened';
        CREATE INDEX orders_case ON hotline.orders (case_id);
        CREATE INDEX orders_place ON hotline.orders (place_id);
        CREATE INDEX orders_import ON hotline.orders (import_id);
        CREATE TABLE hotline.callers (
          order_id bigint PRIMARY KEY REFERENCES hotline.orders ON DELETE CASCADE,
          name     text NOT NULL DEFAULT '',
          phone    text NOT NULL DEFAULT ''
        );
        COMMENT ON TABLE hotline.callers IS
          'Who called, until the case opens; then cases.reporters has it alone. Personal data: every look is audited.';
        CREATE TRIGGER orders_audit AFTER INSERT OR UPDATE OR DELETE ON hotline.orders
          FOR EACH ROW EXECUTE FUNCTION auth.audit_change('id');
        CREATE TRIGGER callers_audit AFTER INSERT OR UPDATE OR DELETE ON hotline.callers
          FOR EACH ROW EXECUTE FUNCTION auth.audit_change('order_id');

        ALTER TABLE hotline.orders ENABLE ROW LEVEL SECURITY;
        CREATE POLICY orders_seen ON hotline.orders USING (
          (SELECT auth.is_system())
          OR ((NOT confidential OR state <> 'opened' OR imported_by = (SELECT auth.me()))
              AND (home = ANY ((SELECT hotline.my_homes())::text[])
                   OR street = ANY ((SELECT hotline.my_homes())::text[]))))
          WITH CHECK ((SELECT auth.is_system()) OR home = ANY ((SELECT hotline.my_homes())::text[])
                      OR street = ANY ((SELECT hotline.my_homes())::text[]));
        ALTER TABLE hotline.callers ENABLE ROW LEVEL SECURITY;
        CREATE POLICY callers_with_order ON hotline.callers USING (
          (SELECT auth.is_system()) OR EXISTS (SELECT FROM hotline.orders AS o WHERE o.id = order_id));
    """)
    for table in ("mappings", "imports"):
        op.execute(f"""
            ALTER TABLE hotline.{table} ENABLE ROW LEVEL SECURITY;
            CREATE POLICY {table}_home ON hotline.{table} USING (
              (SELECT auth.is_system()) OR home = ANY ((SELECT hotline.my_homes())::text[]));
        """)
    op.execute(f"""
        GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA hotline TO "{service}";
        GRANT DELETE ON hotline.callers TO "{service}";
    """)


def downgrade() -> None:
    op.execute("DROP SCHEMA hotline CASCADE; DROP SCHEMA gazetteer CASCADE;")
