"""The walking network: streets, paths and what cannot be crossed."""

from __future__ import annotations

from alembic import op

from app.db.migrate import deployment

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    srid, service = deployment(op.get_bind())
    op.execute(f"""
        CREATE SCHEMA streets;
        GRANT USAGE ON SCHEMA streets TO "{service}";
        CREATE TABLE streets.loads (
          id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          source    text NOT NULL,
          sha256    bytea NOT NULL,
          synthetic boolean NOT NULL DEFAULT false,
          loaded_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE TABLE streets.ways (
          id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          load_id integer NOT NULL REFERENCES streets.loads ON DELETE CASCADE,
          kind    text NOT NULL CHECK (kind IN ('street', 'path', 'steps', 'barrier')),
          name    text NOT NULL DEFAULT '',
          geom    geometry(LineString, {srid}) NOT NULL
        );
        COMMENT ON COLUMN streets.ways.kind IS
          'street, path, steps: walked along; barrier: an expressway, railway or river that no beat lies across.';
        CREATE INDEX ways_geom ON streets.ways USING gist (geom);
        CREATE INDEX ways_load ON streets.ways (load_id);
        GRANT SELECT ON streets.loads, streets.ways TO "{service}";
    """)


def downgrade() -> None:
    op.execute("""
        DROP SCHEMA streets CASCADE;
    """)
