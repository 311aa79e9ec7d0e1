"""Serves the app in several processes on one socket, until it is told to stop."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from app.core.errors import GridwardError
from app.web.certificates import Authority

if TYPE_CHECKING:
    from pathlib import Path

LAST_ANSWERS_S = 30  # how long Ctrl-C waits for answers that are under way: as long as a query may take
RENEWAL_LOOKED_AT_S = 3600.0


@dataclass(frozen=True, slots=True)
class Https:
    """Serve HTTPS: the folder of the deployment's own authority, and the names that the certificate is for."""

    folder: Path
    names: tuple[str, ...]


class OneEach(socket.socket):
    """A bound socket; a process that it's sent to gets one of its own on the same address.

    Of a socket that several processes share, whichever wakes first takes what a burst brings: of 8 connections, one process
    of two had 6 to 8. Between sockets of their own, Linux divides connections by chance (SO_REUSEPORT).
    """

    @classmethod
    def bound(cls, family: int, address: Any) -> OneEach:
        """Return one bound to an address, beside others of this user's; its answers are sent at once."""
        # named TCP, or asyncio leaves Nagle's algorithm on: a body would wait 40 ms for its head's acknowledgement
        one = cls(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        one.bind(address)
        return one

    def __reduce__(self) -> tuple[Any, ...]:  # how multiprocessing sends it
        return OneEach.bound, (int(self.family), self.getsockname())


class _Listening(uvicorn.Config):
    https: Https | None = None

    def bind_socket(self) -> socket.socket:
        """Bind what each worker gets a socket of its own from, if nobody else has the address."""
        with super().bind_socket() as alone:
            return OneEach.bound(alone.family, alone.getsockname())

    def load(self) -> None:
        """Keep the certificate fresh in each process, without a new start."""
        super().load()
        if self.https is not None and self.ssl is not None:
            self.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
            threading.Thread(target=keep_fresh, args=(self.https, self.ssl), daemon=True).start()


def keep_fresh(https: Https, context: ssl.SSLContext, every_s: float = RENEWAL_LOOKED_AT_S) -> None:
    """Renew the server's certificate when it is due, and have new connections use it."""
    while True:
        time.sleep(every_s)
        with suppress(GridwardError, OSError):  # the one that holds goes on; the next time will do
            renew(https, context)


def renew(https: Https, context: ssl.SSLContext) -> None:
    """Have new connections use the certificate that holds; it is issued anew where it is due."""
    served = Authority(https.folder).served(https.names)
    context.load_cert_chain(served.certificate, served.key)


def run(factory: str, host: str, port: int, workers: int, https: Https | None = None) -> None:
    """Serve what a factory (`module:function`) makes, in the foreground."""
    served = Authority(https.folder).served(https.names) if https else None
    config = _Listening(
        factory,
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_level="warning",
        access_log=False,  # addresses hold recorders' secrets (the OsmAnd protocol) and what people search for
        server_header=False,
        timeout_graceful_shutdown=LAST_ANSWERS_S,
        ssl_certfile=served.certificate if served else None,
        ssl_keyfile=served.key if served else None,
    )
    config.https = https
    if workers > 1:
        Multiprocess(config, sockets=[config.bind_socket()]).run()
    else:
        uvicorn.Server(config).run()
