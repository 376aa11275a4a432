"""The browser that the tests and the pictures share: the machine's own Chromium, nothing downloaded."""

from __future__ import annotations

import shutil

from playwright.sync_api import Browser, Playwright, expect

CHROMIUM_FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# Nothing here measures speed, and the machine may be busy with other tests: Playwright's 5 s have been too few.
expect.set_options(timeout=20_000)


def launch_chromium(playwright: Playwright) -> Browser:
    """Starts Chromium without a window. Raises FileNotFoundError with what to install."""
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    executable = next((path for path in found if path), None)
    if executable is None:
        raise FileNotFoundError("there is no chromium: install the Debian package chromium, or run .ci/run")
    return playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
