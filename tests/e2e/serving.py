"""A live server for pages in a real browser, and sessions of those who open them."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from playwright.sync_api import Browser, BrowserContext

from app.auth.entrance import service as entrance
from app.core.settings import Settings
from app.db.databases import Databases
from app.db.engine import transaction
from app.main import create_app
from app.web.guard import COOKIE
from tests.accounts import account


@dataclass(frozen=True, slots=True)
class Server:
    """A live server over a database; `address` without a slash at its end."""

    address: str
    databases: Databases

    def session(self, role: str, **scope: Any) -> dict[str, str]:
        """Make an account with a role, sign it in, and return its cookie."""
        with transaction(self.databases.service, "system") as connection:
            made = account(connection, role, **scope).id
            return {COOKIE: entrance.use_link(connection, entrance.make_link(connection, made, 5))}

    def context(self, browser: Browser, cookies: dict[str, str], **options: Any) -> BrowserContext:
        """Return a fresh window of somebody who is signed in."""
        context = browser.new_context(**options)
        context.add_cookies(
            [{"name": name, "value": value, "url": self.address} for name, value in cookies.items()]
        )
        return context


@contextmanager
def serving(databases: Databases) -> Iterator[Server]:
    """Serve on a free port of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = uvicorn.Config(create_app(databases.service, Settings()), port=port, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield Server(f"http://127.0.0.1:{port}", databases)
    server.should_exit = True
    thread.join()
