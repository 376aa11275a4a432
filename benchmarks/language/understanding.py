"""How well the bot understands shoppers who never read its training sentences.

    make bench-understanding
    .venv/engine/bin/python -m benchmarks understanding --turns path/to/turns.csv

Fits the language part of bot/config.yml on data/nlu, without dialogue, and asks it two things:

- every turn of a file with the columns `text,kind,accepted_intents`. On a `supported` turn any of the accepted intents
  is right; on an `unsupported` one these are right as well, and so is not to answer. A turn is within one tap where the
  answer is right, or where the right intent is among the choices of a question back.
- the sentences of tests/conversations/held_out_nlu.yml, as they are and disturbed: one typo, a polite frame, a greeting
  in front, a rambling frame.

Intents that are newer than the labels count where the labels accept those that they were a part of (`NEWER_INTENTS`);
the figures `..._as_labelled` take the labels as they stand.

Figures go to var/bench/understanding.json in percent, the calibration error as a fraction, the risk-coverage curve to
var/bench/understanding_curve.csv. Nothing of the turns becomes training data or is copied.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from rich.table import Table

from tools.bench_figures import results_path, wide_console, write_json
from tools.once import ROOT
from tools.testbed.bot_process import BotProcess, BotProcessError

TURNS = ROOT.parent / "shared" / "understanding" / "retail_turns.csv"
HELD_OUT = ROOT / "tests" / "conversations" / "held_out_nlu.yml"
NOT_ANSWERED = ("nlu_fallback", "out_of_scope", None)
CHOICES = 3
"""Most choices of a question back."""
BINS = 10
"""Of the expected calibration error, equally wide (Guo et al., ICML 2017)."""
SINGLES = 200
AS_LABELLED = ("right", "within_one_tap", "wrong", "unsupported_answered_wrongly", "calibration_error")

GOALS = {
    "right": "≥ 80",
    "within_one_tap": "≥ 92",
    "wrong": "≤ 4",
    "unsupported_answered_wrongly": "≤ 10",
    "calibration_error": "≤ 0.05",
    "largest_loss": "≤ 8",
}

NEWER_INTENTS = (
    ({"loyalty_points"}, "membership"),
    ({"check_payment_methods", "payment_issue"}, "membership"),
    ({"newsletter_subscription", "payment_issue"}, "membership"),
    ({"recover_password", "contact_customer_service"}, "two_factor"),
    ({"product_advice", "product_search"}, "product_facts"),
    ({"complaint", "contact_customer_service"}, "site_problem"),
    ({"complaint", "return_order"}, "item_damaged"),
    ({"complaint", "delivery_options"}, "delivery_price"),
)
"""Intents that are newer than the labels: where all of the left are accepted, the right one says it more exactly."""

NEIGHBOURS = {
    "a": "sqw", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk",
    "k": "jl", "l": "ko", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry",
    "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x",
}  # fmt: skip
POLITE = (
    "Would you be so kind as to help me with this: {}",
    "If it is no trouble, {}, many thanks in advance",
    "I'd be grateful if you could tell me: {}",
    "{} Would be great if you could sort this, thanks so much",
)
GREETINGS = ("Hey there! {}", "Good evening, {}", "Hello team, {}", "hiya, {}", "Hi, this is Daniel. {}")
RAMBLING = (
    "So I was sitting here with my coffee and going through my mails when it crossed my mind. {} Anyway, that's it.",
    "I'm usually not somebody who writes to shops. My sister told me to just try the chat. {}",
    "{} I hope that makes sense, it has been a very long week and the kids are driving me mad.",
    "Not sure whether I'm in the right spot, I've never used one of these before. {} Let me know when you can.",
)


@dataclass(frozen=True)
class Turn:
    """A text, and the intents that are right for it."""

    text: str
    supported: bool
    accepted: frozenset[str]


@dataclass(frozen=True)
class Reading:
    """What the pipeline made of a text."""

    answered: str | None
    """The intent that the bot would act on; None where it does not."""
    guess: str | None
    """The likeliest real intent, and how sure it is."""
    confidence: float
    choices: tuple[str, ...]
    """Of the question back, where it asks one."""


class TurnsError(Exception):
    """The turns cannot be read; the message is one line."""


def read_turns(file: Path) -> list[Turn]:
    """Every row. Raises TurnsError."""
    try:
        with file.open(encoding="utf-8", newline="") as rows:
            return [
                Turn(
                    row["text"].strip(),
                    row["kind"] == "supported",
                    frozenset(filter(None, row["accepted_intents"].split("|"))),
                )
                for row in csv.DictReader(rows)
            ]
    except (OSError, UnicodeDecodeError) as error:
        raise TurnsError(f"{file} cannot be read: {error}") from error
    except KeyError as error:
        raise TurnsError(f"{file} needs the columns text,kind,accepted_intents; {error} is missing") from error


def with_newer_intents(turns: Sequence[Turn]) -> list[Turn]:
    """The turns, their newer intents accepted as well."""
    return [
        replace(turn, accepted=turn.accepted | {newer for older, newer in NEWER_INTENTS if older <= turn.accepted})
        for turn in turns
    ]


def read_held_out(file: Path) -> list[Turn]:
    """The sentences of a file in Rasa's form, without the marks of entities."""
    blocks = yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]
    return [
        Turn(_without_marks(line.removeprefix("- ")), block["intent"] != "out_of_scope", frozenset({block["intent"]}))
        for block in blocks
        for line in block["examples"].strip().splitlines()
    ]


