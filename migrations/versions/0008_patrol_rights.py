"""Row-level security on teams and patrol: staff see the teams of their ground, a member what is their own."""

from __future__ import annotations

from alembic import op

from app.db.migrate import deployment

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STAFF = (
    "district_supervisor", "street_supervisor", "dispatcher", "checker", "community_officer", "patroller", "planner",
)  # fmt: skip
SEEN = {
    "teams.teams": "id = ANY ((SELECT teams.my_teams())::integer[])"
    " OR id = ANY ((SELECT teams.teams_of_mine())::integer[])",
    "teams.members": "id = ANY ((SELECT teams.my_members())::integer[])",
    "teams.beats": "member_id = ANY ((SELECT teams.my_members())::integer[])",
    "teams.beat_cells": "EXISTS (SELECT FROM teams.beats AS b WHERE b.id = beat_id)",
    "teams.shifts": "member_id = ANY ((SELECT teams.my_members())::integer[])",
    "patrol.visits": "member_id = ANY ((SELECT teams.my_members())::integer[])",
    "patrol.gaps": "member_id = ANY ((SELECT teams.my_members())::integer[])",
    "patrol.reductions": "EXISTS (SELECT FROM teams.shifts AS s WHERE s.id = shift_id)",
    "patrol.fixes": "member_id = ANY ((SELECT teams.me())::integer[])",
}
"""Who sees a row beside the system; only the member sees their own fixes."""
SPANS = ("teams.shifts", "patrol.visits", "patrol.gaps")
AUDITED = ("teams.teams", "teams.members", "teams.beats", "teams.shifts")


def quoted(names: tuple[str, ...]) -> str:
    """Return names as an SQL list."""
    return ", ".join(f"'{name}'" for name in names)


def upgrade() -> None:
    _srid, service = deployment(op.get_bind())
    op.execute(f"""
        ALTER TABLE teams.members ADD COLUMN account_id integer REFERENCES auth.accounts;
        COMMENT ON COLUMN teams.members.account_id IS 'Who signs in as this member and so sees their own track.';
        CREATE INDEX members_account ON teams.members (account_id) WHERE account_id IS NOT NULL;
        CREATE INDEX members_team ON teams.members (team_id);

        CREATE FUNCTION teams.me() RETURNS integer[]
          LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          SELECT coalesce(array_agg(m.id), '{{}}') FROM teams.members AS m WHERE m.account_id = auth.me()
        $$;
        COMMENT ON FUNCTION teams.me IS 'The members as whom the account walks.';
        CREATE FUNCTION teams.teams_of_mine() RETURNS integer[]
          LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          SELECT coalesce(array_agg(m.team_id), '{{}}') FROM teams.members AS m WHERE m.account_id = auth.me()
        $$;
        CREATE FUNCTION teams.my_teams() RETURNS integer[]
          LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          WITH RECURSIVE under AS (
            SELECT g.area_code AS code
              FROM auth.my_grants() AS g
             WHERE g.role IN ({quoted(STAFF)}) AND g.area_code IS NOT NULL
             UNION
            SELECT a.code
              FROM areas.areas AS a JOIN under AS u ON a.parent_code = u.code AND a.level <> 'neighbour'
          )
          SELECT coalesce(array_agg(t.id), '{{}}')
            FROM teams.teams AS t
           WHERE auth.sees_all() OR t.area_code IN (SELECT u.code FROM under AS u)
        $$;
        COMMENT ON FUNCTION teams.my_teams IS 'Teams whose ground lies in an area where the account is staff.';
        CREATE FUNCTION teams.my_members() RETURNS integer[]
          LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          SELECT coalesce(array_agg(m.id), '{{}}')
            FROM teams.members AS m
           WHERE m.team_id = ANY (teams.my_teams()) OR m.account_id = auth.me()
        $$;
        COMMENT ON FUNCTION teams.my_members IS 'Members of these teams, and the account itself.';
    """)
    for table in SPANS:
        # && of ranges is not leakproof: under row-level security it finds no index; comparing moments does
        op.execute(f"""
            ALTER TABLE {table}
              ADD COLUMN began timestamptz GENERATED ALWAYS AS (coalesce(lower(period), '-infinity')) STORED,
              ADD COLUMN ended timestamptz GENERATED ALWAYS AS (coalesce(upper(period), 'infinity')) STORED;
            CREATE INDEX {table.partition(".")[2]}_member_ended ON {table} (member_id, ended, began);
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
    op.execute(f"""
        REVOKE ALL ON FUNCTION teams.me(), teams.teams_of_mine(), teams.my_teams(), teams.my_members() FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION teams.me(), teams.teams_of_mine(), teams.my_teams(), teams.my_members() TO "{service}";
    """)


def downgrade() -> None:
    for table in AUDITED:
        op.execute(f"DROP TRIGGER {table.partition('.')[2]}_audit ON {table}")
    for table in SEEN:
        name = table.partition(".")[2]
        op.execute(f"""
            DROP POLICY {name}_system ON {table};
            DROP POLICY {name}_seen ON {table};
            ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
        """)
    for table in SPANS:
        op.execute(f"ALTER TABLE {table} DROP COLUMN began, DROP COLUMN ended")
    op.execute("""
        DROP FUNCTION teams.my_members();
        DROP FUNCTION teams.my_teams();
        DROP FUNCTION teams.teams_of_mine();
        DROP FUNCTION teams.me();
        DROP INDEX teams.members_team;
        ALTER TABLE teams.members DROP COLUMN account_id;
    """)
