"""The whole bot, started once for all tests here: real Rasa, real actions, real engine, trained models, real data."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
import pytest_asyncio
from playwright.sync_api import Browser, sync_playwright

from tests.stack.databases import trained_database
from tests.web.chromium import launch_chromium
from tools.stack import Stack, read_secrets, running


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Four processes on free ports with files of their own."""
    files = tmp_path_factory.mktemp("stack")
    trained_database(files / "engine.db")
    reports = {"PROMOBOT_REPORTS_DIR": str(files / "reports")}
    with running(Stack.on_free_ports(files, extra_environment=reports)) as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Once a module and not once a run: Playwright's loop runs in this thread until it ends, and no other can."""
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        yield browser
        browser.close()


@pytest_asyncio.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """An HTTP client for one test."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        yield session


@pytest.fixture
def admin_headers() -> dict[str, str]:
    """What opens the admin API."""
    token = os.environ.get("PROMOBOT_ADMIN_TOKEN") or read_secrets()["PROMOBOT_ADMIN_TOKEN"]
    return {"Authorization": f"Bearer {token}"}
