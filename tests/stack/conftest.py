"""The whole bot, started once for all tests here: real Rasa, real actions, real engine, trained models, real data."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import aiohttp
import pytest
import pytest_asyncio
from playwright.sync_api import Browser, sync_playwright

from tests.stack.databases import forget_decisions, trained_database
from tests.web.chromium import launch_chromium
from tools.demo_shops import TRAIL
from tools.stack import Stack, read_secrets, running
from tools.train import Training

SMALL = replace(
    TRAIL,
    source_command=(*TRAIL.source_command, "--customers", "300"),
    folder=TRAIL.folder.with_name("trail-of-300"),
)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Four processes on free ports with files of their own."""
    files = tmp_path_factory.mktemp("stack")
    trained_database(files / "engine.db")
    reports = {"PROMOBOT_REPORTS_DIR": str(files / "reports")}
    with running(Stack.on_free_ports(files, extra_environment=reports)) as started:
        yield started


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Trail & Tarn with 300 customers, trained; what was made of the same content before is taken again.

    What goes with what is left out: in four weeks so few customers buy too little for it, which the studio says.
    """
    training = Training(SMALL)
    training.engine_data()
    training.user_model()
    training.language()
    files = tmp_path_factory.mktemp("trail")
    forget_decisions(SMALL.folder / "engine.db", files / "engine.db")
    with running(Stack.on_free_ports(files, shop=SMALL)) as started:
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
