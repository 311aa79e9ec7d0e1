"""Voice notes of a case: small, heard with the case, deleted some time after it has ended.

Where the reporter stays unnamed, so does their voice: it is heard by whom the policy of cases.reporters names.
"""

from __future__ import annotations

from alembic import op

from app.db.migrate import deployment

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

UNNAMED = "'{resident,hotline,media,open311}'::text[]"
"""Sources whose reporter nobody else is told of."""


def upgrade() -> None:
    _srid, service = deployment(op.get_bind())
    op.execute(f"""
        CREATE TABLE cases.voices (
          id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          case_id   bigint NOT NULL REFERENCES cases.cases,
          principal text NOT NULL,
          added_at  timestamptz NOT NULL DEFAULT now(),
          seconds   real NOT NULL CHECK (seconds > 0),
          sha256    bytea NOT NULL,
          mp3       bytea NOT NULL,
          UNIQUE (case_id, sha256)
        );
        ALTER TABLE cases.voices ALTER COLUMN mp3 SET STORAGE EXTERNAL;
        COMMENT ON TABLE cases.voices IS
          'Voice notes (语音), written anew without metadata. A voice is personal data: deleted some time after the case has ended.';
        COMMENT ON COLUMN cases.voices.sha256 IS 'Of the file as it came, to know it again.';

        ALTER TABLE cases.voices ENABLE ROW LEVEL SECURITY;
        CREATE POLICY voices_with_case ON cases.voices USING (
          (SELECT auth.is_system())
          OR EXISTS (SELECT FROM cases.cases AS c
                      WHERE c.id = case_id
                        AND (c.reported_by IS NULL
                             OR principal <> 'account:' || c.reported_by
                             OR NOT (c.confidential OR c.source = ANY ({UNNAMED}))
                             OR c.reported_by = (SELECT auth.me())
                             OR (c.confidential AND c.parties && (SELECT auth.my_parties())::integer[])
                             OR (SELECT auth.all_as('district_supervisor', 'dispatcher', 'checker'))
                             OR c.community = ANY ((SELECT auth.communities_as(
                                  'street_supervisor', 'dispatcher', 'checker', 'community_officer'))::text[]))))
          WITH CHECK ((SELECT auth.signed_in()));
        GRANT SELECT, INSERT, DELETE ON cases.voices TO "{service}";
    """)


def downgrade() -> None:
    op.execute("DROP TABLE cases.voices")
