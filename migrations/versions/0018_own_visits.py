"""Visits, gaps and presences of a member are the member's own: a team's figures are read as the system, once judged."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = ("visits", "gaps", "presences")


def upgrade() -> None:
    _seen("teams.me()")


def downgrade() -> None:
    _seen("teams.my_members()")


def _seen(members: str) -> None:
    for table in TABLES:
        op.execute(
            f"ALTER POLICY {table}_seen ON patrol.{table} USING (member_id = ANY ((SELECT {members})::integer[]))"
        )
