"""Examples of the API in a document: commands with the answer that they show, read and sent as they stand.

A command is a line that begins with one of the names given (`ask`, `phone`), as curl's without its host; the `json` block
after it shows part of the answer. Values that change from town to town are $NAMES.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field
from string import Template
from typing import Any

BLOCK = re.compile(r"^```(sh|json)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Example:
    """A request as written, and what of its answer is shown (None: nothing)."""

    who: str
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    shown: Any = None

    def filled(self, values: dict[str, str]) -> Example:
        """Return it with the $NAMES replaced; one without a value is an error."""
        body = None if self.body is None else Template(self.body).substitute(values)
        headers = {name: Template(said).substitute(values) for name, said in self.headers.items()}
        return Example(
            self.who, self.method, Template(self.path).substitute(values), headers, body, self.shown
        )


def examples(text: str, names: tuple[str, ...]) -> list[Example]:
    """Return a document's examples in order."""
    found: list[Example] = []
    for kind, inside in BLOCK.findall(text):
        if kind == "json":
            last = found.pop()
            found.append(
                Example(last.who, last.method, last.path, last.headers, last.body, json.loads(inside))
            )
            continue
        lines = inside.replace("\\\n", " ").splitlines()
        found += [_example(line) for line in lines if line.split(" ", 1)[0] in names]
    return found


def _example(line: str) -> Example:
    who, *words = shlex.split(line, comments=True)
    said = iter(words)
    method, path, body, headers = "GET", "", None, {}
    for word in said:
        if word == "-X":
            method = next(said)
        elif word == "-H":
            name, _, value = next(said).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(said)
            method = "POST" if method == "GET" else method
        else:
            path = word
    return Example(who, method, path, headers, body)


def missing(shown: Any, answered: Any, at: str = "") -> list[str]:
    """Return where an answer lacks what is shown, or is of another kind there; values may differ."""
    if isinstance(shown, dict):
        if not isinstance(answered, dict):
            return [f"{at} is no object"]
        lost = [f"{at}.{name}" for name in shown if name not in answered]
        return lost + [
            one
            for name in shown
            if name in answered
            for one in missing(shown[name], answered[name], f"{at}.{name}")
        ]
    if isinstance(shown, list):
        if not isinstance(answered, list):
            return [f"{at} is no list"]
        firsts = zip(shown[:1], answered[:1] or [None], strict=False)
        return [one for said, got in firsts for one in missing(said, got, f"{at}[0]")]
    alike = answered is None or isinstance(shown, str) == isinstance(answered, str)
    return [] if alike else [f"{at} is {answered!r}"]
