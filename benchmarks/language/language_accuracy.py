"""How well pipelines tell intents apart and know when they don't: through Rasa's own training and evaluation.

    make bench-language
    .venv/engine/bin/python -m benchmarks language --sets banking77 hwu64 --shots 10 --pipelines default stock
    .venv/engine/bin/python -m benchmarks language --sets path/to/folder   # with train.csv and test.csv (text,intent)

default and tuned are the language parts of bot/config.yml and bot/config.tuned.yml, stock is Rasa's own sparse DIET
pipeline, probe is logistic regression on frozen sentence vectors. Every run merges its figures into
var/bench/language.json as soon as it has them, in percent, seconds and milliseconds.

Where a set has texts of no intent, a text is rejected when the guess is `out_of_scope` or its confidence lies below a
threshold, which is Rasa's FallbackClassifier's rule. The threshold rejects the share --oos-recall of texts out of
scope, at nine chances in ten by the calibration's: validation texts where the set has them, otherwise intents left out
of training, never the test.
In-scope accuracy counts a rejected text as wrong. Training time includes encoding: nothing is cached between runs.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from benchmarks.language.language_sets import OUT_OF_SCOPE, DataError, LanguageSet, Split, Text, read_set, threshold_for
from tools.bench_figures import read_json, results_path, wide_console, write_json
from tools.once import ROOT
from tools.testbed.bot_process import BotProcess, BotProcessError

FILES = ROOT / "var" / "bench" / "language"
OUR_CONFIGS = {"default": ROOT / "bot" / "config.yml", "tuned": ROOT / "bot" / "config.tuned.yml"}
RIVALS = ROOT / "benchmarks" / "language" / "pipelines"
PIPELINES = ("default", "tuned", "stock", "probe")
LANGUAGE_PARTS = (
    "bot.intents.intent_names.IntentNameExamples",
    "WhitespaceTokenizer",
    "bot.encoder.bert_featurizer.BertFeaturizer",
    "bot.intents.intent_classifier.LinearIntentClassifier",
)
"""What of our configurations decides about intents; entities, sentiment and help articles play no part here."""
PARSES = 200
DEFAULT_SETS = ("sofmattress", "hwu64", "banking77", "clinc150")

GOALS = {
    "banking77_full_accuracy": 93.5,
    "banking77_10_accuracy": 84.0,
    "clinc150_full_in_scope_accuracy": 95.5,
    "clinc150_full_oos_recall": 70.0,
    "hwu64_full_accuracy": 91.0,
    "hwu64_10_accuracy": 82.0,
    "sofmattress_in_scope_accuracy": 65.0,
    "sofmattress_oos_recall": 76.0,
}
TUNED_GOALS = {
    "banking77_full_accuracy": 94.3,
    "banking77_10_accuracy": 87.0,
    "clinc150_full_in_scope_accuracy": 97.0,
    "clinc150_full_oos_recall": 80.0,
    "hwu64_full_accuracy": 92.5,
    "hwu64_10_accuracy": 86.0,
    "sofmattress_in_scope_accuracy": 72.0,
    "sofmattress_oos_recall": 76.0,
}

console = wide_console()


@dataclass(frozen=True)
class Run:
    """One pipeline on one set."""

    pipeline: str
    texts: LanguageSet

    @property
    def key(self) -> str:
        """Start of the figures' names: `banking77_full`, `stock_banking77_10`; a set of one size has none in it."""
        size = "" if self.texts.name == "sofmattress" else f"_{self.texts.shots}"
        return f"{prefix(self.pipeline)}{self.texts.name}{size}"

    @property
    def folder(self) -> Path:
        """Where its files lie."""
        return FILES / self.key

    @property
    def model(self) -> Path:
        """What training leaves there."""
        return self.folder / "model.tar.gz"


def prefix(pipeline: str) -> str:
    """Figures of the default pipeline have none."""
    return "" if pipeline == "default" else f"{pipeline}_"


def configuration(pipeline: str, *, stock_epochs: int) -> dict[str, Any]:
    """The Rasa configuration of a pipeline, language parts only, nothing cached."""
    source = OUR_CONFIGS.get(pipeline, RIVALS / f"{pipeline}.yml")
    config: dict[str, Any] = yaml.safe_load(source.read_text(encoding="utf-8"))
    parts = config["pipeline"]
    if pipeline in OUR_CONFIGS:
        parts = [part for part in parts if part["name"] in LANGUAGE_PARTS]
    for part in parts:
        part.pop("cache_dir", None)
        if part["name"] == "DIETClassifier":
            part["epochs"] = stock_epochs
    head = {name: config[name] for name in ("recipe", "assistant_id", "language")}
    return {**head, "pipeline": parts}


