"""A Rasa model without dialogue is refused."""

from __future__ import annotations

import io
import json
import sqlite3
import tarfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tools import rasa_training
from tools.demo_shops import LARDER
from tools.rasa_training import TrainingError, check_rasa_model, check_yaml, reason_in, run_with_bar
from tools.train import Training


def archive(path: Path, training_type: int) -> Path:
    body = json.dumps({"training_type": training_type}).encode()
    with tarfile.open(path, "w:gz") as tar:
        member = tarfile.TarInfo("metadata.json")
        member.size = len(body)
        tar.addfile(member, io.BytesIO(body))
    return path


def test_a_model_trained_without_its_domain_is_refused_and_removed(tmp_path: Path) -> None:
    model = archive(tmp_path / "model.tar.gz", training_type=1)
    with pytest.raises(TrainingError, match="--domain bot/domain"):
        check_rasa_model(model)
    assert not model.exists()


def test_a_whole_model_passes(tmp_path: Path) -> None:
    model = archive(tmp_path / "model.tar.gz", training_type=3)
    check_rasa_model(model)
    assert model.exists()


def test_a_slip_in_a_yaml_file_is_told_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasa_training, "ROOT", tmp_path)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "shop.yml").write_text("rules:\n- rule: x\n  steps: [\n")
    with pytest.raises(TrainingError, match=r"^rules/shop\.yml:4: "):
        check_yaml("rules")


def test_the_reason_is_the_exception_not_the_advice_after_it() -> None:
    output = "loading\n\x1b[91mYamlException: Failed to read 'x'.\n  line 29\nYou can use a checker.\x1b[0m\n"
    assert reason_in(output) == "YamlException: Failed to read 'x'. line 29 You can use a checker."
    assert reason_in("one\nlast words\n") == "last words"
    assert reason_in("") == "it wrote nothing"


def test_a_failing_training_shows_the_last_line_of_its_output(tmp_path: Path) -> None:
    command = ["sh", "-c", "echo reading; echo 'no such intent: buy' >&2; exit 3"]
    with pytest.raises(TrainingError, match="no such intent: buy"):
        run_with_bar("Rasa", command, log=tmp_path / "log.txt", usual_s=1)


def test_a_new_database_is_filled_whatever_was_done_to_an_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PROMOBOT_ENGINE_DATABASE_URL", raising=False)
    training = Training(replace(LARDER, folder=tmp_path))
    done: list[str] = []

    def promobot(*arguments: str) -> None:
        """Migrates in earnest; of an import only the trace in the database, since the whole takes a minute."""
        if arguments[0] == "migrate":
            really(*arguments)
            return
        done.append(arguments[0])
        if arguments[0] == "import":
            row = ("completejourney", "hash", 0, f"2026-11-22 10:00:0{len(done)}.000000")
            with closing(sqlite3.connect(tmp_path / "engine.db")) as database, database:
                database.execute("INSERT INTO imports VALUES (?, ?, ?, ?)", row)

    really = training.promobot
    monkeypatch.setattr(training, "promobot", promobot)
    for _ in range(2):
        training.engine_data()
    assert done == ["import", "load-offers"]
    (tmp_path / "engine.db").unlink()
    training.engine_data()
    assert done == ["import", "load-offers"] * 2
