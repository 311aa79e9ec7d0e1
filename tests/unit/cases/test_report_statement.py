"""The statement of a report stays short enough for psycopg to keep it."""

from __future__ import annotations

from psycopg._queries import MAX_CACHED_STATEMENT_LENGTH
from sqlalchemy.dialects.postgresql import psycopg

from app.cases.repository import _report_statement


def test_psycopg_reads_it_once() -> None:
    assert len(str(_report_statement().compile(dialect=psycopg.dialect()))) < MAX_CACHED_STATEMENT_LENGTH
