"""The console: its API and its built pages under /admin."""

from __future__ import annotations

import re
from pathlib import Path

from aiohttp import web

from common.errors import NotFound, StartError
from gateway.admin.route_table import ADMIN_ENDPOINTS


def add_console(app: web.Application, folder: Path) -> None:
    """Serve the API and the built pages. Raises StartError if the pages are not built."""
    for endpoint in ADMIN_ENDPOINTS:
        # Not allow_head: a HEAD would do all the work of a GET for nothing. aiohttp's own {name} takes no braces, which
        # a tag may have.
        path = re.sub(r"{(\w+)}", r"{\1:[^/]+}", endpoint.path)
        app.router.add_route(endpoint.method, path, endpoint.answer)
    app.router.add_route("*", "/admin/api/{rest:.*}", _nothing)
    index = folder / "index.html"
    if not index.is_file():
        raise StartError(f"The gateway cannot start: {folder} has no index.html. `make setup` builds the console.")

    async def page(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(index)

    if (folder / "assets").is_dir():
        app.router.add_static("/admin/assets", folder / "assets")
    app.router.add_get("/admin", page)
    # The pages' own addresses: the script decides which of them is shown.
    app.router.add_get("/admin/{rest:.*}", page)


async def _nothing(_request: web.Request) -> web.StreamResponse:
    raise NotFound("not_found", "There is nothing here.")
