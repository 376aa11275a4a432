"""schemathesis against the OpenAPI document: whatever is sent, the engine itself does not fail."""

import asyncio
import re
import sys
from pathlib import Path

from aiohttp.test_utils import TestClient


async def test_no_request_makes_the_engine_fail(client: TestClient, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("schemathesis"),
        *("run", str(client.make_url("/openapi.json")), "--checks", "not_a_server_error"),
        *("--max-examples", "8", "--seed", "1", "--no-color", "--max-response-time", "20"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=tmp_path,  # it leaves its examples there
    )
    output = (await process.communicate())[0].decode()
    assert process.returncode == 0, output[-6000:]
    generated = re.search(r"(\d+) generated, \1 passed", output)
    assert generated is not None, output[-2000:]
    assert int(generated[1]) > 500
