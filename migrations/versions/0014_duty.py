"""Duty from a phone: actions, pauses, notices and consents, objections, devices, recorders; where a fix came from."""

from __future__ import annotations

from alembic import op

from app.db.migrate import deployment

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SEEN = {
    "teams.actions": "member_id = ANY ((SELECT teams.me())::integer[])",
    "teams.pauses": "EXISTS (SELECT FROM teams.shifts AS s WHERE s.id = shift_id)",
    "patrol.devices": "member_id = ANY ((SELECT teams.me())::integer[])",
    "patrol.objections": "member_id = ANY ((SELECT teams.me())::integer[])",
    "patrol.consents": "account_id = (SELECT auth.me())",
    "patrol.recorders": "member_id = ANY ((SELECT teams.me())::integer[])",
}
"""Who sees a row beside the system."""


def upgrade() -> None:
    _srid, service = deployment(op.get_bind())
    op.execute(f"""
        ALTER TABLE teams.shifts
          ADD COLUMN by_phone boolean NOT NULL DEFAULT false,
          ADD COLUMN rostered tstzrange,
          ADD COLUMN device text,
          ADD COLUMN open boolean NOT NULL DEFAULT false,
          ADD COLUMN lapsed boolean NOT NULL DEFAULT false;
        COMMENT ON COLUMN teams.shifts.by_phone IS 'The member began or ended it on the phone.';
        COMMENT ON COLUMN teams.shifts.rostered IS 'What the roster had said, where the phone moved its begin or end.';
        COMMENT ON COLUMN teams.shifts.device IS 'The phone it was begun on.';
        COMMENT ON COLUMN teams.shifts.open IS
          'Begun on the phone and not ended yet: without upper end, or up to the next shift of the roster.';
        COMMENT ON COLUMN teams.shifts.lapsed IS 'Nobody ended it: it was closed at its last sign of life.';
        CREATE TABLE teams.actions (
          member_id   integer NOT NULL REFERENCES teams.members,
          device      text NOT NULL DEFAULT '',
          action      text NOT NULL CHECK (action IN ('start', 'pause', 'resume', 'end', 'lapse')),
          said_at     timestamptz NOT NULL,
          at          timestamptz NOT NULL,
          received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
          PRIMARY KEY (member_id, device, action, said_at)
        );
        COMMENT ON TABLE teams.actions IS
          'What members said on their phones of their duty, in whatever order it came: shifts and pauses follow from it.';
        COMMENT ON COLUMN teams.actions.said_at IS 'By the phone''s clock.';
        COMMENT ON COLUMN teams.actions.at IS 'The same, corrected by how far that clock was off.';
        CREATE INDEX actions_member ON teams.actions (member_id, at);
        CREATE TABLE teams.pauses (
          shift_id integer NOT NULL REFERENCES teams.shifts ON DELETE CASCADE,
          period   tstzrange NOT NULL CHECK (NOT isempty(period)),
          EXCLUDE USING gist (shift_id WITH =, period WITH &&)
        );
        COMMENT ON TABLE teams.pauses IS 'Breaks within a shift: off duty, nothing is recorded.';

        CREATE TABLE patrol.notices (
          version text COLLATE "C" PRIMARY KEY,
          zh      text NOT NULL,
          en      text NOT NULL,
          from_at timestamptz NOT NULL DEFAULT now()
        );
        COMMENT ON TABLE patrol.notices IS 'What members were told about the recording of their position, word for word.';
        CREATE TABLE patrol.consents (
          id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          account_id integer NOT NULL REFERENCES auth.accounts,
          version    text COLLATE "C" NOT NULL REFERENCES patrol.notices,
          given      boolean NOT NULL,
          at         timestamptz NOT NULL DEFAULT clock_timestamp()
        );
        COMMENT ON TABLE patrol.consents IS 'Consents given and withdrawn, one row each; the latest holds.';
        CREATE INDEX consents_account ON patrol.consents (account_id, at);
        CREATE TABLE patrol.recorders (
          id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          member_id   integer NOT NULL REFERENCES teams.members,
          name        text NOT NULL,
          secret_hash bytea NOT NULL UNIQUE,
          made_at     timestamptz NOT NULL DEFAULT now(),
          seen_at     timestamptz,
          ended_at    timestamptz
        );
        COMMENT ON TABLE patrol.recorders IS 'Recorders (OsmAnd, Traccar) that send a member''s fixes under a secret of their own.';
        CREATE TABLE patrol.devices (
          member_id integer NOT NULL REFERENCES teams.members,
          device    text NOT NULL,
          offset_s  double precision NOT NULL,
          since     timestamptz NOT NULL DEFAULT clock_timestamp(),
          seen_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
          PRIMARY KEY (member_id, device)
        );
        COMMENT ON TABLE patrol.devices IS 'Phones that members record with, and how far their clocks are off.';
        COMMENT ON COLUMN patrol.devices.offset_s IS
          'Seconds to add to the phone''s clock; held while new measures agree, so that what is sent again is the same.';
        CREATE TABLE patrol.objections (
          id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          member_id integer NOT NULL REFERENCES teams.members,
          period    tstzrange NOT NULL CHECK (NOT isempty(period)),
          made_at   timestamptz NOT NULL DEFAULT clock_timestamp()
        );
        COMMENT ON TABLE patrol.objections IS
          'Stretches of their own track that members had deleted: nothing of them is stored again, coverage is unknown there.';
        CREATE INDEX objections_member ON patrol.objections USING gist (member_id, period);
        ALTER TABLE patrol.fixes
          ADD COLUMN source text NOT NULL DEFAULT 'file' CHECK (source IN ('file', 'phone', 'recorder')),
          ADD COLUMN mock boolean NOT NULL DEFAULT false,
          ADD COLUMN received_at timestamptz NOT NULL DEFAULT now();
        COMMENT ON COLUMN patrol.fixes.mock IS 'The device said that the position was made up.';
        ALTER TABLE patrol.reductions ADD COLUMN IF NOT EXISTS fixes_deleted_at timestamptz;
        COMMENT ON COLUMN patrol.reductions.fixes_deleted_at IS
          'When the raw fixes were deleted; from then on the visits stand, on their edition.';
        GRANT UPDATE (fixes_deleted_at) ON patrol.reductions TO "{service}";
        GRANT SELECT, INSERT, UPDATE, DELETE ON teams.pauses, teams.actions TO "{service}";
        GRANT SELECT, INSERT, UPDATE ON patrol.devices TO "{service}";
        GRANT SELECT, INSERT ON patrol.objections TO "{service}";
        GRANT SELECT, INSERT ON patrol.notices, patrol.consents TO "{service}";
        GRANT SELECT, INSERT, UPDATE ON patrol.recorders TO "{service}";
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
        ALTER TABLE patrol.fixes DROP COLUMN source, DROP COLUMN mock, DROP COLUMN received_at;
        ALTER TABLE patrol.reductions DROP COLUMN IF EXISTS fixes_deleted_at;
        DROP TABLE patrol.objections;
        DROP TABLE patrol.devices;
        DROP TABLE patrol.recorders;
        DROP TABLE patrol.consents;
        DROP TABLE patrol.notices;
        DROP TABLE teams.pauses;
        DROP TABLE teams.actions;
        ALTER TABLE teams.shifts
          DROP COLUMN by_phone, DROP COLUMN rostered, DROP COLUMN device, DROP COLUMN open, DROP COLUMN lapsed;
    """)
