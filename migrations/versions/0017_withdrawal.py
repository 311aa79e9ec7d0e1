"""A publication of beats can be withdrawn: what it cut is kept and holds again; replaced is told from withdrawn."""

from __future__ import annotations

from alembic import op

from app.db.migrate import deployment

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _srid, service = deployment(op.get_bind())
    op.execute(f"""
        ALTER TABLE teams.plans DROP CONSTRAINT plans_state_check;
        UPDATE teams.plans SET state = 'replaced' WHERE state = 'withdrawn';
        ALTER TABLE teams.plans ADD CONSTRAINT plans_state_check
          CHECK (state IN ('draft', 'published', 'replaced', 'withdrawn'));
        CREATE TABLE teams.cut_beats (
          id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          plan_id   integer NOT NULL REFERENCES teams.plans ON DELETE CASCADE,
          member_id integer NOT NULL REFERENCES teams.members ON DELETE CASCADE,
          of_plan   integer REFERENCES teams.plans ON DELETE CASCADE,
          name      text NOT NULL,
          period    tstzrange NOT NULL,
          cells     integer[] NOT NULL
        );
        COMMENT ON TABLE teams.cut_beats IS
          'What a publication took out of beats that held, to hold again should it be withdrawn. Cells by id.';
        CREATE INDEX cut_beats_plan ON teams.cut_beats (plan_id);
        CREATE INDEX cut_beats_of ON teams.cut_beats (of_plan);
        GRANT SELECT, INSERT, DELETE ON teams.cut_beats TO "{service}";
        ALTER TABLE teams.cut_beats ENABLE ROW LEVEL SECURITY;
        CREATE POLICY cut_beats_system ON teams.cut_beats USING ((SELECT auth.is_system()));
    """)


def downgrade() -> None:
    op.execute("""
        DROP TABLE teams.cut_beats;
        ALTER TABLE teams.plans DROP CONSTRAINT plans_state_check;
        UPDATE teams.plans SET state = 'withdrawn' WHERE state = 'replaced';
        ALTER TABLE teams.plans ADD CONSTRAINT plans_state_check CHECK (state IN ('draft', 'published', 'withdrawn'));
    """)
