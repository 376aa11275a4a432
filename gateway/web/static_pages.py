"""The built web page and the headers that keep it safe."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from common.errors import StartError
from gateway import keys

# Everything from this origin, the WebSocket too; no inline script or style, and nobody may frame the page.
_PICTURES = "img-src 'self' data:"
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        _PICTURES,
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
# Names of files under /assets carry a hash of their content, so one is never stale; all others are asked for again.
FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
NEVER_STORED = "no-store"


def check_web_build(folder: Path) -> None:
    """Raises StartError if there is no built page in the folder."""
    missing = [name for name in ("index.html", "widget.js", "panel.js") if not (folder / name).is_file()]
    if missing:
        raise StartError(
            f"The gateway cannot start: {folder} has no {' and no '.join(missing)}. `make setup` builds the web page."
        )


def add_pages(app: web.Application, folder: Path) -> None:
    """Serve the files of the folder: index.html at /, the others by name, and those under /assets."""
    for file in sorted(folder.iterdir()):
        if file.is_file():
            app.router.add_get("/" if file.name == "index.html" else f"/{file.name}", _serve_file(file))
    if (folder / "assets").is_dir():
        app.router.add_static("/assets", folder / "assets")


def _serve_file(file: Path) -> Handler:
    async def serve(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(file)

    return serve


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers to a response before it is sent."""
    response.headers.update(SECURITY_HEADERS)
    pictures = request.app[keys.SETTINGS].picture_hosts.strip()
    if pictures:
        allowed = CONTENT_SECURITY_POLICY.replace(_PICTURES, f"{_PICTURES} {pictures}")
        response.headers["Content-Security-Policy"] = allowed
    if request.path.startswith(("/api/", "/admin/api/")):
        cache = NEVER_STORED
    elif request.path.startswith(("/assets/", "/admin/assets/")) and response.status in {200, 206, 304}:
        cache = FOREVER
    else:
        cache = ASK_AGAIN
    response.headers.setdefault("Cache-Control", cache)
    if request.path.startswith(("/widget.js", "/panel", "/assets/")):
        # A shop's page on another origin loads the widget from here.
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers["Access-Control-Allow-Origin"] = "*"
