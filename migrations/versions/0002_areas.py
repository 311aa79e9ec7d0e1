"""Areas: editions, areas of every level, unit-grid cells."""

from __future__ import annotations

from alembic import op

from app.db.migrate import deployment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    srid, service = deployment(op.get_bind())
    op.execute(f"""
        CREATE TABLE areas.editions (
          id           integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          name         text NOT NULL UNIQUE,
          validity     tstzrange NOT NULL DEFAULT 'empty',
          published_at timestamptz,
          synthetic    boolean NOT NULL DEFAULT false,
          source       text NOT NULL DEFAULT '',
          licence      text NOT NULL DEFAULT '',
          made_at      timestamptz NOT NULL DEFAULT now(),
          CONSTRAINT editions_one_at_a_time EXCLUDE USING gist (validity WITH &&),
          CONSTRAINT editions_published_has_validity
            CHECK ((published_at IS NULL) = isempty(validity))
        );
        COMMENT ON TABLE areas.editions IS
          'A dated set of boundaries (网格版本). A draft has an empty validity; a published one never changes.';

        CREATE TABLE areas.areas (
          id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          edition_id  integer NOT NULL REFERENCES areas.editions ON DELETE CASCADE,
          level       text NOT NULL
                      CHECK (level IN ('district', 'street', 'community', 'zone', 'neighbour')),
          code        text COLLATE "C" NOT NULL CHECK (code <> ''),
          name        text NOT NULL DEFAULT '',
          parent_code text COLLATE "C",
          synthetic   boolean NOT NULL DEFAULT false,
          validity    tstzrange NOT NULL DEFAULT 'empty',
          geom        geometry(MultiPolygon, {srid}) NOT NULL,
          UNIQUE (edition_id, level, code),
          CONSTRAINT areas_code_once_at_a_time
            EXCLUDE USING gist (level WITH =, code WITH =, validity WITH &&)
        );
        COMMENT ON TABLE areas.areas IS
          'Districts, streets, communities, zones, and known neighbouring districts (level neighbour).';
        CREATE INDEX areas_geom ON areas.areas USING gist (geom);

        CREATE TABLE areas.cells (
          id             integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          edition_id     integer NOT NULL REFERENCES areas.editions ON DELETE CASCADE,
          number         integer NOT NULL CHECK (number > 0),
          code           text COLLATE "C" NOT NULL CHECK (code <> ''),
          parent_level   text NOT NULL CHECK (parent_level IN ('district', 'street', 'community')),
          parent_code    text COLLATE "C" NOT NULL,
          name           text NOT NULL DEFAULT '',
          square_row     integer,
          square_column  integer,
          square_size    integer,
          area_m2        double precision NOT NULL CHECK (area_m2 > 0),
          validity       tstzrange NOT NULL DEFAULT 'empty',
          geom           geometry(MultiPolygon, {srid}) NOT NULL,
          UNIQUE (edition_id, number),
          UNIQUE (edition_id, code),
          CONSTRAINT cells_code_once_at_a_time EXCLUDE USING gist (code WITH =, validity WITH &&)
        );
        COMMENT ON TABLE areas.cells IS
          'Unit-grid cells (单元网格), drawn or laid. A published cell is never deleted.';
        COMMENT ON COLUMN areas.cells.number IS
          '1..n in bytewise order of code within the edition: the id in vector tiles, the index of number arrays.';
        COMMENT ON COLUMN areas.cells.square_size IS
          'Side of the lattice square in metres; row and column count squares from the CRS origin. NULL if drawn.';
        CREATE INDEX cells_geom ON areas.cells USING gist (geom);
        CREATE INDEX cells_parent ON areas.cells (edition_id, parent_code);

        CREATE TABLE areas.loads (
          id           integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          edition_id   integer NOT NULL REFERENCES areas.editions ON DELETE CASCADE,
          level        text NOT NULL,
          file_name    text NOT NULL,
          datum        text NOT NULL,
          content_hash text NOT NULL,
          features     integer NOT NULL,
          repaired     integer NOT NULL DEFAULT 0,
          source       text NOT NULL DEFAULT '',
          licence      text NOT NULL DEFAULT '',
          loaded_by    text NOT NULL DEFAULT session_user,
          loaded_at    timestamptz NOT NULL DEFAULT now(),
          UNIQUE (edition_id, level)
        );
        COMMENT ON COLUMN areas.loads.content_hash IS
          'Of codes, names, parents and polygons as they were accepted, before sewing: loading the same again changes nothing.';

        CREATE TABLE areas.renumberings (
          edition_id  integer NOT NULL REFERENCES areas.editions ON DELETE CASCADE,
          parent_code text COLLATE "C" NOT NULL,
          old_code    text COLLATE "C" NOT NULL,
          new_codes   text[] NOT NULL,
          PRIMARY KEY (edition_id, old_code)
        );
        COMMENT ON TABLE areas.renumberings IS
          'Old cell codes to new ones, largest overlap first, for areas that were numbered anew in an edition.';

        CREATE FUNCTION areas.forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (SELECT FROM areas.editions AS e
                      WHERE e.id = OLD.edition_id AND e.published_at IS NOT NULL) THEN
            RAISE EXCEPTION 'edition % is published and never changes', OLD.edition_id
              USING ERRCODE = 'GW001';
          END IF;
          RETURN OLD;
        END $$;
        CREATE TRIGGER areas_published BEFORE DELETE ON areas.areas
          FOR EACH ROW EXECUTE FUNCTION areas.forbid_change();
        CREATE TRIGGER cells_published BEFORE DELETE ON areas.cells
          FOR EACH ROW EXECUTE FUNCTION areas.forbid_change();

        GRANT SELECT ON ALL TABLES IN SCHEMA areas TO "{service}";
    """)


def downgrade() -> None:
    op.execute("""
        DROP TABLE areas.renumberings;
        DROP TABLE areas.loads;
        DROP TABLE areas.cells;
        DROP TABLE areas.areas;
        DROP TABLE areas.editions;
        DROP FUNCTION areas.forbid_change();
    """)
