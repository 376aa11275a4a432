"""Rasa's own checks of the language and the dialogue, with the trained model."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from tools.once import ROOT
from tools.stack import newest_rasa_model

CONFIG = ("--config", "bot/config.yml", "--domain", "bot/domain")
DATA = ("--data", "data/nlu", "data/rules", "data/stories")
LEAST_ACCURACY = 0.93
"""Of the first guess, fallback aside, on sentences kept out of training; blind rounds gave 92.9 to 96.8 %."""


def rasa(*arguments: str) -> subprocess.CompletedProcess[str]:
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "RASA_TELEMETRY_ENABLED": "false",
        "PROMOBOT_CHANNEL_SECRET": "not used here",
        "PROMOBOT_ACTIONS_URL": "http://127.0.0.1:1",
    }
    command = [str(ROOT / ".venv/bot/bin/python"), "-m", "rasa", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=300)


def test_the_data_is_valid() -> None:
    ended = rasa("data", "validate", *CONFIG, *DATA, "--fail-on-warnings")
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]


def test_every_conversation_goes_as_written(tmp_path: Path) -> None:
    model = ("--model", str(newest_rasa_model()))
    stories = ("--stories", "tests/conversations", "--out", str(tmp_path), "--no-plot", "--fail-on-prediction-errors")
    ended = rasa("test", "core", *model, *stories)
    failed = tmp_path / "failed_test_stories.yml"
    assert ended.returncode == 0, failed.read_text() if failed.exists() else ended.stderr[-3000:]
    assert json.loads((tmp_path / "story_report.json").read_text())["conversation_accuracy"]["total"] >= 59


def test_a_broken_story_fails_the_check(tmp_path: Path) -> None:
    """The check above can fail: Rasa exits 0 on a wrong story unless it is told not to."""
    (tmp_path / "test_wrong.yml").write_text(
        'version: "3.1"\nstories:\n- story: a greeting is not answered with a farewell\n  steps:\n'
        "  - user: |\n      hello\n    intent: greet\n  - action: utter_goodbye\n"
    )
    model = ("--model", str(newest_rasa_model()))
    out = ("--out", str(tmp_path / "out"), "--no-plot", "--fail-on-prediction-errors")
    assert rasa("test", "core", *model, "--stories", str(tmp_path), *out).returncode != 0


def test_sentences_kept_out_of_training_are_understood(tmp_path: Path) -> None:
    sentences = ("--nlu", "tests/conversations/held_out_nlu.yml", "--out", str(tmp_path), "--no-plot")
    ended = rasa("test", "nlu", "--model", str(newest_rasa_model()), *sentences)
    assert ended.returncode == 0, ended.stderr[-3000:]
    report = json.loads((tmp_path / "intent_report.json").read_text())
    assert report["accuracy"] >= LEAST_ACCURACY
