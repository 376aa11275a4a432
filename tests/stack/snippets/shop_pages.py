"""Shops on a server of their own whose pages have the snippets of docs/connect, for the shops that do not exist here.

Each knows its shopper by the cookie `shopper`, has one cart, and takes a code into it at the snippet's address.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.stack.snippets.documented_code import at_gateway, snippets
from tests.stack.snippets.liquid_theme import render_theme
from tools.once import ROOT
from tools.stack import free_port

HERE = Path(__file__).parent
NO_SUCH_CODE = "NO-SUCH-CODE"
"""A code that every shop here refuses."""
Reply = tuple[int, str, bytes | str]
"""Status, content type (or the address of a redirect), body."""


@dataclass(frozen=True)
class CartLine:
    """One line of a shop's cart."""

    variant_id: str
    quantity: int
    cents: int


@dataclass
class ShopPage:
    """A shop that is being served."""

    url: str
    code_path: str
    """Where a code is taken into the cart, with `{code}`; None where the shop does not say whether it did."""
    codes: Callable[[], list[str]]
    """The codes in the cart."""
    says_no: bool = True
    """Whether the shop's address tells that a code is refused."""


def claim_of_python() -> Callable[[str, str], str]:
    """The function of docs/connect/plain_html.md: a customer's id and the secret make a token."""
    [code] = snippets("plain_html", "python")
    made: dict[str, Any] = {}
    exec(compile(code, "plain_html.md", "exec"), made)
    token: Callable[[str, str], str] = made["token"]
    return token


@dataclass
class _PythonShop:
    """What the two shops that Python serves have in common."""

    lines: list[CartLine]
    secret: str
    gateway: str
    codes: list[str] = field(default_factory=list)

    def plain(self, path: str, shopper: str | None) -> Reply:
        if path == "/":
            [snippet] = snippets("plain_html", "html")
            token = "" if shopper is None else claim_of_python()(shopper, self.secret)
            snippet = at_gateway(snippet, self.gateway).replace('"TOKEN"', f'"{token}"')
            sample = '[{ variant_id: "tent-green", quantity: 1, unit_price_cents: 44900 }]'
            assert sample in snippet
            basket = [
                {"variant_id": line.variant_id, "quantity": line.quantity, "unit_price_cents": line.cents}
                for line in self.lines
            ]
            return 200, "text/html", _page(snippet.replace(sample, json.dumps(basket)))
        if path.startswith("/basket/code/"):
            return self._take(unquote(path.removeprefix("/basket/code/")))
        return 204, "text/plain", ""

    def shopify(self, path: str, shopper: str | None) -> Reply:
        address = urlsplit(path)
        if address.path == "/":
            return 200, "text/html", _page(at_gateway(self._theme(shopper), self.gateway))
        if address.path.startswith("/discount/"):
            self.codes.append(unquote(address.path.removeprefix("/discount/")))
            return 302, parse_qs(address.query)["redirect"][0], ""
        if address.path == "/cart/add.js":
            self.lines.append(self.lines[0])
        if address.path in {"/cart.js", "/cart/add.js"}:
            items = [
                {
                    "sku": line.variant_id,
                    "handle": "boots",
                    "variant_options": ["42"],
                    "quantity": line.quantity,
                    "final_price": line.cents,
                }
                for line in self.lines
            ]
            return 200, "application/json", json.dumps({"currency": "USD", "items": items})
        return 204, "text/plain", ""

    def _theme(self, shopper: str | None) -> str:
        items = [
            {
                "sku": line.variant_id,
                "product": {"handle": "boots"},
                "variant": {"options": ["42"]},
                "quantity": line.quantity,
                "final_price": line.cents,
            }
            for line in self.lines
        ]
        return render_theme(
            {
                "shop": {"name": "Blog & Boots"},
                "settings": {"promobot_secret": self.secret},
                "localization": {"country": {"iso_code": "US"}},
                "cart": {"currency": {"iso_code": "USD"}, "items": items},
                "customer": None if shopper is None else {"id": int(shopper)},
            }
        )

    def _take(self, code: str) -> Reply:
        if code == NO_SUCH_CODE:
            return 409, "text/plain", "There is no such code."
        self.codes.append(code)
        return 200, "text/plain", "It is in the basket."


