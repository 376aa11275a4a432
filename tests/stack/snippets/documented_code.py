"""The snippets of docs/connect as they stand there, and what a shop's owner changes in them."""

from __future__ import annotations

import re

from tools.once import ROOT

PAGES = ROOT / "docs" / "connect"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def snippets(page: str, language: str) -> list[str]:
    """Every block of a language on a page of docs/connect, in order. Raises LookupError if there is none."""
    found = [code for name, code in _BLOCK.findall((PAGES / f"{page}.md").read_text()) if name == language]
    if not found:
        raise LookupError(f"docs/connect/{page}.md has no {language}")
    return found


def at_gateway(code: str, gateway: str) -> str:
    """The snippet with the gateway's address in it, as its page asks for."""
    assert "https://HOST" in code
    return code.replace("https://HOST", gateway)
