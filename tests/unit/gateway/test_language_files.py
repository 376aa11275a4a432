"""Training files, Rasa's YAML and groups of phrases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from common.errors import Unavailable
from gateway.admin.language.training_files import TrainingFiles, last_evaluation
from gateway.learning import phrase_clusters, rasa_yaml


def test_no_text_becomes_markup_or_breaks_the_yaml() -> None:
    texts = ["[a](b)", '[a]{"entity": "b"}', "- x\n- y", "a: b # c", "\u2028 \x85 \x00", "  ", "'\"", "{{x}} &a *b |"]
    corrections = [{"text": text, "intent": "odd", "entities": []} for text in texts]
    (block,) = yaml.safe_load(rasa_yaml.training_data(corrections))["nlu"]
    lines = block["examples"].splitlines()
    assert len(lines) == len(texts) - 2  # what has no words is no example
    assert all(line.startswith("- ") and "[" not in line for line in lines)


def test_phrases_that_say_the_same_come_together() -> None:
    texts = [
        "do you gift wrap orders",
        "can you gift wrap my order please",
        "gift wraping for an order?",
        "how do i become a supplier of yours",
        "i would like to become a supplier",
        "????",
    ]
    groups = phrase_clusters.clusters(texts)
    assert [sorted(group) for group in groups] == [[0, 1, 2], [3, 4]]
    assert phrase_clusters.clusters(["?", "!"]) == []
    assert phrase_clusters.clusters([]) == []


def test_training_files_are_read_again_when_they_change(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("nlu:\n- intent: greet\n  examples: |\n    - hi\n    - [x](y) there\n")
    files = TrainingFiles(tmp_path)
    assert files.examples() == {"greet": ["hi", "[x](y) there"]}
    (tmp_path / "b.yml").write_text("nlu:\n- intent: bye\n  examples: |\n    - so long\n")
    assert set(files.examples()) == {"greet", "bye"}
    (tmp_path / "b.yml").write_text("nlu: [")
    with pytest.raises(Unavailable, match=r"b\.yml"):
        files.examples()


def test_the_last_evaluation_gives_its_confusions(tmp_path: Path) -> None:
    assert last_evaluation(tmp_path) is None
    report = {
        "greet": {"recall": 0.75, "support": 4, "confused_with": {"bye": 1}},
        "accuracy": 0.75,
        "macro avg": {"recall": 0.7, "support": 4},
    }
    (tmp_path / "intent_report.json").write_text(json.dumps(report))
    found = last_evaluation(tmp_path)
    assert found is not None
    assert found["confusions"] == [
        {"intent": "greet", "guessed_intent": "greet", "count": 3},
        {"intent": "greet", "guessed_intent": "bye", "count": 1},
    ]
    (tmp_path / "intent_report.json").write_text("{")
    with pytest.raises(Unavailable):
        last_evaluation(tmp_path)