def worker(folder: Path) -> BotProcess:
    """A process that trains, evaluates or parses; its log lies in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    # A part that Rasa remembers would train in no time.
    return BotProcess("benchmarks.language.language_worker", log=folder / "rasa.log", RASA_MAX_CACHE_SIZE="0")


def write_texts(path: Path, texts: Sequence[Text]) -> Path:
    """Rasa's JSON format: in its YAML, brackets and slashes of a text would mean something."""
    examples = [{"text": text, "intent": intent} for text, intent in texts]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"rasa_nlu_data": {"common_examples": examples}}))
    return path


@dataclass(frozen=True)
class Guesses:
    """What a model said to texts, in their order."""

    right: np.ndarray
    """The guess is the text's intent."""
    in_scope: np.ndarray
    confidences: np.ndarray
    """0 where the guess is that the text belongs to no intent."""

    def in_scope_accuracy(self, threshold: float) -> float:
        """Percent of the texts with an intent that were given it, and not rejected."""
        kept = self.right & (self.confidences >= threshold)
        return 100 * float(kept[self.in_scope].mean())

    def out_of_scope_recall(self, threshold: float) -> float:
        """Percent of the texts without an intent that were rejected."""
        return 100 * float((self.confidences < threshold)[~self.in_scope].mean())


def train_model(rasa: BotProcess, config: Path, learn: Sequence[Text], folder: Path) -> dict[str, Any]:
    """Train in `folder`; the worker's answer."""
    texts = write_texts(folder / "learn.json", learn)
    return rasa.ask(kind="train", folder=str(folder), config=str(config), nlu=str(texts))


def guesses(rasa: BotProcess, model: str, ask: Sequence[Text], folder: Path) -> Guesses:
    """Rasa's evaluation of a model on texts. Rasa asks about a text once, however often it comes."""
    texts = write_texts(folder / "ask.json", ask)
    answer = rasa.ask(kind="evaluate", folder=str(folder), model=model, nlu=str(texts))
    said = {text: (guess, confidence) for text, _, guess, confidence in answer["rows"]}
    pairs = [(intent, *said[text]) for text, intent in ask]
    return Guesses(
        np.array([guess == intent for intent, guess, _ in pairs]),
        np.array([intent != OUT_OF_SCOPE for intent, _, _ in pairs]),
        np.array([0.0 if guess in (OUT_OF_SCOPE, None) else confidence for _, guess, confidence in pairs]),
    )


def figures_of(run: Run, *, stock_epochs: int, recall: float, step: Callable[[], None]) -> dict[str, float]:
    """Train, evaluate, calibrate; calls `step` after each. Every model is trained in a process of its own."""
    shutil.rmtree(run.folder, ignore_errors=True)
    run.folder.mkdir(parents=True)
    config = run.folder / "config.yml"
    config.write_text(yaml.safe_dump(configuration(run.pipeline, stock_epochs=stock_epochs), sort_keys=False))
    calibration = []
    with worker(run.folder) as rasa:
        trained = train_model(rasa, config, run.texts.test.learn, run.folder)
        step()
        answers = guesses(rasa, trained["model"], run.texts.test.ask, run.folder / "test")
        step()
        for i, split in enumerate(run.texts.calibration):
            if split.learn == run.texts.test.learn:
                calibration.append(guesses(rasa, trained["model"], split.ask, calibration_folder(run, i)))
    for i, split in enumerate(run.texts.calibration):
        if split.learn != run.texts.test.learn:
            calibration.append(calibrate(config, split, calibration_folder(run, i)))
    step()
    flat = {f"{run.key}_train_seconds": trained["train_seconds"], f"{run.key}_train_memory_mb": trained["memory_mb"]}
    if not run.texts.knows_out_of_scope:
        return {f"{run.key}_accuracy": answers.in_scope_accuracy(0.0), **flat}
    threshold = threshold_for(
        np.concatenate([part.confidences for part in calibration]),
        in_scope=np.concatenate([part.in_scope for part in calibration]),
        recall=recall / 100,
    )
    return {
        f"{run.key}_in_scope_accuracy": answers.in_scope_accuracy(threshold),
        f"{run.key}_oos_recall": answers.out_of_scope_recall(threshold),
        f"{run.key}_threshold": threshold,
        f"{run.key}_in_scope_accuracy_unrejected": answers.in_scope_accuracy(0.0),
        **flat,
    }


def calibration_folder(run: Run, number: int) -> Path:
    """Where the files of a part of the calibration lie."""
    return run.folder / f"calibration_{number}"


def calibrate(config: Path, split: Split, folder: Path) -> Guesses:
    """Guesses on texts that are not the test's, by a model trained without them."""
    with worker(folder) as rasa:
        model = train_model(rasa, config, split.learn, folder)["model"]
        return guesses(rasa, model, split.ask, folder)


