"""The soak's races and kills in small, on both databases."""

from collections.abc import AsyncIterator, Iterator

import pytest

from benchmarks.proof import races
from benchmarks.proof.crew import Crew, crew
from benchmarks.proof.kills import kill_again_and_again
from benchmarks.proof.nursery import nursery
from benchmarks.proof.shop import Shop, databases, open_shop
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
def workers(url: str) -> Iterator[Crew]:
    with crew(url, size=4) as started:
        yield started


async def test_races(shop: Shop, workers: Crew) -> None:
    """One test, since its processes and its database serve all of them."""
    last = await races.last_code(shop, workers, rounds=6)
    assert last.broken == []
    assert last.figures == {"last_code_rounds": 6, "last_code_winners": 6}
    replayed = await races.replays(shop, workers, accepts=20)
    assert replayed.broken == []
    assert replayed.figures == {"replayed_accepts": 20, "replays_sent": 200, "grants": 20}
    for race in (races.pauses, races.give_backs, races.checkouts, races.one_customer):
        result = await race(shop, workers, rounds=6)
        assert result.broken == []


async def test_kills(shop: Shop, url: str) -> None:
    """The engine is ended in the middle of its work and loses nothing that it has answered."""
    port = free_port()
    with nursery(url, port) as engines:
        result = await kill_again_and_again(shop, engines, url=f"http://127.0.0.1:{port}", kills=5, seed=7)
    assert result.broken == []
    assert result.figures["kills"] == 5
    assert result.figures["acknowledged_acceptances"] > 0
