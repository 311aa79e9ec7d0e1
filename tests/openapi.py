"""What the OpenAPI document says of operations, for tests that ask all of them: their fields, examples, and nonsense."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from sqlalchemy import create_engine

from app.core.settings import Settings
from app.main import create_app

Json = dict[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")


def app_without_database() -> FastAPI:
    """Return the app; it is asked for its document only, so nobody connects."""
    return create_app(create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none"), Settings())


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path, with the document's named shapes."""

    method: str
    path: str
    said: Json
    shapes: Json = field(repr=False)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def parameters(self, where: str) -> dict[str, Json]:
        """Return the parameters of a place (path, query, header) by name: what is said of each."""
        return {said["name"]: said for said in self.said.get("parameters", ()) if said["in"] == where}

    def body(self, kind: str) -> Json | None:
        """Return the shape of a body of this content type, None if it takes none."""
        content = self.said.get("requestBody", {}).get("content", {})
        return self.resolved(content[kind]["schema"]) if kind in content else None

    def resolved(self, shape: Json) -> Json:
        """Return a shape itself where it is only named; of several, the first that isn't null."""
        while True:
            if "$ref" in shape:
                shape = self.shapes[shape["$ref"].rsplit("/", 1)[1]]
            elif several := [one for one in shape.get("anyOf", ()) if one.get("type") != "null"]:
                shape = {**shape, **several[0]}
                shape.pop("anyOf")
            else:
                return shape

    def fields(
        self, shape: Json, at: tuple[str | int, ...] = ()
    ) -> Iterator[tuple[tuple[str | int, ...], Json]]:
        """Walk over all fields of a body, those of objects and of lists within it, too."""
        shape = self.resolved(shape)
        for name, inner in shape.get("properties", {}).items():
            found = self.resolved(inner)
            yield (*at, name), found
            yield from self.fields(found, (*at, name))
        if "items" in shape:
            yield (*at, 0), self.resolved(shape["items"])
            yield from self.fields(shape["items"], (*at, 0))

    def example(self, shape: Json) -> Any:
        """Return what the shape shows as its example, else something of its type."""
        shape = self.resolved(shape)
        shown = shape.get("examples") or [shape[k] for k in ("example", "default", "const") if k in shape]
        if shown:
            return copy.deepcopy(shown[0])
        if "enum" in shape:
            return shape["enum"][0]
        kind = shape.get("type")
        if kind == "object":
            needed = shape.get("required", ())
            return {n: self.example(s) for n, s in shape.get("properties", {}).items() if n in needed}
        if kind == "array":
            return [self.example(shape["items"])] if shape.get("items") else []
        if kind == "string" and shape.get("format") in ("date-time", "date"):
            return "2026-01-05T08:30:00+08:00" if shape["format"] == "date-time" else "2026-01-05"
        plain = {"string": "示意" * max(1, shape.get("minLength", 1)), "boolean": True, "null": None}
        return plain.get(str(kind), shape.get("minimum", 1))

    def shows_an_example(self, said: Any, seen: frozenset[str] = frozenset()) -> bool:
        """Say whether an example stands in this part of the document, or in a shape that it names."""
        if isinstance(said, list):
            return any(self.shows_an_example(one, seen) for one in said)
        if not isinstance(said, dict):
            return False
        if "example" in said or "examples" in said:
            return True
        name = str(said.get("$ref", "")).rsplit("/", 1)[-1]
        if name and name not in seen and self.shows_an_example(self.shapes.get(name), seen | {name}):
            return True
        return any(self.shows_an_example(one, seen) for one in said.values())


def operations(document: Json) -> list[Operation]:
    """Return every operation of a document."""
    shapes = document["components"]["schemas"]
    return [
        Operation(method.upper(), path, said, shapes)
        for path, methods in document["paths"].items()
        for method, said in methods.items()
        if method in METHODS
    ]


def put_in(body: Any, at: tuple[str | int, ...], value: Any) -> Any:
    """Return a body with another value at a place, which is made where it isn't there."""
    if not at:
        return value
    first, *rest = at
    if isinstance(first, int):
        return [put_in(body[0] if isinstance(body, list) and body else {}, tuple(rest), value)]
    inside = body if isinstance(body, dict) else {}
    return {**inside, first: put_in(inside.get(first), tuple(rest), value)}


def is_text(shape: Json) -> bool:
    """Say whether a field is free text, in which only its length and letters can be wrong."""
    return shape.get("type") == "string" and not re.search("date|time", str(shape.get("format", "")))
