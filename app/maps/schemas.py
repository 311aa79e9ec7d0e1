"""Wire shapes of what the map page asks for."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Window(BaseModel):
    """What the map shows: its edges in WGS-84 degrees, and its zoom."""

    west: float = Field(ge=-180, le=180)
    south: float = Field(ge=-85, le=85)
    east: float = Field(ge=-180, le=180)
    north: float = Field(ge=-85, le=85)
    zoom: int = Field(ge=0, le=22)
