"""Alembic's environment: the owner's connection, handed in by `app.db.migrate`.

`config.attributes` holds `connection` (the owner's), `service_role` (who is granted) and
`metric_srid` (used once, when the database is made).
"""

from __future__ import annotations

from alembic import context

from app.db.base import Base

if context.is_offline_mode():
    raise SystemExit("Gridward migrates a live database only: gridward db upgrade")

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table_schema="db",
    include_schemas=True,
)
with context.begin_transaction():
    context.run_migrations()
