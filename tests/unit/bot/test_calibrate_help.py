import json
from pathlib import Path

import pytest

from bot.help.calibrate_help import CalibrationError, NearestPassage, choose_threshold, main, measure, read_questions


def right(similarity: float) -> NearestPassage:
    return NearestPassage(similarity, answerable=True, right=True)


def wrong(similarity: float) -> NearestPassage:
    return NearestPassage(similarity, answerable=True, right=False)


def silent(similarity: float) -> NearestPassage:
    return NearestPassage(similarity, answerable=False, right=False)


def test_the_figures_of_a_known_half() -> None:
    found = [right(0.9), right(0.6), right(0.3), wrong(0.7), silent(0.8), silent(0.2), silent(0.1), silent(0.1)]
    figures = measure(found, threshold=0.5)
    assert figures.hit_at_1 == 75.0
    assert figures.answered_right == 50.0
    assert figures.wrong_answers == 25.0
    assert figures.correct_silence == 75.0


def test_the_threshold_lies_between_right_and_wrong() -> None:
    assert choose_threshold([right(0.8), right(0.7), wrong(0.4), silent(0.3)]) == pytest.approx(0.55, abs=0.01)


def test_a_wrong_answer_outweighs_one_right_answer_but_not_three() -> None:
    assert choose_threshold([right(0.8), wrong(0.7), right(0.6)]) > 0.7
    assert choose_threshold([right(0.8), wrong(0.7), right(0.6), right(0.6), right(0.6)]) <= 0.6


@pytest.mark.parametrize("found", [[right(0.5)], [silent(0.5)]])
def test_a_half_without_both_kinds_of_questions_is_refused(found: list[NearestPassage]) -> None:
    with pytest.raises(CalibrationError, match="answered and questions that are not"):
        measure(found, threshold=0.5)


def test_a_broken_file_of_questions_is_told_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "questions.yml"
    file.write_text("calibration: {answered: []}\n")
    with pytest.raises(CalibrationError, match=r"questions\.yml: 'silent'"):
        read_questions(file)


def test_there_are_enough_questions() -> None:
    halves = read_questions(Path("data/help/questions.yml"))
    texts = [question.text for questions in halves.values() for question in questions]
    assert len(texts) == len(set(texts)) >= 120
    for questions in halves.values():
        assert sum(bool(question.articles) for question in questions) >= 40
        assert sum(not question.articles for question in questions) >= 20


def test_the_shops_articles_answer_as_well_as_they_are_said_to(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["hit_at_1"] >= 75
    assert figures["answered_right"] >= 50
    assert figures["wrong_answers"] <= 6
    assert figures["correct_silence"] >= 93