def _without_marks(text: str) -> str:
    """`[1234](order_number)` is `1234`."""
    while "](" in text or "]{" in text:
        before, _, rest = text.partition("[")
        words, _, rest = rest.partition("]")
        closing = ")" if rest.startswith("(") else "}"
        text = before + words + rest.partition(closing)[2]
    return text.strip()


def with_typo(text: str, rng: random.Random) -> str:
    """One letter of a word of four or more is swapped with the next, left out, doubled or hit beside."""
    words = text.split(" ")
    long = [i for i, word in enumerate(words) if len(word) >= 4 and word.isalpha()]
    if not long:
        return text
    i = rng.choice(long)
    word, at = words[i], rng.randrange(len(words[i]) - 1)
    letter = word[at].lower()
    words[i] = rng.choice(
        [
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + rng.choice(NEIGHBOURS.get(letter, letter)) + word[at + 1 :],
        ]
    )
    return " ".join(words)


def framed(text: str, frames: Sequence[str], rng: random.Random) -> str:
    """The text in one of the frames; a sentence before more words ends in a full stop."""
    frame = rng.choice(frames)
    if frame.startswith("{} ") and text[-1:] not in ".!?":
        text += "."
    return frame.format(text)


def disturbed(turns: Sequence[Turn]) -> dict[str, list[str]]:
    """The texts under each kind of disturbance, in the turns' order; the same ones every time."""
    texts = [turn.text for turn in turns]
    rng = random.Random(20)
    return {
        "as_written": texts,
        "typo": [with_typo(text, rng) for text in texts],
        "polite": [framed(text, POLITE, rng) for text in texts],
        "greeting": [framed(text, GREETINGS, rng) for text in texts],
        "rambling": [framed(text, RAMBLING, rng) for text in texts],
    }


def reading(parse: Mapping[str, Any], *, ask: float) -> Reading:
    """`ask` counts where the pipeline names no band of its own."""
    ranking: list[dict[str, Any]] = [
        guess for guess in parse.get("intent_ranking", []) if guess["name"] not in ("nlu_fallback", None)
    ]
    first: dict[str, Any] = ranking[0] if ranking else {"name": None, "confidence": 0.0}
    answered = parse["intent"]["name"]
    least = parse.get("bands", {}).get("ask", ask)
    choices = tuple(guess["name"] for guess in ranking[:CHOICES] if guess["name"] not in NOT_ANSWERED)
    if answered not in NOT_ANSWERED or first["name"] in NOT_ANSWERED or first["confidence"] < least:
        choices = ()
    return Reading(
        None if answered in NOT_ANSWERED else answered,
        None if first["name"] in NOT_ANSWERED else first["name"],
        float(first["confidence"]),
        choices,
    )


def share(values: Sequence[bool]) -> float:
    """Percent of true ones; 0 of none."""
    return 100 * float(np.mean(values)) if values else 0.0


def figures_of_turns(turns: Sequence[Turn], readings: Sequence[Reading]) -> dict[str, float]:
    """The figures that the goals are about."""
    pairs = list(zip(turns, readings, strict=True))
    supported = [(turn, said) for turn, said in pairs if turn.supported]
    unsupported = [(turn, said) for turn, said in pairs if not turn.supported]
    guessed = [(turn, said) for turn, said in pairs if said.guess]
    return {
        "right": share([said.answered in turn.accepted for turn, said in supported]),
        "wrong": share([said.answered is not None and said.answered not in turn.accepted for turn, said in supported]),
        "silent": share([said.answered is None for _, said in supported]),
        "within_one_tap": share(
            [said.answered in turn.accepted or bool(turn.accepted & {*said.choices}) for turn, said in supported]
        ),
        "asked_back": share([bool(said.choices) for _, said in supported]),
        "first_guess_right": share([said.guess in turn.accepted for turn, said in supported]),
        "unsupported_answered_wrongly": share(
            [said.answered is not None and said.answered not in turn.accepted for turn, said in unsupported]
        ),
        "unsupported_asked_back": share([bool(said.choices) for _, said in unsupported]),
        "calibration_error": calibration_error(
            [said.confidence for _, said in guessed], [said.guess in turn.accepted for turn, said in guessed]
        ),
    }


