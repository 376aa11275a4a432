from pathlib import Path

import numpy as np
import pytest

from bot.encoder.bert_encoder import BertEncoder, shared_encoder
from bot.help.help_articles import Passage
from bot.help.help_index import AGAINST, EVIDENCE, Asking, Evidence, HelpIndex
from bot.help.help_ranking import Found, Ranking, RankingError, fit, quotable


def passage(article: str, text: str, *questions: str) -> Passage:
    return Passage(article, f"about {article}", "is", text, questions)


@pytest.fixture
def encoder(tiny_bert: Path) -> BertEncoder:
    return shared_encoder(str(tiny_bert), device="cpu")


def column(evidence: Evidence, name: str) -> dict[int, float]:
    return dict(zip(evidence.candidates.tolist(), evidence.rows[:, EVIDENCE.index(name)].tolist(), strict=True))


def test_a_passage_lies_between_its_words_and_those_of_customers(encoder: BertEncoder) -> None:
    both = [passage("a", "my order"), passage("a", "my order", "unbelievable banana")]
    index = HelpIndex.of(both, encoder, cache=None)
    dense = column(index.evidence(Asking.of("unbelievable banana", encoder)), "dense")
    assert dense[0] < dense[1] < 1.0
    assert column(index.evidence(Asking.of("unbelievable banana", encoder)), "asked")[1] == pytest.approx(1.0, abs=1e-4)


def test_words_count_by_their_stems_and_rare_ones_more(encoder: BertEncoder) -> None:
    index = HelpIndex.of(
        [passage("a", "parcels are returned"), passage("b", "parcels are here"), passage("c", "mustard")],
        encoder,
        cache=None,
    )
    words = column(index.evidence(Asking.of("returning a parcel", encoder)), "words")
    assert words[0] > words[1] > words[2] == 0.0


@pytest.mark.parametrize("text", ["\U0001f600", "[]", "?!", "zzyzx"])
def test_a_text_without_a_word_of_the_articles_is_searched_too(text: str, encoder: BertEncoder) -> None:
    index = HelpIndex.of([passage("a", "thank you")], encoder, cache=None)
    assert column(index.evidence(Asking.of(text, encoder)), "words") == {0: 0.0}


def test_tokens_are_alike_where_the_words_are(encoder: BertEncoder) -> None:
    index = HelpIndex.of([passage("a", "thank you")], encoder, cache=None)
    same = column(index.evidence(Asking.of("thank", encoder)), "tokens")[0]
    assert 0.0 < same <= 1.0 + 1e-3


def test_intents_speak_for_their_articles_and_the_rest_against_all(encoder: BertEncoder) -> None:
    index = HelpIndex.of([passage("a", "x"), passage("b", "y")], encoder, cache=None, intents={"i": ["b"], "j": ["b"]})
    guesses = [("i", 0.3), ("j", 0.2), ("out_of_scope", 0.1), ("other", 0.15), ("nlu_fallback", 0.5)]
    evidence = index.evidence(Asking.of("x", encoder, guesses))
    assert column(evidence, "intents") == pytest.approx({0: 0.0, 1: 0.5})
    against = dict(zip(AGAINST, evidence.against.tolist(), strict=True))
    assert against["out_of_scope"] == pytest.approx(0.1)
    assert against["other_intents"] == pytest.approx(0.15)
    assert against["unknown"] == pytest.approx(0.25)
    assert index.intents_of("b") == ["i", "j"]


def test_a_vector_of_nothing_finds_nothing(encoder: BertEncoder) -> None:
    index = HelpIndex.of([passage("a", "d")], encoder, cache=None)
    nothing = Asking("", np.zeros(8), (), np.zeros((0, 8)))
    assert Ranking((1.0,) * len(EVIDENCE), (0.0,) * len(AGAINST)).found(index, nothing) == []


def test_an_index_is_read_as_it_was_written(encoder: BertEncoder, tmp_path: Path) -> None:
    index = HelpIndex.of([passage("a", "d. E f.", "g")], encoder, cache=None, intents={"i": ["a"]})
    index.save(tmp_path / "x.safetensors", note="n")
    again, notes = HelpIndex.load(tmp_path / "x.safetensors")
    assert (again.passages, again.intents, notes) == (index.passages, index.intents, {"note": "n"})
    asking = Asking.of("thank you", encoder)
    np.testing.assert_allclose(again.evidence(asking).rows, index.evidence(asking).rows, atol=1e-6)


def test_an_answer_leaves_out_only_what_follows_and_does_not_lean_on_it() -> None:
    text = "We do not exchange. Return it first. It is free. Our shop is nice."
    rows = np.eye(4, dtype=np.float32)
    arrays = {
        "vectors": rows[:1],
        **{name: rows[:0] for name in ("asked", "words")},
        **{f"{name}_of": np.zeros(0, np.int64) for name in ("asked", "words")},
        "sentences": rows,
        "sentences_of": np.zeros(4, np.int64),
    }
    index = HelpIndex([passage("a", text)], arrays, {})

    def answer(*vector: float) -> str:
        return index.answer(0, Asking("x", np.array(vector), (), np.zeros((0, 4))))

    assert answer(0, 1, 0, 0) == "We do not exchange. Return it first. It is free."
    assert answer(1, 0, 0, 0) == "We do not exchange."
    assert answer(0, 0, 0, 1) == text


def test_the_weights_are_learned_from_right_answers_and_from_silence() -> None:
    random = np.random.RandomState(1)

    def question(best: float) -> Evidence:
        rows = np.zeros((3, len(EVIDENCE)), dtype=np.float32)
        rows[:, 0] = [best, 0.2, 0.1]
        rows[:, 1] = random.uniform(size=3)  # says nothing
        against = np.zeros(len(AGAINST), dtype=np.float32)
        against[0] = 1.0
        return Evidence(np.arange(3), rows, against)

    ranking = fit(
        [(question(0.8 + i / 100), [True, False, False]) for i in range(10)]
        + [(question(0.3), None)] * 10
        + [(question(0.9), [False, False, False])]
    )
    assert ranking.passage[0] > 3 * abs(ranking.passage[1])
    assert ranking.passage[0] * 0.8 > ranking.none[0] > ranking.passage[0] * 0.3


def test_only_a_likely_article_is_quoted_and_with_it_only_what_answers_nearly_as_well() -> None:
    found = [Found(0, 0.6, 0.9, 0.5), Found(1, 0.25, 0.9, 0.4), Found(2, 0.05, 0.9, 0.4), Found(3, 0.05, 0.05, 0.3)]
    assert [each.position for each in quotable(found, 0.7, 3)] == [0, 1]
    assert quotable(found, 0.95, 3) == []
    assert [each.position for each in quotable(found, 0.7, 1)] == [0]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"passage": {"dense": "x"}, "none": {}}'])
def test_a_broken_file_of_weights_is_told_in_one_line(text: str, tmp_path: Path) -> None:
    file = tmp_path / "ranking.json"
    file.write_text(text)
    with pytest.raises(RankingError, match=r"ranking\.json: .*calibrate_help"):
        Ranking.read(file)


def test_the_projects_weights_are_read_and_written_alike() -> None:
    file = Path("data/help/ranking.json")
    assert Ranking.read(file).as_json() == file.read_text()
