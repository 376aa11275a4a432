"""An aiohttp server that reads the JSON of a decision request and answers a fixed decision: what HTTP alone costs.

python -m benchmarks.decisions.bare_server PORT REPLY.json asyncio|uvloop
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import uvloop
from aiohttp import web


def main() -> None:
    """Serve until terminated."""
    port, reply, loop = int(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()), sys.argv[3]

    async def decide(request: web.Request) -> web.Response:
        await request.json()
        return web.json_response(reply)

    async def ready(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ready"})

    app = web.Application()
    app.router.add_post("/v1/decisions", decide)
    app.router.add_get("/ready", ready)
    runs_on = uvloop.new_event_loop() if loop == "uvloop" else asyncio.new_event_loop()
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None, loop=runs_on)


if __name__ == "__main__":
    main()
