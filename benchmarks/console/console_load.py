"""How long the console waits for a page of conversations over a log of a million messages.

    make bench-console          or  python -m benchmarks console --messages 1000000

Each figure is the whole HTTP request against a real gateway, signed in, over a SQLite log: median and slowest
of several. The goal is 300 ms a page. The rival is what one writes first: LIKE over the messages.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer
from rich.table import Table
from sqlalchemy import Connection, TextClause, text

from gateway.app import create_app
from gateway.conversations.database import Database, open_database, upgrade_tables
from gateway.conversations.index.index_updates import catch_up
from gateway.settings import Settings
from tools.bench_figures import scratch_folder, wide_console, write_json
from tools.testbed.filled_log import fill

GOAL_MS = 300
REPEATS = 7
TOKEN = "t" * 32
PAGES = {
    "first page": "",
    "deep page": "before={middle}",
    "one day": "started_from={day}T00:00:00Z&started_until={next_day}T00:00:00Z",
    "one channel": "channel=web",
    "one customer": "customer=1228",
    "one intent": "intent=complain",
    "one sentiment": "sentiment=angry",
    "an intent below 30 %": "confidence_below=0.3",
    "not understood": "fallback=true",
    "one offer": "offer=pizza-night",
    "one outcome": "outcome=declined",
    "a rating": "rating=1",
    "handed over": "handed_over=true",
    "flagged": "flagged=true",
    "taken over, none is": "taken=true",
    "looked after by": "assigned=ada",
    "rare tag": "tag=none-has-it",
    "four filters": "intent=complain&sentiment=angry&outcome=accepted&handed_over=true",
    "nothing fits": "customer=nobody",
    "not sure and a stretch of time": "confidence_below=0.3&started_until={early}",
    "search: a common word": "q=order",
    "search: two words": "q=refund+shampoo",
    "search: a rare number": "q={number}",
    "search: unfinished word": "q=ref",
    "search: nothing fits": "q=unheardof",
    "policy version": "policy=77",
    "policy line, nothing else fits": "policy_line=3&customer=nobody",
    "rating and intent": "rating=1&intent=complain",
    "looked after by, accepted": "assigned=ada&outcome=accepted",
    "search and filters": "q=delivery&intent=complain&outcome=declined&flagged=true",
}
OTHERS = {
    "results of 30 days": "results?days=30",
    "results of a year": "results?days=365",
    "inbox of unsure texts": "language/inbox?below=0.4",
}
"""Not pages of the list; no engine runs, so the results are the log's alone."""
FACETS = (
    "INSERT INTO facets SELECT 'policy', CAST(number / 300 AS TEXT), number FROM digests WHERE number % 3 = 0",
    "INSERT INTO facets SELECT 'policy_line', CAST(number / 30000 AS TEXT), number FROM digests WHERE number % 3 = 0",
    "INSERT INTO facets SELECT 'rating', CAST(1 + number % 5 AS TEXT), number FROM digests WHERE number % 7 = 0",
    "INSERT INTO facets SELECT 'assigned', 'ada', number FROM digests WHERE number % 50 = 0",
    "UPDATE digests SET flagged = 1 WHERE number % 2000 = 7",
)
"""What shoppers, admins and the engine's notes would have brought."""
NAIVE = """
SELECT c.conversation_id FROM conversations c WHERE EXISTS (
  SELECT 1 FROM messages m
  WHERE m.conversation_id = c.conversation_id AND m.text LIKE '%refund%' AND m.text LIKE '%unheardof%'
) ORDER BY c.started_at DESC LIMIT 51
"""


async def _fill(database: Database, message_count: int) -> tuple[int, float]:
    await upgrade_tables(database)
    until = datetime.now(UTC)
    written = await database.write(partial(fill, message_count=message_count, seed=1, until=until))
    started = time.monotonic()
    while await database.write(catch_up):
        pass
    spent = time.monotonic() - started
    for statement in FACETS:
        await database.write(partial(_execute, text(statement)))
    return written, spent


