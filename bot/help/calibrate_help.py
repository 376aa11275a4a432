"""Fit how the help articles' evidence is weighed, choose from which confidence one answers, and say how well that does.

    python -m bot.help.calibrate_help          the tables; run it in the bot's environment, in the project's folder
    python -m bot.help.calibrate_help --json   behind them, in the last line, the figures of the two test parts
    python -m bot.help.calibrate_help --fit    fit the weights anew and write data/help/ranking.json

Weights and threshold come from the calibration part of data/help/questions.yml, the threshold by cross-validation: the
one with the most right answers at no more than MOST_WRONG of all questions answered wrongly. Put it into
bot/config.yml, under bot.help.help_retriever.HelpRetriever. The guessed intents are those of the newest trained model.
"""

import argparse
import asyncio
import json
import logging
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import yaml
from rasa.core.agent import load_agent
from rasa.shared.exceptions import RasaException
from rasa.utils.log_utils import configure_structlog

from bot.encoder.bert_encoder import BertEncoder, shared_encoder
from bot.encoder.weights import EncoderError
from bot.help.help_articles import HelpArticleError, read_intents, read_passages
from bot.help.help_index import Asking, HelpIndex
from bot.help.help_ranking import Ranking, RankingError, fit
from bot.help.help_retriever import HelpRetriever, found_in
from bot.help.help_turns import TurnFigures, first_turns

MOST_WRONG = 3.0
"""Percent of all questions that may be answered wrongly: a wrong answer costs trust, "I don't know" only a sentence."""
FOLDS = 10
PARTS = ("calibration", "test", "second_test")
SHOP_ARTICLES = Path("promo_engine/shops/completejourney/help")
"""The questions are those of a grocery shop's customers."""
MODELS = "var/models/rasa"
COMPONENT = "bot.help.help_retriever.HelpRetriever"


class CalibrationError(Exception):
    """Nothing can be measured; the message is one line that says what to correct."""


@dataclass(frozen=True)
class Question:
    """What a customer might ask, and the articles that answer it; none where the bot has to say so."""

    text: str
    articles: Tuple[str, ...]


@dataclass(frozen=True)
class LikeliestArticle:
    """What the search returned for one question."""

    confidence: float
    answerable: bool
    right: bool
    """It is an article that answers the question."""


@dataclass(frozen=True)
class Figures:
    """Shares of one part of the questions, in percent, at one threshold."""

    threshold: float
    hit_at_1: float
    """Of the answerable questions: the likeliest article is a right one, threshold or not."""
    answered_right: float
    """Of the answerable questions: the bot quotes a right article."""
    wrong_answers: float
    """Of all questions: the bot quotes an article that does not answer."""
    correct_silence: float
    """Of the questions that no article answers: the bot says that it does not know."""


def read_questions(file: Path) -> Dict[str, List[Question]]:
    """The parts. Raises CalibrationError."""
    try:
        parts = yaml.safe_load(file.read_text(encoding="utf-8"))
        return {
            part: [
                *(Question(entry["text"], tuple(entry["articles"])) for entry in parts[part]["answered"]),
                *(Question(text, ()) for text in parts[part]["silent"]),
            ]
            for part in PARTS
        }
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise CalibrationError(f"{file}: {' '.join(str(error).split())}") from error


def check_articles(index: HelpIndex, questions: Sequence[Question]) -> None:
    """Raise CalibrationError for a question that names an unknown article."""
    known = {passage.article_id for passage in index.passages}
    for question in questions:
        if missing := set(question.articles) - known:
            raise CalibrationError(f"'{question.text}' names {', '.join(sorted(missing))}, which is no article")


def search(
    index: HelpIndex, ranking: Ranking, questions: Sequence[Question], askings: Sequence[Asking]
) -> List[LikeliestArticle]:
    """The likeliest article for each question, asked as `askings`."""
    found = []
    for question, asking in zip(questions, askings, strict=True):
        best = ranking.found(index, asking)[0]
        right = index.passages[best.position].article_id in question.articles
        found.append(LikeliestArticle(best.confidence, bool(question.articles), right))
    return found


