"""The figures of the understanding benchmark, and its disturbances. Fitting itself is what the benchmark does."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.language import understanding
from benchmarks.language.understanding import Reading, Turn, reading


def parse(*ranking: tuple[str, float], fallback: bool = False) -> dict[str, object]:
    guesses = [{"name": name, "confidence": confidence} for name, confidence in ranking]
    intent = {"name": "nlu_fallback", "confidence": 0.7} if fallback else guesses[0]
    return {"intent": intent, "intent_ranking": [intent, *guesses] if fallback else guesses}


def test_a_guess_below_the_fallback_is_a_choice_of_the_question_back() -> None:
    said = reading(parse(("track_order", 0.2), ("cancel_order", 0.15), fallback=True), ask=0.1)
    assert said == Reading(None, "track_order", 0.2, ("track_order", "cancel_order"))
    assert reading(parse(("track_order", 0.2), fallback=True), ask=0.3).choices == ()


def test_out_of_scope_is_no_answer() -> None:
    said = reading(parse(("out_of_scope", 0.8), ("track_order", 0.1)), ask=0.1)
    assert said.answered is None and said.choices == ()


def test_figures_tell_right_wrong_and_silent_apart() -> None:
    turns = [
        Turn("a", supported=True, accepted=frozenset({"greet"})),
        Turn("b", supported=True, accepted=frozenset({"greet", "thank"})),
        Turn("c", supported=True, accepted=frozenset({"greet"})),
        Turn("d", supported=True, accepted=frozenset({"greet"})),
        Turn("e", supported=False, accepted=frozenset({"greet"})),
        Turn("f", supported=False, accepted=frozenset()),
    ]
    readings = [
        Reading("greet", "greet", 0.9, ()),
        Reading("deny", "deny", 0.9, ()),
        Reading(None, "deny", 0.2, ("deny", "greet")),
        Reading(None, None, 0.0, ()),
        Reading("greet", "greet", 0.9, ()),
        Reading("greet", "greet", 0.9, ()),
    ]
    figures = understanding.figures_of_turns(turns, readings)
    assert (figures["right"], figures["wrong"], figures["silent"]) == (25, 25, 50)
    assert figures["within_one_tap"] == 50
    assert figures["unsupported_answered_wrongly"] == 50


def test_a_newer_intent_counts_where_the_labels_accept_what_it_was_a_part_of() -> None:
    turns = [
        Turn("a", supported=True, accepted=frozenset({"loyalty_points"})),
        Turn("b", supported=True, accepted=frozenset({"payment_issue"})),
    ]
    points, payment = understanding.with_newer_intents(turns)
    assert points.accepted == {"loyalty_points", "membership"}
    assert payment.accepted == {"payment_issue"}


def test_calibration_error_is_the_distance_of_confidence_from_truth() -> None:
    assert understanding.calibration_error([0.8] * 4, [True, True, True, False]) == pytest.approx(0.05)


def test_a_higher_threshold_never_answers_more() -> None:
    turns = [Turn(str(i), supported=i % 2 == 0, accepted=frozenset({"greet"})) for i in range(20)]
    readings = [Reading("greet", "greet", i / 20, ()) for i in range(20)]
    coverage = [row["coverage"] for row in understanding.risk_coverage(turns, readings)]
    assert coverage == sorted(coverage, reverse=True) and coverage[0] > coverage[-1]


def test_a_typo_changes_one_word_and_no_number() -> None:
    rng = random.Random(1)
    for _ in range(200):
        text = "where is order 31198570046 now"
        changed = understanding.with_typo(text, rng)
        assert changed != text or "r" not in text
        assert "31198570046" in changed
        assert sum(a != b for a, b in zip(text.split(), changed.split(), strict=True)) <= 1


def test_marks_of_entities_are_no_words(tmp_path: Path) -> None:
    file = tmp_path / "nlu.yml"
    file.write_text(
        'nlu:\n  - intent: track_order\n    examples: |\n      - where is [123]{"entity": "order_number"} [6](date)\n'
    )
    assert [turn.text for turn in understanding.read_held_out(file)] == ["where is 123 6"]


def test_without_turns_it_skips(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert understanding.main(["--turns", str(tmp_path / "none.csv")]) == 0
    assert capsys.readouterr().out.count("\n") == 1
