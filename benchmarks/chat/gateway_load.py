"""What the gateway itself costs: whole turns through its WebSocket with a bot that answers at once.

    make bench-gateway

The gateway runs as its own process on a fresh SQLite log, the bot in another, so that processor time is told apart.
Prints a table and writes var/bench/gateway.json.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import secrets
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

import aiohttp
import psutil
from aiohttp import web
from rich.table import Table

from tools.bench_figures import no_options, scratch_folder, wide_console, write_json

SHOPPERS = (1, 8, 32)
TURNS_PER_LEVEL = 1600
LONG_CONVERSATION = 500
WINDOW = 50
"""Turns whose median stands for one place in the long conversation."""
READY_S = 30.0
SECRETS = ("CHANNEL_SECRET", "TOKEN_SECRET", "ADMIN_TOKEN")


async def _answer(request: web.Request) -> web.Response:
    turn = await request.json()
    return web.json_response(
        {
            "messages": [{"text": f"You said: {turn['text']}", "buttons": [], "custom": None}],
            "parse": {"intent": {"name": "greet", "confidence": 0.97}, "intent_ranking": [], "entities": []},
            "actions": ["utter_greet"],
            "slots": {"order_number": "31198570044"},
            "active_loop": None,
        }
    )


def _serve_bot(port: int) -> None:
    app = web.Application()
    app.router.add_post("/webhooks/gateway/turn", _answer)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=lambda _line: None)


class Shopper:
    """One conversation over one WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    @classmethod
    async def arrive(cls, http: aiohttp.ClientSession, url: str) -> Shopper:
        """Sign in as an anonymous customer and say hello."""
        async with http.post(f"{url}/api/session", json={"household_id": None}) as response:
            token = (await response.json())["token"]
        socket = await http.ws_connect(f"{url}/ws")
        await socket.send_json({"type": "hello", "token": token, "conversation_id": None, "after_seq": 0})
        await socket.receive_json()
        return cls(socket)

    async def say(self, text: str) -> float:
        """One whole turn; milliseconds from sending to turn_end."""
        began = time.perf_counter()
        await self._socket.send_json({"type": "message", "client_message_id": secrets.token_hex(8), "text": text})
        while (frame := await self._socket.receive_json(timeout=30))["type"] != "turn_end":
            if frame["type"] == "error":
                raise RuntimeError(f"the gateway refused a message: {frame}")
        return (time.perf_counter() - began) * 1000

    async def leave(self) -> None:
        """Close the socket."""
        await self._socket.close()


async def _level(url: str, gateway: psutil.Process, *, shoppers: int) -> tuple[float, float, float]:
    """Turns per second, median milliseconds, and the gateway's processor milliseconds per turn."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        crowd = [await Shopper.arrive(http, url) for _ in range(shoppers)]
        await asyncio.gather(*(shopper.say("warm up") for shopper in crowd))

        async def chat(shopper: Shopper) -> list[float]:
            return [await shopper.say(f"message {turn}") for turn in range(TURNS_PER_LEVEL // shoppers)]

        cpu_before = sum(gateway.cpu_times()[:2])
        began = time.perf_counter()
        times = [turn_ms for turns in await asyncio.gather(*(chat(shopper) for shopper in crowd)) for turn_ms in turns]
        seconds = time.perf_counter() - began
        cpu_ms = (sum(gateway.cpu_times()[:2]) - cpu_before) * 1000 / len(times)
        await asyncio.gather(*(shopper.leave() for shopper in crowd))
    return len(times) / seconds, statistics.median(times), cpu_ms


async def _long_conversation(url: str) -> tuple[float, float]:
    """Median milliseconds of the first and of the last turns of one long conversation."""
    async with aiohttp.ClientSession() as http:
        shopper = await Shopper.arrive(http, url)
        await shopper.say("warm up")
        times = [await shopper.say(f"message {turn}") for turn in range(LONG_CONVERSATION)]
        await shopper.leave()
    return statistics.median(times[:WINDOW]), statistics.median(times[-WINDOW:])


async def _wait_for(url: str) -> None:
    async with aiohttp.ClientSession() as http, asyncio.timeout(READY_S):
        while True:
            try:
                async with http.get(f"{url}/health"):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)


async def _measure(url: str, gateway: psutil.Process) -> dict[str, float | int | str]:
    await _wait_for(url)
    figures: dict[str, float | int | str] = {}
    table = Table("shoppers", "turns/s", "p50 ms", "gateway cpu ms/turn", title="The gateway with an instant bot")
    for shoppers in SHOPPERS:
        turns_per_second, p50_ms, cpu_ms = await _level(url, gateway, shoppers=shoppers)
        table.add_row(str(shoppers), f"{turns_per_second:.0f}", f"{p50_ms:.2f}", f"{cpu_ms:.2f}")
        figures |= {
            f"turns_per_second_{shoppers}": round(turns_per_second, 1),
            f"p50_ms_{shoppers}": round(p50_ms, 2),
            f"cpu_ms_per_turn_{shoppers}": round(cpu_ms, 2),
        }
    first_ms, last_ms = await _long_conversation(url)
    figures |= {"first_turns_p50_ms": round(first_ms, 2), "last_turns_p50_ms": round(last_ms, 2)}
    console = wide_console()
    console.print(table)
    console.print(
        f"{LONG_CONVERSATION} turns in one conversation: {first_ms:.2f} ms at first, {last_ms:.2f} ms at last"
    )
    return figures


def main() -> None:
    """Run it all."""
    no_options("gateway", __doc__)
    bot_port, gateway_port = _free_port(), _free_port()
    bot = multiprocessing.get_context("spawn").Process(target=_serve_bot, args=(bot_port,), daemon=True)
    bot.start()
    with scratch_folder("gateway") as folder:
        page = Path(folder) / "dist"
        page.mkdir()
        (page / "console").mkdir()
        for name in ("index.html", "widget.js", "panel.js", "console/index.html"):
            (page / name).touch()
        environment = {
            **os.environ,
            "PROMOBOT_GATEWAY_PORT": str(gateway_port),
            "PROMOBOT_GATEWAY_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/gateway.db",
            "PROMOBOT_RASA_URL": f"http://127.0.0.1:{bot_port}",
            "PROMOBOT_WEB_DIR": str(page),
            "PROMOBOT_RATE_LIMIT_FRAMES": "1000000",
            **{f"PROMOBOT_{name}": secrets.token_urlsafe(32) for name in SECRETS},
        }
        gateway = subprocess.Popen([sys.executable, "-m", "gateway"], env=environment)
        try:
            figures = asyncio.run(_measure(f"http://127.0.0.1:{gateway_port}", psutil.Process(gateway.pid)))
        finally:
            gateway.terminate()
            gateway.wait(10)
            bot.terminate()
    write_json("gateway", figures)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


if __name__ == "__main__":
    main()
