"""Range (RFC 9110, section 14.2): one part, all, or what can't be had."""

from __future__ import annotations

import pytest

from app.web.ranges import part

CONTENT = bytes(range(100))


@pytest.mark.parametrize(
    ("asked", "status", "body", "told"),
    [
        (None, 200, CONTENT, None),
        ("bytes=0-", 206, CONTENT, "bytes 0-99/100"),
        ("bytes=10-19", 206, CONTENT[10:20], "bytes 10-19/100"),
        ("bytes=90-400", 206, CONTENT[90:], "bytes 90-99/100"),
        ("bytes=-5", 206, CONTENT[95:], "bytes 95-99/100"),
        ("bytes=-500", 206, CONTENT, "bytes 0-99/100"),
        ("bytes=100-", 416, b"", "bytes */100"),
        ("bytes=-0", 416, b"", "bytes */100"),
        ("bytes=9-3", 416, b"", "bytes */100"),
        ("bytes=-", 200, CONTENT, None),
        ("bytes=0-1,5-9", 200, CONTENT, None),
        ("lines=1-2", 200, CONTENT, None),
    ],
)
def test_part(asked: str | None, status: int, body: bytes, told: str | None) -> None:
    answer = part(asked, CONTENT, "audio/mpeg", {"X": "y"})
    assert (answer.status_code, answer.body, answer.headers.get("content-range")) == (status, body, told)
    assert (answer.headers["accept-ranges"], answer.headers["x"]) == ("bytes", "y")
