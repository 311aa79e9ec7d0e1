"""`gridward serve`: the web server."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.common import err, settings
from app.core.errors import NotReady
from app.core.settings import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.core.settings import Settings
    from app.web import certificates, serving

EVERYWHERE = "0.0.0.0"  # noqa: S104  # phones come from the network
EVERY = (EVERYWHERE, "::")
FACTORY = "app.main:from_environment"


class PortTaken(NotReady):
    """Gridward can't listen there."""

    zh = "端口已被占用或不可用。"


def serve(
    host: Annotated[
        str | None,
        typer.Option(
            help="Address to listen on; others than loopback also want GRIDWARD_HOSTS. Default: 127.0.0.1, "
            "with --https every address of this machine."
        ),
    ] = None,
    port: Annotated[int, typer.Option(envvar="PORT", help="Port to listen on.", min=1, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(help="Server processes.", min=1)] = 2,
    *,
    https: Annotated[
        bool,
        typer.Option(
            "--https",
            help="Serve HTTPS on the local network, with a certificate authority of its own: for phones.",
        ),
    ] = False,
    ca_port: Annotated[
        int | None,
        typer.Option(
            help="With --https: where phones get the authority's certificate, over plain HTTP; default: the next port.",
            min=1,
            max=65535,
        ),
    ] = None,
) -> None:
    """Serve the pages and the API in the foreground, until Ctrl-C."""
    from app.db.databases import Databases
    from app.web import serving

    chosen = settings()
    Databases.open(chosen).service.dispose()  # says what is wrong once, here, and not in every worker
    listened = host or (EVERYWHERE if https else "127.0.0.1")
    _check_free(listened, port)
    names = chosen.hosts if listened in (*LOOPBACK, *EVERY) else (*chosen.hosts, listened)
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")  # the server computes serially (design section 1)
    secured = _secured(chosen, names, listened, port, ca_port or port + 1) if https else None
    allowed = secured.names if secured else ()
    os.environ["GRIDWARD_HOSTS"] = ",".join(dict.fromkeys((*names, *allowed)))
    threading.Thread(target=_announce, args=(listened, port, secured), daemon=True).start()
    serving.run(FACTORY, listened, port, workers, secured.https if secured else None)


@dataclass(frozen=True, slots=True)
class _Secured:
    """HTTPS as it is served: where, for which names, and what phones and people are to be told."""

    https: serving.Https
    names: tuple[str, ...]
    authority: certificates.Authority
    page: str


def _secured(chosen: Settings, hosts: Sequence[str], listened: str, port: int, ca_port: int) -> _Secured:
    """Make the authority where there is none, certify this machine's names, and serve the page for phones."""
    from app.db.cluster import Cluster
    from app.web import certificates, serving, trusting

    home = Cluster.of(chosen, "run").home
    folder = home.with_name(home.name.removesuffix("run") + "https")
    asked = tuple(dict.fromkeys((*certificates.local_names(), *(name for name in hosts if "*" not in name))))
    authority = certificates.Authority(folder, asked)
    served = authority.served(asked)
    for name in served.left_out:
        err.print(
            f"gridward: The authority in {folder} may not certify {name}: remove the folder to have one made that may; "
            "phones must then be told to trust it.",
            markup=False,
        )
    _check_free(listened, ca_port)
    trusting.serve(authority, listened, ca_port, served.names, port)
    page = f"http://{served.names[0]}:{ca_port}/"
    return _Secured(serving.Https(folder, served.names), served.names, authority, page)


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(
                f"{host}:{port}: {error.strerror}.",
                remedy=f"Choose another port: make run PORT={port + 1} (or gridward serve --port {port + 1}).",
            ) from error


def _announce(host: str, port: int, secured: _Secured | None) -> None:
    """Say where to look, once, when the first page has answered."""
    reached = "127.0.0.1" if host in EVERY else host
    while True:
        connection = _connection(reached, port, secured)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            address = f"https://{secured.names[0]}:{port}/" if secured else f"http://{host}:{port}/"
            print(f"Gridward is ready: {address}  (Ctrl-C stops it)", flush=True, file=sys.stdout)
            if secured:
                _tell_phones(secured)
            return
        finally:
            connection.close()


def _connection(host: str, port: int, secured: _Secured | None) -> http.client.HTTPConnection:
    if secured is None:
        return http.client.HTTPConnection(host, port, timeout=30)
    trusted = ssl.create_default_context(cafile=secured.authority.certificate_file)
    return http.client.HTTPSConnection(host, port, timeout=30, context=trusted)


def _tell_phones(secured: _Secured) -> None:
    """Say how phones come to trust this server: an address, also as a QR code, and the fingerprint to compare."""
    import segno

    print(f"手机首次使用，先扫码安装证书 On a phone, first trust the certificate: {secured.page}")
    segno.make(secured.page).terminal(out=sys.stdout, compact=True)
    print(f"SHA-256 {secured.authority.fingerprint}", flush=True)
