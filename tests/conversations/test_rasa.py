"""Rasa's own checks of the language and the dialogue, with the trained model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools.demo_shops import LARDER
from tools.stack import newest_rasa_model
from tools.testbed.bot_process import BotProcess

CONFIG = ("--config", "bot/config.yml", "--domain", "bot/domain")
DATA = ("--data", "data/nlu", "data/stories")
LEAST_ACCURACY = 0.93
"""Of the first guess, fallback aside, on sentences kept out of training; blind rounds gave 92.9 to 96.8 %."""


Rasa = Callable[..., tuple[int, str]]
"""Runs a command line of Rasa; its exit status, and the end of what it wrote."""


@pytest.fixture(scope="module")
def rasa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rasa]:
    """One process for all command lines: importing Rasa takes longer than some of them."""
    folder = tmp_path_factory.mktemp("rasa")
    settings = {"PROMOBOT_CHANNEL_SECRET": "not used here", "PROMOBOT_ACTIONS_URL": "http://127.0.0.1:1"}
    with BotProcess("tests.conversations.rasa_commands", log=folder / "rasa.log", **settings) as process:

        def run(*arguments: str) -> tuple[int, str]:
            output = folder / "output.txt"
            answer = process.ask(timeout_s=300, arguments=arguments, output=str(output))
            return answer["exit_status"], output.read_text(encoding="utf-8", errors="replace")[-3000:]

        yield run


def test_the_data_is_valid(rasa: Rasa) -> None:
    status, output = rasa("data", "validate", *CONFIG, *DATA, "--fail-on-warnings")
    assert status == 0, output


def test_every_conversation_goes_as_written(rasa: Rasa, tmp_path: Path) -> None:
    model = ("--model", str(newest_rasa_model(LARDER)))
    stories = ("--stories", "tests/conversations", "--out", str(tmp_path), "--no-plot", "--fail-on-prediction-errors")
    status, output = rasa("test", "core", *model, *stories)
    failed = tmp_path / "failed_test_stories.yml"
    assert status == 0, failed.read_text() if failed.exists() else output
    assert json.loads((tmp_path / "story_report.json").read_text())["conversation_accuracy"]["total"] >= 60


def test_a_broken_story_fails_the_check(rasa: Rasa, tmp_path: Path) -> None:
    """The check above can fail: Rasa exits 0 on a wrong story unless it is told not to."""
    (tmp_path / "test_wrong.yml").write_text(
        'version: "3.1"\nstories:\n- story: a greeting is not answered with a farewell\n  steps:\n'
        "  - user: |\n      hello\n    intent: greet\n  - action: utter_goodbye\n"
    )
    model = ("--model", str(newest_rasa_model(LARDER)))
    out = ("--out", str(tmp_path / "out"), "--no-plot", "--fail-on-prediction-errors")
    status, output = rasa("test", "core", *model, "--stories", str(tmp_path), *out)
    assert status != 0
    assert "action: utter_goodbye  # predicted: utter_greet" in output, output


def test_sentences_kept_out_of_training_are_understood(rasa: Rasa, tmp_path: Path) -> None:
    sentences = ("--nlu", "tests/conversations/held_out_nlu.yml", "--out", str(tmp_path), "--no-plot")
    status, output = rasa("test", "nlu", "--model", str(newest_rasa_model(LARDER)), *sentences)
    assert status == 0, output
    report = json.loads((tmp_path / "intent_report.json").read_text())
    assert report["accuracy"] >= LEAST_ACCURACY
