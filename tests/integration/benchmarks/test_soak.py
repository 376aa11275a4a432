"""The soak's races and kills in small, on both databases."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.soak import __main__ as soak
from tests.soak import races
from tests.soak.fork_server import fork_server
from tests.soak.kills import kill_again_and_again
from tests.soak.soak_shop import Shop, databases, open_shop
from tests.soak.worker_pool import WorkerPool, worker_pool
from tools.stack import free_port


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with databases([request.param]) as urls:
        yield urls[request.param]


@pytest.fixture
async def shop(url: str) -> AsyncIterator[Shop]:
    async with open_shop(url) as opened:
        yield opened


@pytest.fixture
def workers(url: str) -> Iterator[WorkerPool]:
    with worker_pool(url, size=4) as started:
        yield started


async def test_races(shop: Shop, workers: WorkerPool) -> None:
    """One test, since its processes and its database serve all of them."""
    last = await races.last_code(shop, workers, rounds=3)
    assert last.broken == []
    assert last.figures == {"last_code_rounds": 3, "last_code_winners": 3}
    replayed = await races.replays(shop, workers, accepts=10)
    assert replayed.broken == []
    assert replayed.figures == {"replayed_accepts": 10, "replays_sent": 100, "grants": 10}
    for race in (races.pauses, races.give_backs, races.checkouts, races.one_customer):
        result = await race(shop, workers, rounds=4)
        assert result.broken == []


async def test_kills(shop: Shop, url: str) -> None:
    """The engine is ended in the middle of its work and loses nothing that it has answered."""
    port = free_port()
    with fork_server(url, port) as engines:
        result = await kill_again_and_again(shop, engines, url=f"http://127.0.0.1:{port}", kills=4, seed=7)
    assert result.broken == []
    assert result.figures["kills"] == 4
    assert result.figures["acknowledged_acceptances"] > 0


async def test_a_storm_of_webhooks_loses_nothing(url: str) -> None:
    result = await soak.webhooks(url, count=40)
    assert result.broken == []
    assert result.figures == {"webhooks_answered": 44, "orders_by_webhook": 40}


def test_a_broken_promise_is_told_and_ends_the_soak_with_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("tools.bench_figures.ROOT", tmp_path)
    monkeypatch.setattr(soak, "soak", lambda _options: races.Result({"kills": 1}, ["a code is lost"]))
    with pytest.raises(SystemExit, match="1 promises were broken"):
        soak.main([])
    assert "a code is lost" in capsys.readouterr().out
    assert json.loads((tmp_path / "var/bench/soak.json").read_text()) == {"kills": 1, "broken_promises": 1}
