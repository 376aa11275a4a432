"""What is learned from conversations: masking, groups, proposals, files, and the training command."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from gateway.conversations.learn.unanswered import Unanswered
from gateway.learning.bot_learning import seconds_until
from gateway.learning.help_questions import read_articles
from gateway.learning.learned_examples import QUESTIONS, SENTENCES, keep_only, learned_examples
from gateway.learning.masking import masked
from gateway.learning.proposals import groups
from gateway.learning.training_command import TrainingFailedError, run_training

KNOWN = frozenset({"track_order", "gift_card"})
ARTICLES = {"returns": ("Returning goods", "may I send goods back that I have opened")}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("where is 31198570044", "where is 00000000000"),
        ("order 405-1234567-7654321 please", "order 000-0000000-0000000 please"),
        ("call 0151 2345 678", "call 0000 0000 000"),
        ("2 tents within 30 days, size 42", "2 tents within 30 days, size 42"),
        ("mail me at Jo.O'Neil+x@mail.shop.co.uk!", "mail me at name@mail.example!"),
        ("see https://x.example/o?id=7 or www.x.example/a", "see https://shop.example or https://shop.example"),
        ("订单31198570044在哪里", "订单00000000000在哪里"),
    ],
)
def test_numbers_and_addresses_are_taken_out(text: str, kept: str) -> None:
    assert masked(text) == kept
    assert masked(kept) == kept


def message(number: int, text: str, *ranking: tuple[str, float], **more: object) -> Unanswered:
    return Unanswered(f"m-{number}", f"c-{number}", text, tuple(ranking), **more)  # type: ignore[arg-type]


def test_the_guess_of_most_is_proposed_and_unlike_texts_stay_apart() -> None:
    found = groups(
        [
            message(1, "whereabouts of my stuff", ("track_order", 0.4), ("gift_card", 0.1)),
            message(2, "whereabouts of my stuff please", ("gift_card", 0.2), ("track_order", 0.15)),
            message(3, "purple monkey dishwasher", ("track_order", 0.4)),
        ],
        known=KNOWN,
        articles={},
    )
    (group,) = found
    assert {member.message_id for member in group.members} == {"m-1", "m-2"}
    assert (group.proposed, group.taps) == ("track_order", 0)
    assert group.share == pytest.approx(0.55 / 2)


def test_a_tap_outweighs_guesses_and_makes_a_group_of_its_own() -> None:
    (pair,) = groups(
        [
            message(1, "the plastic present thing", ("track_order", 0.9)),
            message(2, "that plastic present thing", tapped="gift_card"),
        ],
        known=KNOWN,
        articles={},
    )
    assert (pair.proposed, pair.taps) == ("gift_card", 1)
    (single,) = groups([message(1, "hm", tapped="gift_card")], known=KNOWN, articles={})
    assert (single.proposed, len(single.members)) == ("gift_card", 1)
    assert groups([message(1, "hm", ("gift_card", 0.9))], known=KNOWN, articles={}) == []


def test_without_a_known_guess_a_help_article_is_proposed_or_nothing() -> None:
    texts = ("may I send back goods that I opened", "can I send goods back that I have opened")
    (group,) = groups([message(n, text) for n, text in enumerate(texts)], known=KNOWN, articles=ARTICLES)
    assert group.proposed == "help/returns"
    (other,) = groups([message(n, "zorgle flumph") for n in range(2)], known=KNOWN, articles=ARTICLES)
    assert (other.proposed, other.share) == (None, 0.0)
    guesses = [message(n, "zorgle flumph", ("track_order", 0.06), ("gift_card", 0.02)) for n in range(2)]
    (unsure,) = groups(guesses, known=KNOWN, articles=ARTICLES)
    assert unsure.proposed is None, "a guess that the bot itself would not ask about"
    (unknown,) = groups([message(n, "zorgle", ("greet", 0.9)) for n in range(2)], known=KNOWN, articles={})
    assert unknown.proposed is None


def test_what_is_like_a_dismissed_group_says_so() -> None:
    (group,) = groups(
        [message(1, "zorgle flumph"), message(2, "zorgle flumph!", dismissed_in=7)], known=KNOWN, articles={}
    )
    assert (group.dismissed_in, [member.message_id for member in group.members]) == (7, ["m-1"])
    assert groups([message(1, "a b", dismissed_in=7)], known=KNOWN, articles={}) == []


def test_articles_are_read_with_their_questions_and_a_shops_own_stands_first(tmp_path: Path) -> None:
    found = read_articles([Path("data/help")])
    assert len(found) >= 30
    title, questions = found["returns"]
    assert title in questions and len(questions) > 3
    (tmp_path / "own.md").write_text("---\nid: returns\ntitle: Ours\n---\n\n## When\n\nNever.\n")
    (tmp_path / "broken.md").write_bytes(b"\xff\xfe")
    assert read_articles([Path("data/help"), tmp_path])["returns"] == ("Ours", ("Ours", "When"))


def test_examples_become_files_without_what_the_bot_does_not_know(tmp_path: Path) -> None:
    rows = [
        {"intent": "track_order", "text": "where is 31198570044"},
        {"intent": "track_order", "text": "where is 12345678901"},
        {"intent": "made_up", "text": "who knows"},
        {"intent": "help/returns", "text": "may it come back"},
        {"intent": "help/gone", "text": "nobody knows"},
    ]
    examples = learned_examples(rows, intents=KNOWN, articles=ARTICLES)
    assert examples.count == 2
    examples.write(tmp_path)
    (block,) = yaml.safe_load((tmp_path / SENTENCES).read_text())["nlu"]
    assert block == {"intent": "track_order", "examples": "- where is 00000000000\n"}
    assert yaml.safe_load((tmp_path / QUESTIONS).read_text()) == {"returns": ["may it come back"]}
    fewer = learned_examples([*rows[:1], {"intent": "gift_card", "text": "new"}], intents=KNOWN, articles=ARTICLES)
    assert fewer.hash != examples.hash
    keep_only(tmp_path, fewer)
    (block,) = yaml.safe_load((tmp_path / SENTENCES).read_text())["nlu"]
    assert block["intent"] == "track_order", "what was not trained yet is not added"
    assert yaml.safe_load((tmp_path / QUESTIONS).read_text()) == {}


@pytest.mark.parametrize(
    ("hour", "now", "hours"), [(2, "2026-11-30T01:00Z", 1), (2, "2026-11-30T02:00Z", 24), (2, "2026-11-30T23:30Z", 2.5)]
)
def test_the_next_night_is_waited_for(hour: int, now: str, hours: float) -> None:
    assert seconds_until(hour, datetime.fromisoformat(now).astimezone(UTC)) == hours * 3600


async def command(code: str, tmp_path: Path) -> object:
    script = tmp_path / "command.py"
    script.write_text(code)
    return await run_training(f"{sys.executable} {script}", examples=tmp_path, model="m.tar.gz", out=tmp_path)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("raise SystemExit('out of memory')", "out of memory"),
        ("raise SystemExit(3)", "ended with status 3"),
        ("print('fine')", "is no result: fine"),
        ('print(\'{"model": "m", "checks": []}\')', "is no result"),
    ],
)
async def test_a_command_without_a_result_fails_with_its_last_line(code: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(TrainingFailedError, match=why):
        await command(code, tmp_path)


async def test_a_command_that_is_not_there_fails(tmp_path: Path) -> None:
    with pytest.raises(TrainingFailedError, match="does not start"):
        await run_training(str(tmp_path / "nothing"), examples=tmp_path, model="m", out=tmp_path)


async def test_a_cancelled_training_ends_its_command(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    code = f"import pathlib, time, os\npathlib.Path({str(mark)!r}).write_text(str(os.getpid()))\ntime.sleep(600)"
    running = asyncio.create_task(command(code, tmp_path))
    async with asyncio.timeout(60):
        while not mark.exists() or not mark.read_text():  # noqa: ASYNC110  # another process makes it
            await asyncio.sleep(0.05)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)