def _execute(statement: TextClause, connection: Connection) -> None:
    connection.execute(statement)


async def _milliseconds(ask: Callable[[], Awaitable[Any]], repeats: int = REPEATS) -> list[float]:
    spent = []
    for _ in range(repeats):
        started = time.monotonic()
        await ask()
        spent.append((time.monotonic() - started) * 1000)
    return spent


async def _measure(folder: Path, message_count: int) -> dict[str, Any]:
    url = f"sqlite+aiosqlite:///{folder}/gateway.db"
    database = open_database(url)
    try:
        written, catching_up_s = await _fill(database, message_count)
        pick = text(
            "SELECT conversation_id, started_at FROM digests WHERE number = (SELECT max(number)/2 FROM digests)"
        )
        middle, early = (await database.read(lambda connection: connection.execute(pick).one()))[:2]
        number = await database.read(
            lambda connection: connection.scalar(
                text("SELECT substr(text, 19, 11) FROM messages WHERE text LIKE 'Where is my order%' LIMIT 1")
            )
        )
        naive = await _milliseconds(
            partial(database.read, lambda connection: connection.execute(text(NAIVE)).all()), repeats=3
        )
    finally:
        await database.close()
    for name in ("index.html", "widget.js", "panel.js", "console/index.html"):
        (folder / "dist" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "dist" / name).touch()
    settings = Settings(
        gateway_database_url=url,
        web_dir=folder / "dist",
        channel_secret=TOKEN,  # type: ignore[arg-type]  # pydantic wraps it
        token_secret=TOKEN,  # type: ignore[arg-type]
        admin_token=TOKEN,  # type: ignore[arg-type]
    )
    server = TestServer(create_app(settings))
    await server.start_server()
    pages = {}
    day = date.fromisoformat(str(early)[:10])
    fillings = {
        "middle": middle,
        "early": f"{day}T00:00:00Z",
        "day": day,
        "next_day": day + timedelta(days=1),
        "number": number,
    }
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as http:
        paths = {name: f"conversations?limit=50&{query.format(**fillings)}" for name, query in PAGES.items()}
        for name, path in (paths | OTHERS).items():

            async def ask(path: str = path) -> None:
                async with http.get(server.make_url(f"/admin/api/{path}")) as response:
                    assert response.status == 200, await response.text()
                    await response.read()

            spent = await _milliseconds(ask)
            pages[name] = {"median_ms": round(statistics.median(spent), 1), "slowest_ms": round(max(spent), 1)}
    await server.close()
    size = (folder / "gateway.db").stat().st_size
    return {
        "messages": written,
        "catching_up_s": round(catching_up_s, 1),
        "database_mb": round(size / 1e6),
        "naive_search_ms": round(statistics.median(naive), 1),
        "pages": pages,
    }


def main() -> None:
    """Run it all."""
    parser = argparse.ArgumentParser(description="Time pages of the console's list.")
    parser.add_argument("--messages", type=int, default=1_000_000, help="messages in the log (default a million)")
    count = parser.parse_args().messages
    with scratch_folder("console") as folder:
        figures = asyncio.run(_measure(Path(folder).absolute(), count))
    table = Table("page of 50 conversations", "median ms", "slowest ms", f"under {GOAL_MS} ms")
    for name, spent in figures["pages"].items():
        under = "yes" if spent["slowest_ms"] < GOAL_MS else "NO"
        table.add_row(name, str(spent["median_ms"]), str(spent["slowest_ms"]), under)
    console = wide_console()
    console.print(table)
    console.print(
        f"{figures['messages']} messages, {figures['database_mb']} MB; digests of all of them made in "
        f"{figures['catching_up_s']} s; LIKE over the messages: {figures['naive_search_ms']} ms"
    )
    flat = {f"{name}, slowest ms": spent["slowest_ms"] for name, spent in figures.pop("pages").items()}
    write_json("console", figures | flat)


if __name__ == "__main__":
    main()