def fitted(index: HelpIndex, questions: Sequence[Question], askings: Sequence[Asking]) -> Ranking:
    """The weights that suit these questions."""
    rows: List[Tuple[Any, Optional[List[bool]]]] = []
    for question, asking in zip(questions, askings, strict=True):
        evidence = index.evidence(asking)
        right = [index.passages[position].article_id in question.articles for position in evidence.candidates]
        rows.append((evidence, right if question.articles else None))
    return fit(rows)


def cross_validated(
    index: HelpIndex, questions: Sequence[Question], askings: Sequence[Asking]
) -> List[LikeliestArticle]:
    """Every question searched for with weights that were fitted on others."""
    order = np.random.RandomState(0).permutation(len(questions))
    found: List[LikeliestArticle] = []
    for fold in range(FOLDS):
        held_out = order[fold::FOLDS]
        rest = np.setdiff1d(order, held_out)
        ranking = fitted(index, [questions[i] for i in rest], [askings[i] for i in rest])
        found += search(index, ranking, [questions[i] for i in held_out], [askings[i] for i in held_out])
    return found


def choose_threshold(found: Sequence[LikeliestArticle]) -> float:
    """The threshold of two digits with the most right answers at no more than MOST_WRONG percent of wrong ones.

    The middle of them where several neighbours are alike.
    """
    steps = [step / 100 for step in range(101)]
    figures = [(threshold, measured) for threshold in steps if (measured := measure(found, threshold=threshold))]
    allowed = [(each.answered_right, -threshold) for threshold, each in figures if each.wrong_answers <= MOST_WRONG]
    best = max(allowed)[0]
    alike = [-threshold for right, threshold in allowed if right == best]
    last = 0
    while last + 1 < len(alike) and round(alike[last + 1] - alike[last], 2) == 0.01:
        last += 1
    return alike[last // 2]


def measure(found: Sequence[LikeliestArticle], *, threshold: float) -> Figures:
    """What the bot would have said."""
    answerable = [likeliest for likeliest in found if likeliest.answerable]
    unanswerable = [likeliest for likeliest in found if not likeliest.answerable]
    if not answerable or not unanswerable:
        raise CalibrationError("each part needs questions that are answered and questions that are not")
    answered = [likeliest for likeliest in found if likeliest.confidence >= threshold]
    return Figures(
        threshold=threshold,
        hit_at_1=_percent(sum(likeliest.right for likeliest in answerable), len(answerable)),
        answered_right=_percent(sum(likeliest.right for likeliest in answered), len(answerable)),
        wrong_answers=_percent(sum(not likeliest.right for likeliest in answered), len(found)),
        correct_silence=_percent(sum(each.confidence < threshold for each in unanswerable), len(unanswerable)),
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


async def _parsed(texts: Sequence[str], models: str) -> List[Mapping[str, Any]]:
    try:
        agent = await load_agent(models)
    except RasaException as error:
        raise CalibrationError(f"{models}: {' '.join(str(error).split())}") from error
    if not agent.is_ready():
        raise CalibrationError(f"{models}: no trained bot there; run make train")
    return [await agent.parse_message(text) for text in texts]


def _askings(parses: Sequence[Mapping[str, Any]], encoder: BertEncoder) -> List[Asking]:
    return [
        Asking.of(
            str(parse["text"]),
            encoder,
            [(guess["name"], float(guess["confidence"])) for guess in parse.get("intent_ranking") or ()],
        )
        for parse in parses
    ]


def _run(config: Path, questions_file: Path, *, models: str, fits: bool) -> Dict[str, Any]:
    settings = _settings(config)
    parts = read_questions(questions_file)
    folders = (Path(settings["folder"]), SHOP_ARTICLES)
    placement = {name: settings[name] for name in ("device", "precision", "threads")}
    encoder = shared_encoder(settings["model"], **placement)
    index = HelpIndex.of(read_passages(*folders), encoder, cache=None, intents=read_intents(*folders))
    everything = [question for questions in parts.values() for question in questions]
    check_articles(index, everything)
    parses = iter(asyncio.run(_parsed([question.text for question in everything], models)))
    parsed = {part: [next(parses) for _ in questions] for part, questions in parts.items()}
    askings = {part: _askings(parsed[part], encoder) for part in parts}
    threshold, chosen = float(settings["threshold"]), None
    if fits:
        calibration = parts["calibration"], askings["calibration"]
        chosen = choose_threshold(cross_validated(index, *calibration))
        threshold = chosen
        Path(settings["ranking"]).write_text(fitted(index, *calibration).as_json(), encoding="utf-8")
    ranking = Ranking.read(Path(settings["ranking"]))
    figures = {part: measure(search(index, ranking, parts[part], askings[part]), threshold=threshold) for part in parts}
    turns = {}
    for part, questions in parts.items():
        found = [
            found_in(index, ranking, each, threshold=threshold, most=settings["passages"]) for each in askings[part]
        ]
        with_help = [{**parse, "help": each} for parse, each in zip(parsed[part], found, strict=True)]
        turns[part] = first_turns(with_help, [question.articles for question in questions], index)
    return {
        "articles": len({passage.article_id for passage in index.passages}),
        "passages": len(index.passages),
        "chosen": chosen,
        "threshold": threshold,
        "questions": {part: len(questions) for part, questions in parts.items()},
        "figures": figures,
        "turns": turns,
    }


def main(given: Optional[Sequence[str]] = None) -> int:
    """Print the tables or the figures."""
    parser = argparse.ArgumentParser(description="Fit and judge the answers from the help articles.")
    parser.add_argument("--config", type=Path, default=Path("bot/config.yml"))
    parser.add_argument("--questions", type=Path, default=Path("data/help/questions.yml"))
    parser.add_argument("--models", default=MODELS, help="folder of the trained bot, or its file (%(default)s)")
    parser.add_argument("--fit", action="store_true", help="fit the weights anew and choose the threshold")
    parser.add_argument("--json", action="store_true", help="end with the test parts' figures as JSON")
    arguments = parser.parse_args(given)
    configure_structlog(logging.ERROR)  # it would print a line a question
    try:
        result = _run(arguments.config, arguments.questions, models=arguments.models, fits=arguments.fit)
    except (CalibrationError, HelpArticleError, EncoderError, RankingError) as error:
        print(f"calibrate_help: {error}", file=sys.stderr)
        return 1
    print(_as_table(result))
    if arguments.json:
        print(_as_json(result))
    return 0


def _as_json(result: Mapping[str, Any]) -> str:
    figures: Dict[str, Any] = {name: result[name] for name in ("articles", "passages")}
    for part in PARTS[1:]:
        figures[part] = {
            "questions": result["questions"][part],
            **vars(result["figures"][part]),
            "first_turn": vars(result["turns"][part]),
        }
    return json.dumps(figures)


def _as_table(result: Mapping[str, Any]) -> str:
    lines = [f"{result['articles']} articles, {result['passages']} passages, threshold {result['threshold']:.2f}"]
    if result["chosen"] is not None:
        lines.append(
            "(weights written to the ranking's file, threshold chosen by cross-validation: put it into the config)"
        )
    lines += ["", "the search alone  questions  hit@1 %  answered right %  wrong answers %  correct silence %"]
    for part, row in result["figures"].items():
        lines.append(
            f"{part:<16}  {result['questions'][part]:9d}  {row.hit_at_1:7.1f}  {row.answered_right:16.1f}"
            f"  {row.wrong_answers:15.1f}  {row.correct_silence:17.1f}"
        )
    lines += ["", "the first turn    right %  (help %  reply %)  asked back %  not known %  wrong %  silent: wrong %"]
    for part, turn in result["turns"].items():
        lines.append(_turn_row(part, turn))
    return "\n".join(lines)


def _turn_row(part: str, turn: TurnFigures) -> str:
    return (
        f"{part:<16}  {turn.right:7.1f}  {turn.right_by_help:6.1f}  {turn.right_by_reply:7.1f}  "
        f" {turn.asked_back:12.1f}  {turn.not_known:11.1f}  {turn.wrong:7.1f}  {turn.silent_wrong:15.1f}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
