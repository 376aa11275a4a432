"""schemathesis against a running engine's own OpenAPI document: whatever is sent, the engine itself does not fail."""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from pathlib import Path

from tests.soak.fork_server import Engines, start_and_wait
from tests.soak.ledger_audit import read_books
from tests.soak.races import Result
from tests.soak.soak_shop import Shop


async def schemathesis(url: str, *, examples: int, seed: int) -> tuple[int, str]:
    """Send generated requests, links between operations included; return how many, and what was wrong."""
    with tempfile.TemporaryDirectory() as folder:  # it leaves its examples there
        process = await asyncio.create_subprocess_exec(
            Path(sys.executable).with_name("schemathesis"),
            *("run", f"{url}/openapi.json", "--checks", "not_a_server_error"),
            *("--max-examples", str(examples), "--seed", str(seed), "--no-color", "--max-response-time", "20"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=folder,
        )
        output = (await process.communicate())[0].decode()
    generated = re.search(r"(\d+) generated", output)
    count = int(generated[1]) if generated else 0
    return count, "" if process.returncode == 0 and count else output[-6000:]


async def fuzz(shop: Shop, engines: Engines, *, url: str, examples: int, seed: int) -> Result:
    """Start an engine, send it generated requests, and look at the books."""
    pid = await start_and_wait(engines, url)
    count, wrong = await schemathesis(url, examples=examples, seed=seed)
    await asyncio.to_thread(engines.kill, pid)
    result = Result({"generated_requests": count})
    result.expect(holds=not wrong, otherwise=f"schemathesis: {wrong}")
    result.broken += (await read_books(shop.database)).faults()
    return result
