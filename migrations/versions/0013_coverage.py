"""Evidence of visits, presences made while working, doors, and how often cells are owed."""

from __future__ import annotations

from alembic import op

from app.db.migrate import deployment

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SEEN = {
    "patrol.presences": "member_id = ANY ((SELECT teams.my_members())::integer[])",
    "teams.levels": "team_id = ANY ((SELECT teams.my_teams())::integer[])"
    " OR team_id = ANY ((SELECT teams.teams_of_mine())::integer[])",
    "teams.cell_levels": "team_id = ANY ((SELECT teams.my_teams())::integer[])"
    " OR team_id = ANY ((SELECT teams.teams_of_mine())::integer[])",
}
"""Who sees a row beside the system."""


def upgrade() -> None:
    srid, service = deployment(op.get_bind())
    op.execute(f"""
        ALTER TABLE patrol.visits
          ADD COLUMN fixes integer,
          ADD COLUMN accuracy_m real,
          ADD COLUMN shared tstzmultirange NOT NULL DEFAULT '{{}}';
        COMMENT ON COLUMN patrol.visits.shared IS
          'When the member was not in the cell but on a street along its side, which counts for it, too.';
        COMMENT ON COLUMN patrol.visits.fixes IS 'Fixes used within the visit: what stays as evidence when they are deleted.';
        COMMENT ON COLUMN patrol.visits.accuracy_m IS 'Median stated accuracy of these fixes.';

        -- a shift's fixes are read by time, whatever the device; what it was reduced to is replaced by shift
        ALTER TABLE patrol.fixes DROP CONSTRAINT fixes_pkey, ADD PRIMARY KEY (member_id, at, device);
        DROP INDEX patrol.visits_member_period, patrol.visits_cell_period, patrol.gaps_member_period;
        CREATE INDEX visits_shift ON patrol.visits (shift_id);
        CREATE INDEX visits_cell_ended ON patrol.visits (cell_id, ended);
        CREATE INDEX gaps_shift ON patrol.gaps (shift_id);

        CREATE INDEX visits_cell_began ON patrol.visits (cell_id, began);

        CREATE TABLE patrol.doors (
          code       text COLLATE "C" PRIMARY KEY CHECK (code <> ''),
          name       text NOT NULL DEFAULT '',
          geom       geometry(Point, {srid}) NOT NULL,
          synthetic  boolean NOT NULL DEFAULT false,
          made_at    timestamptz NOT NULL DEFAULT now()
        );
        COMMENT ON TABLE patrol.doors IS 'Codes at doors and on floors that a member reads while working there (门牌码).';
        CREATE TABLE patrol.presences (
          id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          member_id  integer NOT NULL REFERENCES teams.members,
          at         timestamptz NOT NULL,
          kind       text NOT NULL CHECK (kind IN ('report', 'photo', 'handled', 'checked', 'inspection', 'door')),
          reference  text COLLATE "C" NOT NULL,
          cell_id    integer NOT NULL REFERENCES areas.cells,
          edition_id integer NOT NULL REFERENCES areas.editions,
          UNIQUE (member_id, kind, reference, at)
        );
        COMMENT ON TABLE patrol.presences IS
          'What members leave in a cell by working there (现场记录): indoors and on stairs no track shows it. Never a check-in.';
        CREATE INDEX presences_member ON patrol.presences (member_id, at);
        CREATE INDEX presences_cell ON patrol.presences (cell_id, at);

        CREATE TABLE teams.levels (
          team_id integer NOT NULL REFERENCES teams.teams,
          level   smallint NOT NULL,
          name    text NOT NULL DEFAULT '',
          visits  smallint NOT NULL CHECK (visits > 0),
          PRIMARY KEY (team_id, level)
        );
        COMMENT ON TABLE teams.levels IS 'Management levels (管理等级) and the visits owed to their cells in each shift of the day.';
        CREATE TABLE teams.cell_levels (
          team_id integer NOT NULL,
          cell_id integer NOT NULL REFERENCES areas.cells,
          level   smallint NOT NULL,
          PRIMARY KEY (team_id, cell_id),
          FOREIGN KEY (team_id, level) REFERENCES teams.levels
        );
        GRANT SELECT, INSERT, UPDATE, DELETE ON patrol.doors, teams.levels, teams.cell_levels TO "{service}";
        GRANT SELECT, INSERT, DELETE ON patrol.presences TO "{service}";
        ALTER TABLE patrol.doors ENABLE ROW LEVEL SECURITY;
        CREATE POLICY doors_system ON patrol.doors USING ((SELECT auth.is_system()));
    """)
    for table, seen in SEEN.items():
        name = table.partition(".")[2]
        op.execute(f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            CREATE POLICY {name}_system ON {table} USING ((SELECT auth.is_system()));
            CREATE POLICY {name}_seen ON {table} FOR SELECT USING ({seen});
        """)


def downgrade() -> None:
    op.execute("""
        DROP TABLE teams.cell_levels;
        DROP TABLE teams.levels;
        DROP TABLE patrol.presences;
        DROP TABLE patrol.doors;
        DROP INDEX patrol.gaps_shift, patrol.visits_cell_ended, patrol.visits_shift;
        CREATE INDEX gaps_member_period ON patrol.gaps USING gist (member_id, period);
        CREATE INDEX visits_member_period ON patrol.visits USING gist (member_id, period);
        CREATE INDEX visits_cell_period ON patrol.visits USING gist (cell_id, period);
        ALTER TABLE patrol.fixes DROP CONSTRAINT fixes_pkey, ADD PRIMARY KEY (member_id, device, at);
        DROP INDEX patrol.visits_cell_began;
        ALTER TABLE patrol.visits DROP COLUMN fixes, DROP COLUMN accuracy_m, DROP COLUMN shared;
    """)
