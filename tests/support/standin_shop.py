"""A shop's own interface on loopback: it answers as told, fails, hangs, and remembers what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass
class Heard:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: Any
    raw: bytes


@dataclass
class StandInShop:
    """Answers are planned by `METHOD /path`; the last of a path's answers stays."""

    heard: list[Heard] = field(default_factory=list)
    answers: dict[str, list[tuple[int, Any]]] = field(default_factory=dict)
    hold: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self.server = TestServer(app, host="127.0.0.1")

    @property
    def url(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    def plan(self, route: str, *bodies: Any, status: int = 200) -> None:
        self.answers.setdefault(route, []).extend((status, body) for body in bodies or (None,))

    def forget(self) -> None:
        self.answers.clear()

    def asked_for(self, route: str) -> list[Heard]:
        return [heard for heard in self.heard if f"{heard.method} {heard.path}" == route]

    async def _answer(self, request: web.Request) -> web.Response:
        raw = await request.read()
        body = await request.json() if raw else None
        self.heard.append(Heard(request.method, request.path, dict(request.query), request.headers, body, raw))
        planned = self.answers.get(f"{request.method} {request.path}", [(404, {"message": "not planned"})])
        status, answer = planned.pop(0) if len(planned) > 1 else planned[0]
        if status == 0:
            await self.hold.wait()
        return web.json_response(answer, status=status or 200)
