from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

from studio.report.html_report import CONTENT_SECURITY_POLICY
from tests.integration.studio.report.test_pictures import a_pictured_report
from tests.web.chromium import launch_chromium


def test_a_browser_shows_style_and_picture_under_the_strict_policy(tmp_path: Path) -> None:
    path = a_pictured_report().write(tmp_path / "sales.html")
    said: list[str] = []
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        page = browser.new_page()
        page.on("console", lambda message: said.append(message.text))
        headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Content-Type": "text/html"}
        page.route("http://127.0.0.1/**", lambda route: route.fulfill(body=path.read_text(), headers=headers))
        page.goto("http://127.0.0.1/sales.html")
        drawn = page.locator("img").evaluate("image => image.complete && image.naturalWidth")
        aligned = page.locator("td.number").first.evaluate("cell => getComputedStyle(cell).textAlign")
        browser.close()
    assert drawn > 0
    assert aligned == "right"
    assert [text for text in said if "Content Security Policy" in text] == []
