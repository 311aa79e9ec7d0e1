"""Routers that are asked only for addresses that begin as their own do: finding its route is a tenth of a short request."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.routing import Match
from starlette.types import Scope


class Branch(APIRouter):
    """A router of one prefix, or of several beginnings; an address that begins otherwise is not compared with each route."""

    def __init__(self, *, prefix: str = "", begins: tuple[str, ...] = (), **more: Any) -> None:
        super().__init__(prefix=prefix, **more)
        self.begins = begins or (prefix,)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match a request, as any router does."""
        path: str = scope["path"]
        below = path.removeprefix(scope.get("root_path", ""))  # where a proxy serves Gridward under a path
        if path.startswith(self.begins) or below.startswith(self.begins):
            return super().matches(scope)
        return Match.NONE, {}
