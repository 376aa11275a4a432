"""A real gateway that a test can stop and start again on the same log."""

from __future__ import annotations

from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from gateway.app import create_app
from gateway.settings import Settings
from tests.integration.gateway.widget_client import Widget

TOKEN_SECRET = "token-secret-of-the-tests-0123456789abc"
ADMIN_TOKEN = "admin-token-of-the-tests-0123456789abcd"


class Gateway:
    """A gateway that a test can stop and start again on the same log."""

    def __init__(self, settings: Settings, http: aiohttp.ClientSession) -> None:
        self.settings = settings
        self.http = http
        self.server: TestServer | None = None
        self._app: web.Application | None = None

    @property
    def app(self) -> web.Application:
        """The application that runs, or ran last."""
        assert self._app is not None
        return self._app

    async def start(self) -> None:
        self._app = create_app(self.settings)
        self.server = TestServer(self._app)
        await self.server.start_server()

    async def stop(self) -> None:
        if self.server is not None:
            await self.server.close()
            self.server = None

    def url(self, path: str) -> str:
        assert self.server is not None
        return str(self.server.make_url(path))

    async def token(self, household_id: str | None = "1228") -> str:
        async with self.http.post(self.url("/api/session"), json={"household_id": household_id}) as response:
            assert response.status == 200, await response.text()
            token: str = (await response.json())["token"]
            return token

    async def conversation(self, conversation_id: str) -> dict[str, Any]:
        """What an admin sees of it."""
        headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
        path = f"/admin/api/conversations/{conversation_id}"
        async with self.http.get(self.url(path), headers=headers) as response:
            assert response.status == 200, await response.text()
            shown: dict[str, Any] = await response.json()
            return shown

    async def widget(self) -> Widget:
        return Widget(await self.http.ws_connect(self.url("/ws")))

    async def chat(self, household_id: str | None = "1228") -> tuple[Widget, dict[str, Any]]:
        widget = await self.widget()
        return widget, await widget.hello(await self.token(household_id))
