"""Tours: the day's order of stops of each member."""

from __future__ import annotations

from alembic import op

from app.db.migrate import deployment

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _srid, service = deployment(op.get_bind())
    op.execute(f"""
        CREATE TABLE patrol.tours (
          id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          member_id  integer NOT NULL REFERENCES teams.members,
          starts_at  timestamptz NOT NULL,
          ends_at    timestamptz NOT NULL CHECK (ends_at > starts_at),
          edition_id integer NOT NULL REFERENCES areas.editions,
          settings   jsonb NOT NULL DEFAULT '{{}}',
          stops      jsonb NOT NULL DEFAULT '[]',
          figures    jsonb NOT NULL DEFAULT '{{}}',
          why        text NOT NULL DEFAULT 'planned' CHECK (why IN ('planned', 'urgent', 'absence', 'asked')),
          current    boolean NOT NULL DEFAULT true,
          made_by    text NOT NULL DEFAULT auth.asker(),
          made_at    timestamptz NOT NULL DEFAULT now()
        );
        COMMENT ON COLUMN patrol.tours.stops IS
          'In order: cell, when, how long, why, and the case where there is one.';
        COMMENT ON COLUMN patrol.tours.current IS 'The member''s latest tour of these hours; earlier ones are kept a while.';
        CREATE INDEX tours_member ON patrol.tours (member_id, starts_at) WHERE current;
        GRANT SELECT, INSERT, UPDATE, DELETE ON patrol.tours TO "{service}";
        ALTER TABLE patrol.tours ENABLE ROW LEVEL SECURITY;
        CREATE POLICY tours_system ON patrol.tours USING ((SELECT auth.is_system()));
        CREATE POLICY tours_seen ON patrol.tours FOR SELECT
          USING (member_id = ANY ((SELECT teams.my_members())::integer[]));
        CREATE TRIGGER tours_audit AFTER INSERT OR UPDATE OR DELETE ON patrol.tours
          FOR EACH ROW EXECUTE FUNCTION auth.audit_change('id');
    """)


def downgrade() -> None:
    op.execute("""
        DROP TABLE patrol.tours;
    """)
