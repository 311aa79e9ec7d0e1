"""Beat plans, absences and who leads a team."""

from __future__ import annotations

from alembic import op

from app.db.migrate import deployment

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SEEN = {
    "teams.absences": "member_id = ANY ((SELECT teams.my_members())::integer[])",
    "teams.plans": "team_id = ANY ((SELECT teams.my_teams())::integer[])"
    " OR team_id = ANY ((SELECT teams.teams_of_mine())::integer[])",
    "teams.plan_beats": "EXISTS (SELECT FROM teams.plans AS p WHERE p.id = plan_id)",
    "teams.plan_cells": "EXISTS (SELECT FROM teams.plans AS p WHERE p.id = plan_id)",
}
"""Who sees a row beside the system."""
AUDITED = ("teams.absences", "teams.plans")


def upgrade() -> None:
    _srid, service = deployment(op.get_bind())
    op.execute(f"""
        ALTER TABLE teams.members ADD COLUMN leader boolean NOT NULL DEFAULT false;
        COMMENT ON COLUMN teams.members.leader IS
          'Leads the team: sees the figures of its members, and where they are while on shift.';

        CREATE TABLE teams.absences (
          id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          member_id integer NOT NULL REFERENCES teams.members,
          period    tstzrange NOT NULL CHECK (NOT isempty(period)),
          made_by   text NOT NULL DEFAULT auth.asker(),
          made_at   timestamptz NOT NULL DEFAULT now(),
          EXCLUDE USING gist (member_id WITH =, period WITH &&)
        );
        COMMENT ON TABLE teams.absences IS 'When a member is away. Why is nobody''s business here.';

        CREATE TABLE teams.plans (
          id           integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          team_id      integer NOT NULL REFERENCES teams.teams,
          name         text NOT NULL,
          edition_id   integer NOT NULL REFERENCES areas.editions,
          state        text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'published', 'withdrawn')),
          period       tstzrange,
          settings     jsonb NOT NULL DEFAULT '{{}}',
          figures      jsonb NOT NULL DEFAULT '{{}}',
          based_on     integer REFERENCES teams.plans,
          made_by      text NOT NULL DEFAULT auth.asker(),
          made_at      timestamptz NOT NULL DEFAULT now(),
          published_at timestamptz,
          version      integer NOT NULL DEFAULT 1
        );
        COMMENT ON TABLE teams.plans IS
          'Plans of beats: drafts to compare and edit, and those published for a period, from which teams.beats follow.';
        CREATE INDEX plans_team ON teams.plans (team_id, made_at);
        CREATE TABLE teams.plan_beats (
          plan_id   integer NOT NULL REFERENCES teams.plans ON DELETE CASCADE,
          number    smallint NOT NULL,
          member_id integer REFERENCES teams.members,
          name      text NOT NULL DEFAULT '',
          PRIMARY KEY (plan_id, number),
          UNIQUE (plan_id, member_id)
        );
        CREATE TABLE teams.plan_cells (
          plan_id integer NOT NULL,
          cell_id integer NOT NULL REFERENCES areas.cells,
          number  smallint NOT NULL,
          minutes real NOT NULL,
          PRIMARY KEY (plan_id, cell_id),
          FOREIGN KEY (plan_id, number) REFERENCES teams.plan_beats ON DELETE CASCADE
        );
        COMMENT ON COLUMN teams.plan_cells.minutes IS 'Work that the plan expects of one round of the cell.';
        CREATE INDEX plan_cells_beat ON teams.plan_cells (plan_id, number);
        ALTER TABLE teams.beats ADD COLUMN plan_id integer REFERENCES teams.plans;
        GRANT SELECT, INSERT, UPDATE, DELETE
           ON teams.absences, teams.plans, teams.plan_beats, teams.plan_cells TO "{service}";
    """)
    for table, seen in SEEN.items():
        name = table.partition(".")[2]
        op.execute(f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            CREATE POLICY {name}_system ON {table} USING ((SELECT auth.is_system()));
            CREATE POLICY {name}_seen ON {table} FOR SELECT USING ({seen});
        """)
    for table in AUDITED:
        op.execute(f"""
            CREATE TRIGGER {table.partition(".")[2]}_audit AFTER INSERT OR UPDATE OR DELETE ON {table}
              FOR EACH ROW EXECUTE FUNCTION auth.audit_change('id')
        """)


def downgrade() -> None:
    op.execute("""
        ALTER TABLE teams.beats DROP COLUMN plan_id;
        DROP TABLE teams.plan_cells;
        DROP TABLE teams.plan_beats;
        DROP TABLE teams.plans;
        DROP TABLE teams.absences;
        ALTER TABLE teams.members DROP COLUMN leader;
    """)
