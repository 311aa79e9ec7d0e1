"""Serves the app in several processes on one socket, until it is told to stop."""

from __future__ import annotations

import socket

import uvicorn
from uvicorn.supervisors import Multiprocess

LAST_ANSWERS_S = 30  # how long Ctrl-C waits for answers that are under way: as long as a query may take


class _Listening(uvicorn.Config):
    def bind_socket(self) -> socket.socket:
        """Have answers sent at once.

        uvicorn makes the socket of several workers without a protocol number, so asyncio doesn't know it for TCP and
        leaves Nagle's algorithm on: the body waits for the client's acknowledgement of the head, which delays it 40 ms.
        """
        bound = super().bind_socket()
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # what it accepts inherits it
        return bound


def run(factory: str, host: str, port: int, workers: int) -> None:
    """Serve what a factory (`module:function`) makes, in the foreground."""
    config = _Listening(
        factory,
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=LAST_ANSWERS_S,
    )
    if workers > 1:
        Multiprocess(config, sockets=[config.bind_socket()]).run()
    else:
        uvicorn.Server(config).run()
