"""Teams and patrol: members, beats, shifts; fixes by month, and the visits they are reduced to."""

from __future__ import annotations

from alembic import op

from app.db.migrate import deployment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    srid, service = deployment(op.get_bind())
    op.execute(f"""
        CREATE TABLE teams.teams (
          id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          code      text COLLATE "C" NOT NULL UNIQUE,
          name      text NOT NULL DEFAULT '',
          area_code text COLLATE "C",
          synthetic boolean NOT NULL DEFAULT false
        );
        COMMENT ON COLUMN teams.teams.area_code IS 'The area whose cells the team owes where no beats are set.';
        CREATE TABLE teams.members (
          id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          team_id integer NOT NULL REFERENCES teams.teams,
          code    text COLLATE "C" NOT NULL UNIQUE,
          name    text NOT NULL DEFAULT ''
        );
        CREATE TABLE teams.beats (
          id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          team_id   integer NOT NULL REFERENCES teams.teams,
          member_id integer NOT NULL REFERENCES teams.members,
          name      text NOT NULL DEFAULT '',
          period    tstzrange NOT NULL DEFAULT '(,)',
          EXCLUDE USING gist (member_id WITH =, period WITH &&)
        );
        CREATE TABLE teams.beat_cells (
          beat_id integer NOT NULL REFERENCES teams.beats ON DELETE CASCADE,
          cell_id integer NOT NULL REFERENCES areas.cells,
          PRIMARY KEY (beat_id, cell_id)
        );
        CREATE TABLE teams.shifts (
          id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          member_id  integer NOT NULL REFERENCES teams.members,
          period     tstzrange NOT NULL CHECK (NOT isempty(period)),
          from_track boolean NOT NULL DEFAULT false,
          CONSTRAINT shifts_one_at_a_time EXCLUDE USING gist (member_id WITH =, period WITH &&)
        );
        COMMENT ON COLUMN teams.shifts.from_track IS
          'The shift was taken from a recorded track, for want of a roster.';

        CREATE TABLE patrol.fixes (
          member_id  integer NOT NULL REFERENCES teams.members,
          device     text NOT NULL DEFAULT '',
          at         timestamptz NOT NULL,
          original_x double precision NOT NULL,
          original_y double precision NOT NULL,
          datum      text NOT NULL,
          accuracy_m real,
          geom       geometry(Point, {srid}) NOT NULL,
          PRIMARY KEY (member_id, device, at)
        ) PARTITION BY RANGE (at);
        CREATE TABLE patrol.visits (
          id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          shift_id  integer NOT NULL REFERENCES teams.shifts ON DELETE CASCADE,
          member_id integer NOT NULL REFERENCES teams.members,
          cell_id   integer NOT NULL REFERENCES areas.cells,
          period    tstzrange NOT NULL,
          seen      tstzmultirange NOT NULL,
          inferred  tstzmultirange NOT NULL DEFAULT '{{}}'
        );
        COMMENT ON COLUMN patrol.visits.seen IS
          'When the member was in the cell, exactly; the part in `inferred` lies in gaps of 60-120 s.';
        CREATE INDEX visits_member_period ON patrol.visits USING gist (member_id, period);
        CREATE INDEX visits_cell_period ON patrol.visits USING gist (cell_id, period);
        CREATE TABLE patrol.gaps (
          id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          shift_id  integer NOT NULL REFERENCES teams.shifts ON DELETE CASCADE,
          member_id integer NOT NULL REFERENCES teams.members,
          period    tstzrange NOT NULL,
          reachable integer[] NOT NULL
        );
        COMMENT ON TABLE patrol.gaps IS
          'Stretches of a shift without a usable track, and the cells (areas.cells.id) that could have been visited.';
        CREATE INDEX gaps_member_period ON patrol.gaps USING gist (member_id, period);
        CREATE TABLE patrol.reductions (
          shift_id   integer PRIMARY KEY REFERENCES teams.shifts ON DELETE CASCADE,
          edition_id integer NOT NULL REFERENCES areas.editions,
          rules      jsonb NOT NULL,
          fixes      integer NOT NULL,
          dropped    jsonb NOT NULL DEFAULT '{{}}',
          without_accuracy integer NOT NULL DEFAULT 0,
          tracked    tstzmultirange NOT NULL,
          inferred   tstzmultirange NOT NULL
        );
        COMMENT ON TABLE patrol.reductions IS
          'How a shift''s fixes became visits and gaps: on which edition, by which rules, what was dropped and why.';
        COMMENT ON COLUMN patrol.reductions.tracked IS
          'When the track was usable; the part in `inferred` lies in gaps of 60-120 s.';

        CREATE FUNCTION patrol.seconds(times tstzmultirange) RETURNS double precision
          LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
          SELECT coalesce(sum(extract(epoch FROM upper(span) - lower(span))), 0)::double precision
            FROM unnest(times) AS span
        $$;
        COMMENT ON FUNCTION patrol.seconds IS 'How long it lasts, holes left out.';

        CREATE FUNCTION patrol.ensure_month(moment timestamptz) RETURNS void
          LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
          first date := date_trunc('month', moment AT TIME ZONE 'UTC')::date;
          part  text := 'fixes_' || to_char(first, 'YYYY_MM');
        BEGIN
          IF to_regclass('patrol.' || part) IS NULL THEN
            PERFORM pg_advisory_xact_lock(hashtext('patrol.' || part));
            EXECUTE format(
              'CREATE TABLE IF NOT EXISTS patrol.%I PARTITION OF patrol.fixes FOR VALUES FROM (%L) TO (%L)',
              part, first::text || ' 00:00+00', (first + interval '1 month')::date::text || ' 00:00+00');
          END IF;
        END $$;
        COMMENT ON FUNCTION patrol.ensure_month IS
          'Makes the month''s partition; SECURITY DEFINER, for the service role owns no table.';
        REVOKE ALL ON FUNCTION patrol.ensure_month FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION patrol.ensure_month TO "{service}";

        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA teams TO "{service}";
        GRANT SELECT, INSERT, DELETE ON ALL TABLES IN SCHEMA patrol TO "{service}";
    """)


def downgrade() -> None:
    op.execute("""
        DROP FUNCTION patrol.ensure_month(timestamptz);
        DROP FUNCTION patrol.seconds(tstzmultirange);
        DROP TABLE patrol.reductions;
        DROP TABLE patrol.gaps;
        DROP TABLE patrol.visits;
        DROP TABLE patrol.fixes;
        DROP TABLE teams.shifts;
        DROP TABLE teams.beat_cells;
        DROP TABLE teams.beats;
        DROP TABLE teams.members;
        DROP TABLE teams.teams;
    """)
