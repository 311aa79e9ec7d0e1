"""Texts that clients send: what the database can't store is refused as a field's fault."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator


def storable(value: str) -> str:
    """Return a text as it is.

    Raises:
        ValueError: It holds a NUL, or half of a surrogate pair.
    """
    if "\0" in value:
        raise ValueError("a NUL character can't be stored")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("half of a surrogate pair can't be stored")
    return value


Text = Annotated[str, AfterValidator(storable)]
