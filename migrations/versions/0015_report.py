"""A report costs less: sign-in and key in one question, rights that ask the cheapest first, a shorter audit trigger."""

from __future__ import annotations

from alembic import op

from app.db.migrate import deployment

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INCIDENTS = (
    "reported_by = (SELECT auth.me())",
    "(SELECT auth.is_system())",
    """(NOT confidential
       AND ((SELECT auth.sees_all()) OR community = ANY ((SELECT auth.my_communities())::text[])))""",
)
CASES = (*INCIDENTS, "parties && (SELECT auth.my_parties())::integer[]")
"""Who sees them, as before; what is asked first decides for whoever reports, and the communities need not be gathered."""


def upgrade() -> None:
    _srid, service = deployment(op.get_bind())
    _see(INCIDENTS, CASES)
    op.execute(f"""
        CREATE FUNCTION auth.admit_once(kind text, hash bytea, asked text, print bytea)
          RETURNS TABLE (account_id integer, name text, shown text, scopes text[], grants jsonb,
                         claimed boolean, same boolean, status integer, headers jsonb, body jsonb)
          LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
          SELECT a.account_id, a.name, a.shown, a.scopes, a.grants INTO account_id, name, shown, scopes, grants
            FROM auth.admit(kind, hash) AS a;
          SELECT c.claimed, c.same, c.status, c.headers, c.body INTO claimed, same, status, headers, body
            FROM auth.claim(asked, print) AS c;
          RETURN NEXT;
        END $$;
        COMMENT ON FUNCTION auth.admit_once IS
          'auth.admit, and auth.claim by whoever was admitted; always one row, without account for nobody.';
        REVOKE EXECUTE ON FUNCTION auth.admit_once FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION auth.admit_once TO "{service}";
    """)
    op.execute(KEEP.format(language="plpgsql", begin="BEGIN", end=" END"))
    op.execute(
        AUDIT.format(
            shortcut="""
          ELSIF TG_ARGV[0] = 'id' THEN
            row_id := NEW.id::text;  -- a plain expression is kept, a built one is planned anew for each row"""
        )
    )


KEEP = """
        CREATE OR REPLACE FUNCTION auth.keep(asked text, said integer, with_headers jsonb, with_body jsonb) RETURNS void
          LANGUAGE {language} VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          {begin}
          UPDATE auth.answers AS a SET status = said, headers = with_headers, body = with_body
           WHERE a.principal = auth.principal() AND a.key = asked AND a.status = 0;
          {end}
        $$
"""

AUDIT = """
        CREATE OR REPLACE FUNCTION auth.audit_change() RETURNS trigger
          LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
          row_id  text;
          old_row jsonb;
          changed text[] := '{{}}';
        BEGIN
          -- the id alone: a whole row as JSON costs more than storing it, above all its geometry
          IF TG_OP = 'DELETE' THEN
            EXECUTE format('SELECT ($1).%I::text', TG_ARGV[0]) INTO row_id USING OLD;{shortcut}
          ELSE
            EXECUTE format('SELECT ($1).%I::text', TG_ARGV[0]) INTO row_id USING NEW;
          END IF;
          IF TG_OP = 'UPDATE' THEN
            old_row := to_jsonb(OLD);
            SELECT coalesce(array_agg(n.key ORDER BY n.key), '{{}}') INTO changed
              FROM jsonb_each(to_jsonb(NEW)) AS n WHERE old_row -> n.key IS DISTINCT FROM n.value;
          END IF;
          INSERT INTO auth.audit (principal, action, subject, subject_id, fields)
          VALUES (auth.asker(), lower(TG_OP), TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, coalesce(row_id, ''), changed);
          RETURN NULL;
        END $$
"""


def _see(incidents: tuple[str, ...], cases: tuple[str, ...]) -> None:
    op.execute(f"""
        ALTER POLICY incidents_seen ON incidents.incidents USING ({" OR ".join(incidents)});
        ALTER POLICY cases_seen ON cases.cases USING ({" OR ".join(cases)});
    """)


def downgrade() -> None:
    mine, *others = INCIDENTS
    _see((*others, mine), (*others, CASES[-1], mine))
    op.execute(AUDIT.format(shortcut=""))
    op.execute(KEEP.format(language="sql", begin="", end=""))
    op.execute("DROP FUNCTION auth.admit_once")
