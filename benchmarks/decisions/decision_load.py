"""Shoppers that ask for offers: a few connections, each of which waits for its answer before it asks again."""

from __future__ import annotations

import asyncio
import random
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import uvloop

READY_S = 60.0
_PATIENCE_S = 30.0
_TRIGGERS = ("after_service", "asked_for_offers", "asked_for_discount")


@dataclass
class Load:
    """What was answered in `seconds`."""

    seconds: float = 0.0
    times_ms: list[float] = field(default_factory=list)
    a_reply: bytes = b""

    @property
    def answers(self) -> int:
        """Requests answered."""
        return len(self.times_ms)

    @property
    def per_second(self) -> float:
        """Requests answered per second."""
        return self.answers / self.seconds

    @property
    def p50_ms(self) -> float:
        """Median time from asking to the whole answer."""
        return float(np.percentile(self.times_ms, 50))

    @property
    def p99_ms(self) -> float:
        """Of a hundred requests the second slowest."""
        return float(np.percentile(self.times_ms, 99))


class _Shopper(asyncio.Protocol):
    """One connection; HTTP is spelled out, since a client library would need as much time as the server."""

    def __init__(self, load: Load, customers: list[str], *, seed: int, until: float) -> None:
        self._load, self._customers, self._until = load, customers, until
        self._random = random.Random(seed)
        self._name, self._count = f"{seed}-{time.time_ns()}", 0
        self._received = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the first time."""
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's is none by its class
        self._ask()

    def _ask(self) -> None:
        self._count += 1
        # Every fourth request opens another conversation.
        conversation = f"{self._name}-{self._count // 4}"
        body = (
            f'{{"conversation_id":"{conversation}","request_id":"m-{self._count}",'
            f'"customer_id":"{self._random.choice(self._customers)}","conversation_context":'
            f'{{"trigger":"{_TRIGGERS[self._count % 3]}","intent":"track_order","sentiment":"neutral",'
            f'"turn_count":{self._count % 9},"basket_cents":{self._random.randrange(20_000)}}}}}'
        )
        self._asked = time.perf_counter()
        self._transport.write(
            f"POST /v1/decisions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Note the time once the answer is whole, and ask again."""
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        if len(body) < length:
            return
        if not head.startswith(b"HTTP/1.1 200 "):
            self.done.set_exception(RuntimeError(f"the server refused: {self._received[:500]!r}"))
            return
        now = time.perf_counter()
        self._load.times_ms.append((now - self._asked) * 1000)
        self._load.a_reply, self._received = body, b""
        if now < self._until:
            self._ask()
        else:
            self._transport.close()
            self.done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """A server that hangs up has failed."""
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server hung up"))


def measure(port: int, customers: list[str], *, connections: int, seconds: float) -> Load:
    """Ask for so long."""
    load = Load()

    async def run() -> None:
        loop = asyncio.get_running_loop()
        began = time.perf_counter()
        shoppers = []
        for seed in range(connections):
            made = await loop.create_connection(
                lambda seed=seed: _Shopper(load, customers, seed=seed, until=began + seconds),  # type: ignore[misc]
                "127.0.0.1",
                port,
            )
            shoppers.append(made[1])
        async with asyncio.timeout(seconds + _PATIENCE_S):
            await asyncio.gather(*(shopper.done for shopper in shoppers))
        load.seconds = time.perf_counter() - began

    uvloop.run(run())
    return load


def wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when the server says that it is ready. Raises RuntimeError if it ends or takes a minute."""
    began = time.monotonic()
    while time.monotonic() - began < READY_S:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with status {process.returncode}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError("the server was not ready within a minute")