def parse_times(runs: Sequence[Run]) -> dict[str, float]:
    """Median parse of one message by pipeline; the models take turns with every message. Raises DataError."""
    missing = [run.key for run in runs if not run.model.exists()]
    if missing:
        raise DataError(f"no model of {', '.join(missing)} is left from earlier runs; run once without --parse-only")
    models = {run.pipeline: str(run.model) for run in runs}
    texts = [text for text, _ in runs[0].texts.test.ask[:PARSES]]
    # Named by the process: two runs at once must not write into one folder.
    with worker(FILES / f"latency_{os.getpid()}") as rasa:
        times = rasa.ask(kind="latency", models=models, texts=texts)["parse_ms"]
    return {f"{prefix(pipeline)}parse_p50_ms": float(np.median(ms)) for pipeline, ms in times.items()}


def merge(figures: dict[str, float]) -> dict[str, float]:
    """Add figures to those of earlier runs and write all; returns them."""
    all_figures = {**read_json("language"), **{name: round(value, 3) for name, value in figures.items()}}
    write_json("language", dict(sorted(all_figures.items())))
    return all_figures


def print_table(figures: dict[str, float], pipelines: Sequence[str]) -> None:
    """Every figure of this and earlier runs, beside its goals."""
    names = [f"{prefix(pipeline)}" for pipeline in PIPELINES]
    bare = {name for name in figures if not any(p and name.startswith(p) for p in names)}
    bare |= {name.removeprefix(p) for name in figures for p in names if p and name.startswith(p)}
    table = Table(title="language: percent, seconds, milliseconds")
    table.add_column("figure")
    for pipeline in pipelines:
        table.add_column(pipeline, justify="right")
        if pipeline in OUR_CONFIGS:
            table.add_column("goal", justify="right")
    for name in sorted(bare):
        row = [name]
        for pipeline in pipelines:
            value = figures.get(f"{prefix(pipeline)}{name}")
            row.append("" if value is None else f"{value:.2f}")
            if pipeline in OUR_CONFIGS:
                goal = (GOALS if pipeline == "default" else TUNED_GOALS).get(name)
                row.append("" if goal is None else f"{goal:g}")
        table.add_row(*row)
    console.print(table)


def measure(runs: Sequence[Run], options: argparse.Namespace) -> None:
    """The figures of every run but the time of a parse, merged as they come. Raises BotProcessError."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("", total=sum(3 * len(run.texts.test.learn) for run in runs))
        for run in runs:
            progress.update(bar, description=run.key)
            figures = figures_of(
                run,
                stock_epochs=options.epochs_stock,
                recall=options.oos_recall,
                step=partial(progress.advance, bar, len(run.texts.test.learn)),
            )
            merge(figures)
            console.print(run.key, {name.removeprefix(run.key + "_"): round(v, 2) for name, v in figures.items()})


def wanted_runs(options: argparse.Namespace) -> list[Run]:
    """The runs in order, small sets first. Raises DataError."""
    runs = []
    for given in options.sets:
        folder = Path(given) if Path(given).is_dir() else Path(options.data) / given
        if not (folder / "train.csv").exists():
            raise DataError(f"no set {given}: {folder / 'train.csv'} does not exist; --data names the sets' folder")
        for shots in options.shots:
            if shots != "full" and not (folder / f"train_{shots}.csv").exists():
                continue
            texts = read_set(folder, shots)
            runs += [Run(pipeline, texts) for pipeline in options.pipelines]
    return runs


def parse_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="make bench-language", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, default=ROOT.parent / "shared" / "nlu_benchmarks", help="folder of the public sets"
    )
    parser.add_argument("--sets", nargs="+", default=list(DEFAULT_SETS), help="names under --data, or folders")
    parser.add_argument("--shots", nargs="+", default=["10", "full"], help="texts per intent (train_<n>.csv), or full")
    parser.add_argument("--pipelines", nargs="+", choices=PIPELINES, default=["default", "stock", "probe"])
    parser.add_argument("--epochs-stock", type=int, default=100, help="of DIET; 100 is Rasa's default (default: 100)")
    parser.add_argument(
        "--oos-recall",
        type=float,
        default=80.0,
        help="percent to reject of unknown texts, judged by the calibration's (80)",
    )
    parser.add_argument(
        "--parse-only", action="store_true", help="train nothing: time single messages with the models of earlier runs"
    )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; 0 when all of it ran."""
    options = parse_options(arguments)
    try:
        runs = wanted_runs(options)
        if not options.parse_only:
            measure(runs, options)
        together = [run for run in runs if run.texts is runs[0].texts]
        all_figures = merge(parse_times(together))
    except (DataError, BotProcessError) as error:
        print(f"bench-language: {error}", file=sys.stderr)
        return 1
    print_table(all_figures, options.pipelines)
    console.print(f"written: {results_path('language.json')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
