"""Accounts, grants, sessions, tokens, one-time links, the audit log, answers to repeated requests; who is asking."""

from __future__ import annotations

from alembic import op

from app.db.migrate import deployment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STAFF = (
    "district_supervisor", "street_supervisor", "dispatcher", "checker", "community_officer", "patroller", "planner",
)  # fmt: skip
ROLES = ("administrator", *STAFF, "party_member", "auditor")


def quoted(names: tuple[str, ...]) -> str:
    """Return names as an SQL list."""
    return ", ".join(f"'{name}'" for name in names)


def upgrade() -> None:
    _srid, service = deployment(op.get_bind())
    op.execute(f"""
        CREATE SCHEMA auth;
        GRANT USAGE ON SCHEMA auth TO "{service}";

        CREATE TABLE auth.accounts (
          id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          name          text COLLATE "C" NOT NULL UNIQUE CHECK (name = lower(name) AND name <> ''),
          shown         text NOT NULL,
          password_hash text,
          has_password  boolean NOT NULL GENERATED ALWAYS AS (password_hash IS NOT NULL) STORED,
          active        boolean NOT NULL DEFAULT true,
          synthetic     boolean NOT NULL DEFAULT false,
          made_at       timestamptz NOT NULL DEFAULT now(),
          version       integer NOT NULL DEFAULT 1
        );
        COMMENT ON COLUMN auth.accounts.shown IS 'How others see it: a post rather than a person''s name.';
        COMMENT ON COLUMN auth.accounts.password_hash IS 'argon2id; NULL: signs in by one-time link or token only.';

        CREATE TABLE auth.grants (
          id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          account_id integer NOT NULL REFERENCES auth.accounts,
          role       text NOT NULL CHECK (role IN ({quoted(ROLES)})),
          area_code  text COLLATE "C",
          party_id   integer,
          period     tstzrange NOT NULL DEFAULT tstzrange(now(), NULL),
          granted_by text NOT NULL DEFAULT '',
          CONSTRAINT grants_one_scope CHECK (CASE role
            WHEN 'administrator' THEN area_code IS NULL AND party_id IS NULL
            WHEN 'auditor' THEN area_code IS NULL AND party_id IS NULL
            WHEN 'party_member' THEN area_code IS NULL AND party_id IS NOT NULL
            ELSE area_code IS NOT NULL AND party_id IS NULL END)
        );
        COMMENT ON TABLE auth.grants IS
          'A role within one area (areas.areas.code) or one party (parties.parties.id), for a period; plain values.';
        CREATE INDEX grants_account ON auth.grants (account_id);

        CREATE TABLE auth.sessions (
          token_hash bytea PRIMARY KEY,
          account_id integer NOT NULL REFERENCES auth.accounts ON DELETE CASCADE,
          made_at    timestamptz NOT NULL DEFAULT now(),
          seen_at    timestamptz NOT NULL DEFAULT now(),
          ends_at    timestamptz NOT NULL CHECK (ends_at <= made_at + interval '12 hours')
        );
        CREATE INDEX sessions_account ON auth.sessions (account_id);
        CREATE TABLE auth.tokens (
          id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          account_id integer NOT NULL REFERENCES auth.accounts ON DELETE CASCADE,
          name       text NOT NULL,
          token_hash bytea NOT NULL UNIQUE,
          scopes     text[] NOT NULL CHECK (cardinality(scopes) > 0),
          made_at    timestamptz NOT NULL DEFAULT now(),
          ends_at    timestamptz NOT NULL CHECK (ends_at <= made_at + interval '400 days'),
          revoked_at timestamptz
        );
        COMMENT ON TABLE auth.tokens IS 'For machines: only the SHA-256 of a token is stored; scopes are permissions.';
        CREATE TABLE auth.links (
          link_hash  bytea PRIMARY KEY,
          account_id integer NOT NULL REFERENCES auth.accounts ON DELETE CASCADE,
          ends_at    timestamptz NOT NULL
        );
        COMMENT ON TABLE auth.links IS 'One-time sign-in links; a row is deleted as it is used.';
        CREATE TABLE auth.tries (
          id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          source text NOT NULL,
          at     timestamptz NOT NULL DEFAULT clock_timestamp()
        );
        COMMENT ON TABLE auth.tries IS
          'Failed sign-ins by where they came from: the source is slowed, never the account that it tries.';
        CREATE INDEX tries_source ON auth.tries (source, at);

        CREATE TABLE auth.audit (
          id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          at         timestamptz NOT NULL DEFAULT clock_timestamp(),
          principal  text NOT NULL,
          action     text NOT NULL,
          subject    text NOT NULL,
          subject_id text NOT NULL DEFAULT '',
          fields     text[] NOT NULL DEFAULT '{{}}'
        );
        COMMENT ON TABLE auth.audit IS
          'Append-only: who did what to which row, and which fields of personal data were looked at; ids and field names, no values.';
        CREATE INDEX audit_at ON auth.audit USING brin (at);
        CREATE INDEX audit_subject ON auth.audit (subject, subject_id, id);
        CREATE INDEX audit_principal ON auth.audit (principal, id);

        CREATE TABLE auth.answers (
          principal   text NOT NULL,
          key         text NOT NULL,
          fingerprint bytea NOT NULL,
          status      integer NOT NULL DEFAULT 0,
          headers     jsonb NOT NULL DEFAULT '{{}}',
          body        jsonb,
          at          timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (principal, key)
        );
        COMMENT ON TABLE auth.answers IS
          'What a create answered, by Idempotency-Key, for a day: the same request again gets the same answer.';
        CREATE INDEX answers_at ON auth.answers USING brin (at);

        CREATE FUNCTION auth.principal() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
          RETURN coalesce(current_setting('gridward.principal', true), '');
        COMMENT ON FUNCTION auth.principal IS
          'Who is asking in this transaction: account:N, public (nobody signed in), system (jobs, the command line), or nothing.';
        CREATE FUNCTION auth.asker() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
          RETURN coalesce(nullif(current_setting('gridward.asker', true), ''), auth.principal());
        COMMENT ON FUNCTION auth.asker IS
          'On whose behalf: the principal, also while the program writes as the system for it. The audit log names this one.';
        CREATE FUNCTION auth.is_system() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
          RETURN auth.principal() = 'system';
        CREATE FUNCTION auth.me() RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE
          RETURN CASE WHEN auth.principal() ~ '^account:[0-9]{{1,9}}$' THEN substr(auth.principal(), 9)::integer END;
        CREATE FUNCTION auth.signed_in() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
          RETURN auth.is_system() OR auth.me() IS NOT NULL;

        -- plpgsql keeps its plans from call to call: these run in every query under row-level security
        CREATE FUNCTION auth.my_grants() RETURNS SETOF auth.grants
          LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
          RETURN QUERY
            SELECT g.*
              FROM auth.grants AS g
              JOIN auth.accounts AS a ON a.id = g.account_id AND a.active
             WHERE g.account_id = auth.me() AND g.period @> now();
        END $$;
        CREATE FUNCTION auth.has_role(VARIADIC roles text[]) RETURNS boolean
          LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
          RETURN EXISTS (SELECT FROM auth.my_grants() AS g WHERE g.role = ANY (roles));
        END $$;
        CREATE INDEX areas_code ON areas.areas (code);
        CREATE INDEX areas_parent ON areas.areas (parent_code);

        CREATE FUNCTION auth.communities_as(VARIADIC roles text[]) RETURNS text[]
          LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
          codes text[] := ARRAY(SELECT DISTINCT g.area_code FROM auth.my_grants() AS g
                                 WHERE g.role = ANY (roles) AND g.area_code IS NOT NULL);
          under text[] := codes;
        BEGIN
          IF cardinality(codes) = 0 THEN
            RETURN codes;
          END IF;
          LOOP  -- district, street, community: by hand it takes half the time of a recursive query
            under := ARRAY(SELECT DISTINCT a.code FROM areas.areas AS a
                            WHERE a.parent_code = ANY (under) AND a.level <> 'neighbour' AND a.code <> ALL (codes));
            EXIT WHEN cardinality(under) = 0;
            codes := codes || under;
          END LOOP;
          RETURN ARRAY(SELECT DISTINCT a.code FROM areas.areas AS a WHERE a.code = ANY (codes) AND a.level = 'community');
        END $$;
        COMMENT ON FUNCTION auth.communities_as IS
          'Communities of any edition in or under the areas, of any level, where one has one of these roles.';
        CREATE FUNCTION auth.all_as(VARIADIC roles text[]) RETURNS boolean
          LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
          RETURN auth.is_system() OR EXISTS (
            SELECT FROM auth.my_grants() AS g
              JOIN areas.areas AS a ON a.code = g.area_code AND a.level = 'district'
             WHERE g.role = ANY (roles));
        END $$;
        -- these two become part of the statements that name them
        CREATE FUNCTION auth.my_communities() RETURNS text[] LANGUAGE plpgsql STABLE AS $$
        DECLARE
          whose text := auth.principal() || ' ';
          kept  text := current_setting('gridward.my_communities', true);
        BEGIN
          IF starts_with(kept, whose) THEN
            RETURN substr(kept, length(whose) + 1)::text[];
          END IF;
          kept := auth.communities_as({quoted(STAFF)})::text;
          PERFORM set_config('gridward.my_communities', whose || kept, true);
          RETURN kept::text[];
        END $$;
        COMMENT ON FUNCTION auth.my_communities IS
          'The communities one sees as staff; kept for the transaction, under the name of whoever is asking, until a grant changes.';
        CREATE FUNCTION auth.sees_all() RETURNS boolean LANGUAGE plpgsql STABLE AS $$
        DECLARE
          whose text := auth.principal() || ' ';
          kept  text := current_setting('gridward.sees_all', true);
        BEGIN
          IF starts_with(kept, whose) THEN
            RETURN substr(kept, length(whose) + 1)::boolean;
          END IF;
          kept := auth.all_as({quoted(STAFF)})::text;
          PERFORM set_config('gridward.sees_all', whose || kept, true);
          RETURN kept::boolean;
        END $$;
        CREATE FUNCTION auth.forget() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM set_config('gridward.my_communities', '', true), set_config('gridward.sees_all', '', true);
          RETURN NULL;
        END $$;
        COMMENT ON FUNCTION auth.forget IS 'What was kept of rights in this transaction holds no longer.';
        CREATE TRIGGER grants_forget AFTER INSERT OR UPDATE OR DELETE ON auth.grants
          FOR EACH STATEMENT EXECUTE FUNCTION auth.forget();
        CREATE TRIGGER accounts_forget AFTER UPDATE ON auth.accounts
          FOR EACH STATEMENT EXECUTE FUNCTION auth.forget();
        COMMENT ON FUNCTION auth.sees_all IS 'The system, or staff of the whole district.';

        CREATE FUNCTION auth.admit(kind text, hash bytea)
          RETURNS TABLE (account_id integer, name text, shown text, scopes text[], grants jsonb)
          LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
          found_account integer;
          found_scopes  text[];
          seen          timestamptz;
        BEGIN
          PERFORM set_config('gridward.principal', 'public', true), set_config('gridward.asker', '', true);
          IF kind = 'session' THEN
            SELECT s.account_id, s.seen_at INTO found_account, seen
              FROM auth.sessions AS s
             WHERE s.token_hash = hash AND s.ends_at > now() AND s.seen_at > now() - interval '2 hours';
            IF seen < now() - interval '5 minutes' THEN
              -- another request of this session may be saying so right now: never wait for it
              UPDATE auth.sessions AS s SET seen_at = now()
               WHERE s.token_hash = (SELECT l.token_hash FROM auth.sessions AS l
                                      WHERE l.token_hash = hash FOR NO KEY UPDATE SKIP LOCKED);
            END IF;
          ELSIF kind = 'token' THEN
            SELECT t.account_id, t.scopes INTO found_account, found_scopes
              FROM auth.tokens AS t
             WHERE t.token_hash = hash AND t.ends_at > now() AND t.revoked_at IS NULL;
          END IF;
          RETURN QUERY
            SELECT a.id, a.name, a.shown, found_scopes,
                   (SELECT coalesce(jsonb_agg(jsonb_build_array(g.role, g.area_code, g.party_id)), '[]')
                      FROM auth.grants AS g WHERE g.account_id = a.id AND g.period @> now())
              FROM auth.accounts AS a
             WHERE a.id = found_account AND a.active;
          IF FOUND THEN
            PERFORM set_config('gridward.principal', 'account:' || found_account, true);
          END IF;
        END $$;
        COMMENT ON FUNCTION auth.admit IS
          'Opens a transaction for whoever shows a session''s or token''s hash; no row, and principal public, if it is nobody''s.';

        CREATE FUNCTION auth.credentials(asked text) RETURNS TABLE (id integer, password_hash text)
          LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          SELECT a.id, a.password_hash FROM auth.accounts AS a
           WHERE a.name = asked AND a.active AND auth.is_system()
        $$;
        COMMENT ON FUNCTION auth.credentials IS
          'What signing in compares with; one account, by its whole name; for the system only.';

        CREATE FUNCTION auth.shown_as(ids integer[]) RETURNS TABLE (id integer, shown text)
          LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          SELECT a.id, a.shown FROM auth.accounts AS a WHERE a.id = ANY (ids) AND auth.signed_in()
        $$;
        COMMENT ON FUNCTION auth.shown_as IS 'How accounts are shown to whoever is signed in: posts, no names to sign in with.';

        CREATE FUNCTION auth.knows_area(code text) RETURNS boolean
          LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          SELECT EXISTS (SELECT FROM areas.areas AS a WHERE a.code = knows_area.code AND a.level <> 'neighbour')
        $$;
        COMMENT ON FUNCTION auth.knows_area IS 'Whether any edition has this area.';

        CREATE FUNCTION auth.claim(asked text, print bytea)
          RETURNS TABLE (claimed boolean, same boolean, status integer, headers jsonb, body jsonb)
          LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
          mine boolean;
        BEGIN
          INSERT INTO auth.answers AS n (principal, key, fingerprint)
          VALUES (auth.principal(), asked, print)
              ON CONFLICT ON CONSTRAINT answers_pkey DO UPDATE
             SET fingerprint = print, status = 0, headers = '{{}}', body = NULL, at = now()
           WHERE n.at < now() - interval '1 day'
          RETURNING true INTO mine;
          IF mine THEN
            RETURN QUERY SELECT true, true, 0, '{{}}'::jsonb, NULL::jsonb;
          ELSE
            RETURN QUERY
              SELECT false, a.fingerprint = print,
                     CASE WHEN a.fingerprint = print THEN a.status END,
                     CASE WHEN a.fingerprint = print THEN a.headers END,
                     CASE WHEN a.fingerprint = print THEN a.body END
                FROM auth.answers AS a WHERE a.principal = auth.principal() AND a.key = asked;
          END IF;
        END $$;
        COMMENT ON FUNCTION auth.claim IS
          'Claims an Idempotency-Key for whoever is asking, or tells what it was answered, to who knows key and request.';
        CREATE FUNCTION auth.keep(asked text, said integer, with_headers jsonb, with_body jsonb) RETURNS void
          LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          UPDATE auth.answers AS a SET status = said, headers = with_headers, body = with_body
           WHERE a.principal = auth.principal() AND a.key = asked AND a.status = 0
        $$;
        COMMENT ON FUNCTION auth.keep IS 'Keeps what a claimed key was answered, once.';

        CREATE FUNCTION auth.forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION '%.% is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'GW002';
        END $$;
        CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON auth.audit
          FOR EACH STATEMENT EXECUTE FUNCTION auth.forbid_change();

        CREATE FUNCTION auth.audit_change() RETURNS trigger
          LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
          row_id  text;
          old_row jsonb;
          changed text[] := '{{}}';
        BEGIN
          -- the id alone: a whole row as JSON costs more than storing it, above all its geometry
          IF TG_OP = 'DELETE' THEN
            EXECUTE format('SELECT ($1).%I::text', TG_ARGV[0]) INTO row_id USING OLD;
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
        END $$;
        COMMENT ON FUNCTION auth.audit_change IS
          'Row trigger: one audit record per change; the argument names the column that identifies the row.';
        CREATE TRIGGER accounts_audit AFTER INSERT OR UPDATE OR DELETE ON auth.accounts
          FOR EACH ROW EXECUTE FUNCTION auth.audit_change('id');
        CREATE TRIGGER grants_audit AFTER INSERT OR UPDATE OR DELETE ON auth.grants
          FOR EACH ROW EXECUTE FUNCTION auth.audit_change('id');
        CREATE TRIGGER tokens_audit AFTER INSERT OR UPDATE OR DELETE ON auth.tokens
          FOR EACH ROW EXECUTE FUNCTION auth.audit_change('id');

        ALTER TABLE auth.accounts ENABLE ROW LEVEL SECURITY;
        ALTER TABLE auth.grants   ENABLE ROW LEVEL SECURITY;
        ALTER TABLE auth.sessions ENABLE ROW LEVEL SECURITY;
        ALTER TABLE auth.tokens   ENABLE ROW LEVEL SECURITY;
        ALTER TABLE auth.links    ENABLE ROW LEVEL SECURITY;
        ALTER TABLE auth.tries    ENABLE ROW LEVEL SECURITY;
        ALTER TABLE auth.audit    ENABLE ROW LEVEL SECURITY;
        ALTER TABLE auth.answers  ENABLE ROW LEVEL SECURITY;
        -- Who may write an account or a grant: the system and administrators, and those never a grant of their own.
        CREATE POLICY accounts_seen ON auth.accounts FOR SELECT USING
          ((SELECT auth.is_system()) OR id = (SELECT auth.me()) OR (SELECT auth.has_role('administrator', 'auditor')));
        CREATE POLICY accounts_added ON auth.accounts FOR INSERT WITH CHECK
          ((SELECT auth.is_system()) OR (SELECT auth.has_role('administrator')));
        CREATE POLICY accounts_changed ON auth.accounts FOR UPDATE USING
          ((SELECT auth.is_system()) OR (SELECT auth.has_role('administrator')));
        CREATE POLICY grants_seen ON auth.grants FOR SELECT USING
          ((SELECT auth.is_system()) OR account_id = (SELECT auth.me())
           OR (SELECT auth.has_role('administrator', 'auditor')));
        CREATE POLICY grants_added ON auth.grants FOR INSERT WITH CHECK
          ((SELECT auth.is_system()) OR (account_id <> (SELECT auth.me()) AND (SELECT auth.has_role('administrator'))));
        CREATE POLICY grants_changed ON auth.grants FOR UPDATE USING
          ((SELECT auth.is_system()) OR (account_id <> (SELECT auth.me()) AND (SELECT auth.has_role('administrator'))));
        CREATE POLICY sessions_seen ON auth.sessions FOR SELECT USING
          ((SELECT auth.is_system()) OR account_id = (SELECT auth.me()));
        CREATE POLICY sessions_ended ON auth.sessions FOR DELETE USING
          ((SELECT auth.is_system()) OR account_id = (SELECT auth.me()));
        CREATE POLICY sessions_added ON auth.sessions FOR INSERT WITH CHECK ((SELECT auth.is_system()));
        CREATE POLICY tokens_seen ON auth.tokens FOR SELECT USING
          ((SELECT auth.is_system()) OR account_id = (SELECT auth.me()) OR (SELECT auth.has_role('administrator')));
        CREATE POLICY tokens_added ON auth.tokens FOR INSERT WITH CHECK ((SELECT auth.is_system()));
        CREATE POLICY tokens_revoked ON auth.tokens FOR UPDATE USING
          ((SELECT auth.is_system()) OR account_id = (SELECT auth.me()) OR (SELECT auth.has_role('administrator')));
        CREATE POLICY links_system ON auth.links USING ((SELECT auth.is_system()));
        CREATE POLICY tries_system ON auth.tries USING ((SELECT auth.is_system()));
        CREATE POLICY audit_seen ON auth.audit FOR SELECT USING
          ((SELECT auth.is_system()) OR (SELECT auth.has_role('auditor')));
        CREATE POLICY audit_added ON auth.audit FOR INSERT WITH CHECK
          ((SELECT auth.is_system()) OR principal = (SELECT auth.principal()));
        CREATE POLICY answers_system ON auth.answers USING ((SELECT auth.is_system()));

        GRANT SELECT (id, name, shown, has_password, active, synthetic, made_at, version),
              INSERT (name, shown, password_hash, synthetic),
              UPDATE (shown, password_hash, active, version) ON auth.accounts TO "{service}";
        GRANT SELECT, INSERT, UPDATE (period) ON auth.grants TO "{service}";
        GRANT SELECT, INSERT, UPDATE (revoked_at) ON auth.tokens TO "{service}";
        GRANT SELECT, INSERT, DELETE ON auth.sessions, auth.links, auth.tries TO "{service}";
        GRANT SELECT, DELETE ON auth.answers TO "{service}";
        GRANT SELECT, INSERT (principal, action, subject, subject_id, fields) ON auth.audit TO "{service}";
        REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA auth FROM PUBLIC;
        GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA auth TO "{service}";
        REVOKE EXECUTE ON FUNCTION auth.audit_change, auth.forbid_change FROM "{service}";
    """)


def downgrade() -> None:
    op.execute("""
        DROP INDEX areas.areas_code;
        DROP INDEX areas.areas_parent;
        DROP SCHEMA auth CASCADE;
    """)
