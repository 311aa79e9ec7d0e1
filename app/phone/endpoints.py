"""The phone page, its service worker, its manifest, its files; nothing here is a secret, so nobody is asked who they are."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Path, Response
from fastapi.responses import JSONResponse, RedirectResponse

from app.core.errors import NotFound
from app.phone.shell import SCOPE, TYPES, shell

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
ALLOWED = "geolocation=(self), camera=(self), screen-wake-lock=(self), microphone=(self)"
FOREVER = "public, max-age=31536000, immutable"

router = APIRouter(include_in_schema=False)


@router.get("/phone")
def without_slash() -> Response:
    """Send on to the page: what its service worker may keep begins with the slash."""
    return RedirectResponse(SCOPE, 308)


@router.get("/phone/")
def page() -> Response:
    """Return the page's frame; who is signed in and everything else comes by script, each asked for with its right."""
    headers = {
        "Content-Security-Policy": POLICY,
        "Permissions-Policy": ALLOWED,
        "Cache-Control": "no-cache",
        "Referrer-Policy": "same-origin",  # without one the form for signing out would be refused
    }
    return Response(shell().page, media_type="text/html; charset=utf-8", headers=headers)


@router.get("/phone/sw.js")
def worker() -> Response:
    """Return the service worker: asked for anew each time, for with it a new version comes."""
    headers = {
        "Service-Worker-Allowed": SCOPE,
        "Content-Security-Policy": POLICY,
        "Cache-Control": "no-cache",
    }
    return Response(shell().worker, media_type=TYPES[".js"], headers=headers)


@router.get("/phone/manifest.webmanifest")
def manifest() -> Response:
    """Return what a phone needs to put the page among its apps."""
    return JSONResponse(
        _manifest(), media_type="application/manifest+json", headers={"Cache-Control": "no-cache"}
    )


@router.get("/phone/{mark}/{name:path}")
def file(mark: Annotated[str, Path(max_length=40)], name: Annotated[str, Path(max_length=100)]) -> Response:
    """Return a file of the version that is served; one of another version isn't there, rather than another one's."""
    kept = shell()
    content = kept.files.get(name) if mark == kept.mark else None
    if content is None:
        raise NotFound
    kind = TYPES[PurePosixPath(name).suffix]
    return Response(content, media_type=kind, headers={"Cache-Control": FOREVER})


def _manifest() -> dict[str, Any]:
    icons = [
        {"src": f"{SCOPE}{shell().mark}/icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in (192, 512)
        for purpose in ("any", "maskable")
    ]  # fmt: skip
    return {
        "id": SCOPE, "start_url": SCOPE, "scope": SCOPE, "name": "巡查 Gridward", "short_name": "巡查", "lang": "zh-CN",
        "description": "责任区巡查，无网络也能用", "display": "standalone", "orientation": "portrait",
        "background_color": "#ffffff", "theme_color": "#0b3d91", "icons": icons,
    }  # fmt: skip


def install(app: FastAPI) -> None:
    """Give `app` the page."""
    app.include_router(router)
