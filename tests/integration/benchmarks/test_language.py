"""Reading sets and choosing thresholds; one whole run through Rasa on a set of a few texts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.language import language_accuracy as language
from benchmarks.language.language_sets import OUT_OF_SCOPE, DataError, leave_intents_out, read_set, threshold_for
from tools.bench_figures import results_path

INTENTS = {
    "greet": ["hello", "hi there", "good morning", "hey you"],
    "track": ["where is my order", "track my parcel", "has it shipped", "order status please"],
    "refund": ["i want my money back", "refund me", "give me a refund", "return the payment"],
    "bye": ["goodbye", "see you", "bye bye", "farewell then"],
    "size": ["does it come in large", "which size fits", "is there a small one", "size chart please"],
}


def write_csv(path: Path, rows: list[tuple[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("text,intent\n" + "".join(f'"{text}",{intent}\n' for text, intent in rows))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [(text, intent) for intent, texts in INTENTS.items() for text in texts]
    write_csv(tmp_path / "shop" / "train.csv", rows)
    write_csv(tmp_path / "shop" / "test.csv", [("hello friend", "greet"), ("what of mars", "NO_NODES_DETECTED")])
    return tmp_path / "shop"


def test_calibration_never_sees_the_test(folder: Path) -> None:
    texts = read_set(folder, "full")
    assert texts.knows_out_of_scope
    questions = {text for split in texts.calibration for text, _ in split.ask}
    assert questions
    assert not questions & {text for text, _ in texts.test.ask}


def test_intents_left_out_are_not_learned(folder: Path) -> None:
    for split in leave_intents_out(read_set(folder, "full").test.learn, seed=1):
        assert not {text for text, _ in split.learn} & {text for text, _ in split.ask}
        taught = {intent for _, intent in split.learn}
        assert {intent for _, intent in split.ask} <= taught | {OUT_OF_SCOPE}


def test_validation_texts_are_used_where_given(folder: Path) -> None:
    write_csv(folder / "val.csv", [("good evening", "greet")])
    write_csv(folder / "oos_val.csv", [("who won the cup", "oos")])
    (split,) = read_set(folder, "full").calibration
    assert split.ask == [("good evening", "greet"), ("who won the cup", OUT_OF_SCOPE)]


def test_the_threshold_rejects_the_share_asked_for() -> None:
    confidences = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.9, 0.95])
    in_scope = np.array([False] * 5 + [True] * 2)
    threshold = threshold_for(confidences, in_scope=in_scope, recall=0.8)
    assert (confidences[~in_scope] < threshold).mean() >= 0.8
    assert (confidences[in_scope] >= threshold).all()


def test_a_threshold_from_few_texts_rejects_more_of_them() -> None:
    confidences = np.linspace(0.0, 0.99, 100)
    threshold = threshold_for(confidences, in_scope=np.zeros(100, bool), recall=0.8)
    assert (confidences < threshold).sum() == 86  # 85 of 100: Wilson's lower end is 79.9 %


def test_rejection_counts_against_in_scope_accuracy() -> None:
    said = language.Guesses(
        right=np.array([True, True, False, False]),
        in_scope=np.array([True, True, True, False]),
        confidences=np.array([0.9, 0.3, 0.8, 0.2]),
    )
    assert said.in_scope_accuracy(0.0) == pytest.approx(200 / 3)
    assert said.in_scope_accuracy(0.5) == pytest.approx(100 / 3)
    assert said.out_of_scope_recall(0.5) == 100


def test_a_file_without_the_columns_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("sentence,label\nhello,greet\n")
    with pytest.raises(DataError, match="needs the columns text,intent"):
        read_set(tmp_path, "full")


def test_the_default_pipeline_is_the_bots_own() -> None:
    names = [part["name"] for part in language.configuration("default", stock_epochs=1)["pipeline"]]
    assert names == list(language.LANGUAGE_PARTS)


def test_a_folder_of_ones_own_goes_all_the_way(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_csv(folder / "val.csv", [("good evening", "greet")])
    write_csv(folder / "oos_val.csv", [("who won the cup", "oos")])
    monkeypatch.setattr(language, "FILES", tmp_path / "files")
    monkeypatch.setattr("tools.bench_figures.ROOT", tmp_path)
    written = results_path("language.json")
    written.write_text('{"stock_parse_p50_ms": 9}')
    assert language.main(["--sets", str(folder), "--pipelines", "default"]) == 0
    figures = json.loads(written.read_text())
    assert figures["shop_full_in_scope_accuracy"] in (0, 100)
    assert figures["shop_full_oos_recall"] in (0, 100)
    assert figures["parse_p50_ms"] > 0
    assert figures["stock_parse_p50_ms"] == 9  # an earlier run's
    trained_at = (tmp_path / "files" / "shop_full" / "model.tar.gz").stat().st_mtime_ns
    assert language.main(["--sets", str(folder), "--pipelines", "default", "--parse-only"]) == 0
    assert (tmp_path / "files" / "shop_full" / "model.tar.gz").stat().st_mtime_ns == trained_at
    assert json.loads(written.read_text()).keys() == figures.keys()


def test_a_parse_is_timed_only_on_a_model_that_is_there(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(language, "FILES", tmp_path / "files")
    assert language.main(["--sets", str(folder), "--pipelines", "tuned", "--parse-only"]) == 1
    assert "no model of tuned_shop_full" in capsys.readouterr().err


def test_a_missing_set_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert language.main(["--data", str(tmp_path), "--sets", "nothing"]) == 1
    assert "no set nothing" in capsys.readouterr().err
