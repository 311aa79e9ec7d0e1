"""Dependencies of endpoints: a transaction as whoever is asking, and who that is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from pydantic_core import to_jsonable_python
from sqlalchemy import Connection
from starlette.responses import Response

from app.auth import proofs, repository
from app.auth.principal import Principal
from app.core.errors import Conflict, NotSignedIn
from app.web import guard
from app.web.deps import Seat, in_a_thread, seated

COOKIE = guard.COOKIE
keep = repository.keep
T = TypeVar("T")


def secret_of(request: Request) -> tuple[str, bytes]:
    """Return what a request shows of itself: its kind (session, token or nothing) and the secret's SHA-256."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return "token", proofs.digest(token.strip())
    cookie = request.cookies.get(COOKIE)
    if cookie:
        return "session", proofs.digest(cookie)
    return "", b""


def source_of(request: Request) -> str:
    """Return where a request comes from, for slowing down failed sign-ins."""
    return request.client.host if request.client else "unknown"


def keep_session(request: Request, answer: Response, secret: str) -> None:
    """Give a browser the secret of its new session: out of reach of scripts and of other sites' requests to change."""
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, secret, httponly=True, samesite="lax", path="/", secure=secure)


def forget_session(answer: Response) -> None:
    """Have a browser forget its session."""
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")


# for the OpenAPI document; what they show is judged by the database
_Shown = Annotated[
    object, Security(HTTPBearer(scheme_name="token", auto_error=False, description="A machine's token."))
]
_Kept = Annotated[
    object,
    Security(
        APIKeyCookie(
            name=COOKIE, scheme_name="session", auto_error=False, description="From POST /api/auth/sign-in."
        )
    ),
]


def _transaction(request: Request, _seat: Seat, _shown: _Shown, _kept: _Kept) -> Iterator[Connection]:
    with request.app.state.engine.begin() as connection:
        request.state.principal = repository.begin(connection, *secret_of(request))
        yield connection


Transaction = Annotated[Connection, Depends(_transaction, scope="function")]
"""A transaction as whoever is asking, committed before the answer is sent, rolled back on an error."""


# async, for they wait for nothing: a thread would cost more than they do
async def _asking(request: Request, _connection: Transaction) -> Principal:
    return _known(request, request.state.principal)


def _known(request: Request, found: Principal) -> Principal:
    """Refuse whoever shows a token that is nobody's: who is sure to be somebody must not pass for the public."""
    if request.headers.get("authorization") and not found.signed_in:
        raise NotSignedIn("The token is unknown, has expired or was revoked.", remedy="Ask for a new one.")
    return found


async def _signed_in(asking: Annotated[Principal, Depends(_asking)]) -> Principal:
    if not asking.signed_in:
        raise NotSignedIn(remedy="Sign in, or send a token.")
    return asking


Asking = Annotated[Principal, Depends(_asking)]
"""Who is asking, the public included."""
Me = Annotated[Principal, Depends(_signed_in)]
"""Who is asking; refuses the public with 401."""


class _Turn:
    """One short piece of work in a transaction of whoever is asking: seat, thread and connection are taken once.

    A `Transaction` goes to a thread to begin, to work and to commit, each time through the loop that all requests
    share: for a route that is asked hundreds of times a second that costs more than its work. Short turns wait in a
    line of their own, so that none waits for a long report.
    """

    def __init__(self, request: Request) -> None:
        self.request = request

    async def __call__(self, work: Callable[[Connection, Principal], T]) -> T:
        """Return what `work` returns, after the commit; an error rolls everything back.

        Raises:
            NotSignedIn: The token shown is nobody's.
        """
        async with seated(self.request.app.state.turns):
            return await in_a_thread(partial(self._worked, work))

    async def once(
        self, key: str | None, sent: bytes, make: Callable[[Connection, Principal], Response]
    ) -> Response:
        """Make something once per Idempotency-Key, as `once` does; `make` keeps what it answers itself (`keep`).

        Args:
            key: None: made without asking.
            sent: What was asked; another one with the same key is refused.
            make: Makes it and answers.

        Raises:
            KeyReused: The key came with another request before.
            NotSignedIn: The token shown is nobody's.
        """
        if key is None:
            return await self(make)
        async with seated(self.request.app.state.turns):
            return await in_a_thread(partial(self._made, key, hashlib.sha256(sent).digest(), make))

    def _worked(self, work: Callable[[Connection, Principal], T]) -> T:
        with self.request.app.state.engine.begin() as connection:
            asking = repository.begin(connection, *secret_of(self.request))
            return work(connection, _known(self.request, asking))

    def _made(
        self, key: str, fingerprint: bytes, make: Callable[[Connection, Principal], Response]
    ) -> Response:
        with self.request.app.state.engine.begin() as connection:
            secret = secret_of(self.request)
            asking, answered = repository.begin_once(connection, *secret, key, fingerprint)
            _known(self.request, asking)
            return make(connection, asking) if answered.claimed else _again(key, answered)


async def _turn(request: Request, _shown: _Shown, _kept: _Kept) -> _Turn:
    return _Turn(request)


Turn = Annotated[_Turn, Depends(_turn)]
"""For routes that are hot: `await turn(work)` in place of `Transaction` and `Asking`."""


class KeyReused(Conflict):
    """This Idempotency-Key was used for another request; nothing was changed."""

    zh = "该幂等键已用于另一请求，未作任何更改。"


OnceKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="A fresh key of your own for each thing to make (a UUID): the same request sent again, for want of an "
        "answer, makes nothing new and gets the same answer, for a day.",
    ),
]


def once(
    connection: Connection,
    asking: Principal,
    key: str | None,
    sent: Any,
    make: Callable[[], tuple[int, Any, dict[str, str]]],
    *,
    unkept: Collection[str] = (),
) -> Response:
    """Make something once per Idempotency-Key.

    Args:
        connection: In the request's transaction; a second request with the key waits for the first one's end.
        asking: Keys are an account's own; everyone without account shares one set of keys.
        key: None: made without asking.
        sent: The request's body and whatever else says what was asked; another one with the same key is refused.
        make: Makes it and returns status, answer (anything JSON) and headers.
        unkept: Fields of the answer that are secret: told once, null when the answer is given again.

    Raises:
        KeyReused: The key came with another request before.
    """
    if key is None:
        return _answered(*make())
    said = json.dumps([asking.key, sent], sort_keys=True, ensure_ascii=False, default=to_jsonable_python)
    fingerprint = hashlib.sha256(said.encode("utf-8", "replace")).digest()
    known = repository.claim(connection, key, fingerprint)
    if not known.claimed:
        return _again(key, known)
    status, body, headers = make()
    document = to_jsonable_python(body)
    content = json.dumps(document, ensure_ascii=False)
    kept = json.dumps({**document, **dict.fromkeys(unkept)}) if unkept else content
    repository.keep(connection, key, status, headers, kept)
    return _response(status, content, headers)


def _again(key: str, known: repository.Answered) -> Response:
    if not known.same:
        raise KeyReused(f"Key {key}.", remedy="Make a new key for each new request.")
    return _answered(known.status, known.body, {**known.headers, "Idempotent-Replay": "true"})


def _answered(status: int, body: Any, headers: dict[str, str]) -> Response:
    return _response(status, json.dumps(to_jsonable_python(body), ensure_ascii=False), headers)


def _response(status: int, content: str, headers: dict[str, str]) -> Response:
    return Response(content.encode("utf-8", "replace"), status, headers, media_type="application/json")