def _page(snippet: str) -> str:
    return (
        f'<!doctype html><html lang="en"><title>Blog &amp; Boots</title><body><h1>Blog &amp; Boots</h1>{snippet}</body>'
    )


@contextmanager
def _served_by_python(shop: _PythonShop, reply: Callable[[str, str | None], Reply]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            cookie = SimpleCookie(self.headers.get("Cookie", ""))
            shopper = cookie["shopper"].value if "shopper" in cookie else None
            status, kind, body = reply(self.path, shopper)
            content = body.encode() if isinstance(body, str) else body
            self.send_response(status)
            self.send_header("Location" if status == HTTPStatus.FOUND else "Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *values: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def _process(command: list[str], *, environment: dict[str, str], until: str) -> Iterator[str]:
    """A server in a process of its own, as soon as it has written a line that holds `until`; yields that line."""
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if until in line:
                break
        else:
            raise AssertionError(f"{command[0]} did not start: {''.join(said)}")
        # What it writes later has to be read, or it stands still once the pipe is full.
        reader = threading.Thread(target=process.stdout.read, daemon=True)
        reader.start()
        try:
            yield said[-1].strip()
        finally:
            process.terminate()
            process.wait()
            reader.join()


def _state(folder: Path, lines: list[CartLine]) -> Path:
    state = folder / "shop.json"
    state.write_text(json.dumps({"lines": [vars(line) for line in lines], "codes": []}))
    return state


def _codes(state: Path) -> Callable[[], list[str]]:
    return lambda: json.loads(state.read_text())["codes"]


@contextmanager
def plain_page(lines: list[CartLine], *, gateway: str, secret: str, folder: Path) -> Iterator[ShopPage]:
    """docs/connect/plain_html.md."""
    shop = _PythonShop(lines, secret, gateway)
    with _served_by_python(shop, shop.plain) as url:
        yield ShopPage(url, "/basket/code/{code}", lambda: shop.codes)


@contextmanager
def shopify_page(lines: list[CartLine], *, gateway: str, secret: str, folder: Path) -> Iterator[ShopPage]:
    """docs/connect/shopify.md, its Liquid rendered here."""
    shop = _PythonShop(lines, secret, gateway)
    with _served_by_python(shop, shop.shopify) as url:
        yield ShopPage(url, "/discount/{code}?redirect=/cart.js", lambda: shop.codes, says_no=False)


@contextmanager
def woocommerce_page(lines: list[CartLine], *, gateway: str, secret: str, folder: Path) -> Iterator[ShopPage]:
    """docs/connect/woocommerce.md, run by PHP."""
    php = shutil.which("php")
    if php is None:
        raise FileNotFoundError("there is no php: install the Debian package php-cli, or run .ci/run")
    [plugin] = snippets("woocommerce", "php")
    (folder / "promobot.php").write_text(at_gateway(plugin, gateway))
    state = _state(folder, lines)
    environment = {"SHOP_SECRET": secret, "SHOP_STATE": str(state), "SHOP_PLUGIN": str(folder / "promobot.php")}
    address = f"127.0.0.1:{free_port()}"
    command = [php, "-S", address, str(HERE / "wordpress.php")]
    with _process(command, environment=environment, until="started"):
        yield ShopPage(f"http://{address}", "/?wc-ajax=promobot_code&code={code}", _codes(state))


@contextmanager
def medusa_page(lines: list[CartLine], *, gateway: str, secret: str, folder: Path) -> Iterator[ShopPage]:
    """docs/connect/medusa.md, run by Node and React."""
    route, code = snippets("medusa", "ts")
    [component] = snippets("medusa", "tsx")
    (folder / "route.ts").write_text(route)
    (folder / "code.ts").write_text(code)
    (folder / "promobot.tsx").write_text(at_gateway(component, gateway))
    state = _state(folder, lines)
    command = ["node", str(HERE / "next_storefront.mjs"), str(folder), str(state)]
    with _process(command, environment={"PROMOBOT_TOKEN_SECRET": secret}, until="http://") as url:
        yield ShopPage(url, "/api/promobot/code?code={code}", _codes(state))


SHOPS = {
    "plain_html": plain_page,
    "shopify": shopify_page,
    "woocommerce": woocommerce_page,
    "medusa": medusa_page,
}