def calibration_error(confidences: Sequence[float], right: Sequence[bool]) -> float:
    """Expected calibration error: mean distance between a bin's confidence and its share of right guesses."""
    bins = np.minimum((np.array(confidences) * BINS).astype(int), BINS - 1)
    total = 0.0
    for index in np.unique(bins):
        inside = bins == index
        total += inside.mean() * abs(np.array(confidences)[inside].mean() - np.array(right)[inside].mean())
    return float(total)


def risk_coverage(turns: Sequence[Turn], readings: Sequence[Reading]) -> list[dict[str, float]]:
    """By threshold, in percent: supported turns answered, wrong ones among these, unsupported ones answered wrongly."""
    pairs = list(zip(turns, readings, strict=True))
    rows = []
    for threshold in np.arange(0.05, 1.0, 0.05):
        kept = [(t, said) for t, said in pairs if said.guess is not None and said.confidence >= threshold]
        answered = [said.guess in t.accepted for t, said in kept if t.supported]
        rows.append(
            {
                "threshold": round(float(threshold), 2),
                "coverage": 100 * len(answered) / max(1, sum(t.supported for t, _ in pairs)),
                "risk": 100 - share(answered) if answered else 0.0,
                "right": 100 * sum(answered) / max(1, sum(t.supported for t, _ in pairs)),
                "unsupported_answered_wrongly": 100
                * sum(said.guess not in t.accepted for t, said in kept if not t.supported)
                / max(1, sum(not t.supported for t, _ in pairs)),
            }
        )
    return rows


def right_share(turns: Sequence[Turn], readings: Sequence[Reading]) -> float:
    """Percent of the sentences understood: their intent, or no answer where there is none."""
    return share(
        [
            said.answered in turn.accepted if turn.supported else said.answered is None
            for turn, said in zip(turns, readings, strict=True)
        ]
    )


def measure(turns: Sequence[Turn], *, config: Path, ask: float) -> tuple[dict[str, float], list[dict[str, float]]]:
    """All figures, and the curve. Raises BotProcessError."""
    held_out = read_held_out(HELD_OUT)
    versions = disturbed(held_out)
    texts = [turn.text for turn in turns] + [text for version in versions.values() for text in version]
    with BotProcess("benchmarks.language.language_parts", log=results_path("understanding.log")) as rasa:
        answer = rasa.ask(config=str(config), nlu=str(ROOT / "data" / "nlu"), texts=texts, singles=SINGLES)
    readings = [reading(parse, ask=ask) for parse in answer["parses"]]
    of_turns, rest = readings[: len(turns)], readings[len(turns) :]
    held = {
        name: right_share(held_out, rest[i * len(held_out) : (i + 1) * len(held_out)])
        for i, name in enumerate(versions)
    }
    newer = with_newer_intents(turns)
    as_labelled = figures_of_turns(turns, of_turns)
    figures = {
        **figures_of_turns(newer, of_turns),
        **{f"{name}_as_labelled": as_labelled[name] for name in AS_LABELLED},
        **{f"held_out_{name}": value for name, value in held.items()},
        "largest_loss": held["as_written"] - min(held.values()),
        "fit_seconds": answer["fit_seconds"],
        "parse_p50_ms": float(np.median(answer["single_ms"])),
    }
    return figures, risk_coverage(newer, of_turns)


def print_figures(figures: Mapping[str, float], curve: Sequence[Mapping[str, float]]) -> None:
    """Two tables: the figures beside their goals, and the curve."""
    console = wide_console()
    table = Table("figure", "now", "goal", title="understanding: percent, seconds, milliseconds")
    for name, value in figures.items():
        digits = 3 if name.startswith("calibration_error") else 1
        table.add_row(name, f"{value:.{digits}f}", GOALS.get(name, ""))
    console.print(table)
    rows = Table(*curve[0], title="risk-coverage: percent by threshold")
    for row in curve:
        rows.add_row(*(f"{value:.2f}" if name == "threshold" else f"{value:.1f}" for name, value in row.items()))
    console.print(rows)


def parse_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="make bench-understanding", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--turns", type=Path, default=TURNS, help="a file with text,kind,accepted_intents")
    parser.add_argument("--config", type=Path, default=ROOT / "bot" / "config.yml")
    parser.add_argument(
        "--ask", type=float, default=0.1, help="least confidence of a question back, if the pipeline names none (0.1)"
    )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 0 also where there are no turns to measure by."""
    options = parse_options(arguments)
    if not options.turns.exists():
        print(f"bench-understanding: skipped, {options.turns} does not exist; --turns names a file of your own")
        return 0
    try:
        figures, curve = measure(read_turns(options.turns), config=options.config, ask=options.ask)
    except (TurnsError, BotProcessError) as error:
        print(f"bench-understanding: {error}", file=sys.stderr)
        return 1
    with results_path("understanding_curve.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(curve[0]))
        writer.writeheader()
        writer.writerows(curve)
    print_figures(figures, curve)
    print(f"written: {write_json('understanding', {name: round(value, 4) for name, value in figures.items()})}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
