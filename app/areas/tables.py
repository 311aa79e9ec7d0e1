"""Editions, areas and cells as tables; made by migration 0002, described here for queries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import ForeignKey, Identity, Text
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base

SCHEMA = {"schema": "areas"}


class EditionRow(Base):
    """One state of all boundaries."""

    __tablename__ = "editions"
    __table_args__ = SCHEMA

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    validity: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    published_at: Mapped[datetime | None]
    synthetic: Mapped[bool]
    source: Mapped[str] = mapped_column(Text)
    licence: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]


class AreaRow(Base):
    """One area of an edition; neighbours of the district, too."""

    __tablename__ = "areas"
    __table_args__ = SCHEMA

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("areas.editions.id"))
    level: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    parent_code: Mapped[str | None] = mapped_column(Text)
    synthetic: Mapped[bool]
    validity: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    geom: Mapped[Any] = mapped_column(Geometry("MULTIPOLYGON", spatial_index=False))


class CellRow(Base):
    """One unit-grid cell of an edition."""

    __tablename__ = "cells"
    __table_args__ = SCHEMA

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("areas.editions.id"))
    number: Mapped[int]
    code: Mapped[str] = mapped_column(Text)
    parent_level: Mapped[str] = mapped_column(Text)
    parent_code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    square_row: Mapped[int | None]
    square_column: Mapped[int | None]
    square_size: Mapped[int | None]
    area_m2: Mapped[float]
    validity: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    geom: Mapped[Any] = mapped_column(Geometry("MULTIPOLYGON", spatial_index=False))


class LoadRow(Base):
    """One file as it was loaded."""

    __tablename__ = "loads"
    __table_args__ = SCHEMA

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("areas.editions.id"))
    level: Mapped[str] = mapped_column(Text)
    file_name: Mapped[str] = mapped_column(Text)
    datum: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(Text)
    features: Mapped[int]
    repaired: Mapped[int]
    source: Mapped[str] = mapped_column(Text)
    licence: Mapped[str] = mapped_column(Text)
    loaded_by: Mapped[str] = mapped_column(Text)
    loaded_at: Mapped[datetime]
