"""Choose the cosine from which a help article answers, and say how well it does on other questions.

    python -m bot.help.calibrate_help            the table; run it in the bot's environment, in the project's folder
    python -m bot.help.calibrate_help --json     the figures of the test half alone, for other programs

The threshold is chosen on the calibration half of data/help/questions.yml: the one with the most right answers, where a
wrong answer counts WRONG_WEIGHT times. The test half then measures it. Put the chosen threshold into
bot/config.yml, under bot.help.help_retriever.HelpRetriever; the table shows both, the chosen and the configured one.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import yaml

from bot.encoder.bert_encoder import BertEncoder, shared_encoder
from bot.encoder.weights import EncoderError
from bot.help.help_articles import HelpArticleError, read_passages
from bot.help.help_retriever import HelpIndex, HelpRetriever, sentence_rows

WRONG_WEIGHT = 2.0
"""A wrong answer costs trust, "I don't know" only another sentence."""
SHOP_ARTICLES = Path("promo_engine/shops/completejourney/help")
"""The questions are those of a grocery shop's customers."""
COMPONENT = "bot.help.help_retriever.HelpRetriever"


class CalibrationError(Exception):
    """Nothing can be measured; the message is one line that says what to correct."""


@dataclass(frozen=True)
class Question:
    """What a customer might ask, and the articles that answer it; none where the bot has to say so."""

    text: str
    articles: Tuple[str, ...]


@dataclass(frozen=True)
class NearestPassage:
    """What the search returned for one question."""

    similarity: float
    answerable: bool
    right: bool
    """It is of an article that answers the question."""


@dataclass(frozen=True)
class Figures:
    """Shares of one half of the questions, in percent, at one threshold."""

    threshold: float
    hit_at_1: float
    """Of the answerable questions: the nearest passage is of a right article, threshold or not."""
    answered_right: float
    """Of the answerable questions: the bot quotes a right article."""
    wrong_answers: float
    """Of all questions: the bot quotes an article that does not answer."""
    correct_silence: float
    """Of the questions that no article answers: the bot says that it does not know."""


def read_questions(file: Path) -> Dict[str, List[Question]]:
    """The two halves. Raises CalibrationError."""
    try:
        halves = yaml.safe_load(file.read_text(encoding="utf-8"))
        return {
            half: [
                *(Question(entry["text"], tuple(entry["articles"])) for entry in halves[half]["answered"]),
                *(Question(text, ()) for text in halves[half]["silent"]),
            ]
            for half in ("calibration", "test")
        }
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise CalibrationError(f"{file}: {' '.join(str(error).split())}") from error


def search(index: HelpIndex, encoder: BertEncoder, questions: Sequence[Question]) -> List[NearestPassage]:
    """The nearest passage to each question."""
    known = {passage.article_id for passage in index.passages}
    for question in questions:
        if missing := set(question.articles) - known:
            raise CalibrationError(f"'{question.text}' names {', '.join(sorted(missing))}, which is no article")
    rows = sentence_rows(encoder, [question.text for question in questions], cache=None)
    found = []
    for question, row in zip(questions, rows, strict=True):
        [(passage, similarity)] = index.best(row, count=1)
        found.append(NearestPassage(similarity, bool(question.articles), passage.article_id in question.articles))
    return found


def choose_threshold(found: Sequence[NearestPassage]) -> float:
    """The threshold of two digits with the highest worth; the middle of them where several neighbours have it."""

    def worth(threshold: float) -> float:
        answered = [nearest for nearest in found if nearest.similarity >= threshold]
        right = sum(nearest.right for nearest in answered)
        return right - WRONG_WEIGHT * (len(answered) - right)

    steps = [step / 100 for step in range(101)]
    worths = [worth(threshold) for threshold in steps]
    best = worths.index(max(worths))
    last = best
    while last + 1 < len(steps) and worths[last + 1] == worths[best]:
        last += 1
    return steps[(best + last) // 2]


def measure(found: Sequence[NearestPassage], *, threshold: float) -> Figures:
    """What the bot would have said."""
    answerable = [nearest for nearest in found if nearest.answerable]
    unanswerable = [nearest for nearest in found if not nearest.answerable]
    if not answerable or not unanswerable:
        raise CalibrationError("each half needs questions that are answered and questions that are not")
    answered = [nearest for nearest in found if nearest.similarity >= threshold]
    return Figures(
        threshold=threshold,
        hit_at_1=_percent(sum(nearest.right for nearest in answerable), len(answerable)),
        answered_right=_percent(sum(nearest.right for nearest in answered), len(answerable)),
        wrong_answers=_percent(sum(not nearest.right for nearest in answered), len(found)),
        correct_silence=_percent(sum(nearest.similarity < threshold for nearest in unanswerable), len(unanswerable)),
    )


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1)


def _settings(config: Path) -> Dict[str, Any]:
    try:
        pipeline = yaml.safe_load(config.read_text(encoding="utf-8"))["pipeline"]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise CalibrationError(f"{config}: {' '.join(str(error).split())}") from error
    for component in pipeline:
        if component.get("name") == COMPONENT:
            return {**HelpRetriever.get_default_config(), **component}
    raise CalibrationError(f"{config}: the pipeline has no {COMPONENT}")


def _run(config: Path, questions_file: Path) -> Dict[str, Any]:
    settings = _settings(config)
    halves = read_questions(questions_file)
    passages = read_passages(Path(settings["folder"]), SHOP_ARTICLES)
    placement = {name: settings[name] for name in ("device", "precision", "threads")}
    encoder = shared_encoder(settings["model"], **placement)
    index = HelpIndex.of(passages, encoder, cache=None)
    found = {half: search(index, encoder, questions) for half, questions in halves.items()}
    chosen, configured = choose_threshold(found["calibration"]), float(settings["threshold"])
    return {
        "articles": len({passage.article_id for passage in passages}),
        "passages": len(passages),
        "chosen": chosen,
        "questions": {half: len(questions) for half, questions in halves.items()},
        "rows": [(half, measure(found[half], threshold=t)) for t in sorted({chosen, configured}) for half in found],
        "test": measure(found["test"], threshold=configured),
    }


def main(given: Optional[Sequence[str]] = None) -> int:
    """Print the table or the figures."""
    parser = argparse.ArgumentParser(description="Choose and judge the threshold of the help articles.")
    parser.add_argument("--config", type=Path, default=Path("bot/config.yml"))
    parser.add_argument("--questions", type=Path, default=Path("data/help/questions.yml"))
    parser.add_argument("--json", action="store_true", help="print the test half's figures as JSON")
    arguments = parser.parse_args(given)
    try:
        result = _run(arguments.config, arguments.questions)
    except (CalibrationError, HelpArticleError, EncoderError) as error:
        print(f"calibrate_help: {error}", file=sys.stderr)
        return 1
    if arguments.json:
        figures = {name: result[name] for name in ("articles", "passages")}
        print(json.dumps({**figures, "test_questions": result["questions"]["test"], **vars(result["test"])}))
        return 0
    print(f"{result['articles']} articles, {result['passages']} passages; threshold chosen: {result['chosen']:.2f}\n")
    print("threshold  half         questions  hit@1 %  answered right %  wrong answers %  correct silence %")
    for half, row in result["rows"]:
        print(
            f"{row.threshold:9.2f}  {half:<11}  {result['questions'][half]:9d}  {row.hit_at_1:7.1f}"
            f"  {row.answered_right:16.1f}  {row.wrong_answers:15.1f}  {row.correct_silence:17.1f}"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
