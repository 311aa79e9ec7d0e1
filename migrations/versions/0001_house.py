"""The house: extensions, one schema per package, the deployment's metric CRS, the two roles."""

from __future__ import annotations

from alembic import context, op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMAS = ("areas", "teams", "incidents", "patrol")


def upgrade() -> None:
    service = context.config.attributes["service_role"]
    srid = int(context.config.attributes["metric_srid"])
    op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.execute(f"""
        CREATE TABLE db.deployment (
          only_row     boolean PRIMARY KEY DEFAULT true CHECK (only_row),
          metric_srid  integer NOT NULL,
          service_role text    NOT NULL,
          made_at      timestamptz NOT NULL DEFAULT now()
        );
        INSERT INTO db.deployment (metric_srid, service_role) VALUES ({srid}, '{service}');
        GRANT USAGE ON SCHEMA db TO "{service}";
        GRANT SELECT ON ALL TABLES IN SCHEMA db TO "{service}";
    """)
    for schema in SCHEMAS:
        op.execute(f'CREATE SCHEMA {schema}; GRANT USAGE ON SCHEMA {schema} TO "{service}"')


def downgrade() -> None:
    for schema in reversed(SCHEMAS):
        op.execute(f"DROP SCHEMA {schema}")
    op.execute("DROP TABLE db.deployment")
