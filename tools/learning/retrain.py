"""Trains a demo shop's bot with learned examples and checks it: the gateway's training command (docs/learning.md).

    python -m tools.learning.retrain --shop trail --examples var/shops/trail/learned --model M.tar.gz --out FOLDER

Two checks, each of the serving and of the new model: the sentences of tests/conversations/held_out_nlu.yml, and the
short form of the shop's acceptance conversations, played through the public WebSocket of a stack of their own. The last
line is JSON: `gateway.learning.training_command` says what stands in it. What a serving model did is remembered beside
the models, so that it is checked once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tools.acceptance.acceptance_set import Conversation, SetError
from tools.acceptance.player import GOODS, PlayedTurn, Tally, play_set
from tools.acceptance.shop_world import WorldError
from tools.acceptance.short_form import OWN_SETS, copy_of_database, short_form
from tools.demo_shops import DEMO_SHOPS, DemoShop, add_shop_option
from tools.learning.learned_articles import write_articles
from tools.once import ROOT, content_hash
from tools.rasa_training import TrainingError, check_rasa_model, run_with_bar
from tools.stack import Stack, StackError, running
from tools.testbed.bot_process import BotProcess, BotProcessError
from tools.train import BOT_PYTHON, RASA_TRAIN

HELD_OUT = ROOT / "tests" / "conversations" / "held_out_nlu.yml"
NAME = "bot"
"""Of the new archive."""
SEED = 1
"""Of the customers and goods that the conversations are about: the same for both models."""
Counts = tuple[int, int]
"""What is right, of how many."""


def train(shop: DemoShop, examples: Path, out: Path) -> Path:
    """The new model's archive. Raises TrainingError."""
    settings = {**shop.settings(), **os.environ}
    articles = out / "help"
    if write_articles(ROOT / "data" / "help", Path(settings["PROMOBOT_HELP_DIR"]), examples, articles):
        settings["PROMOBOT_HELP_DIR"] = str(articles)
    command = [str(BOT_PYTHON), "-m", "rasa", "train", *RASA_TRAIN, str(examples / "nlu")]
    command += ["--out", str(out), "--fixed-model-name", NAME]
    out.mkdir(parents=True, exist_ok=True)
    run_with_bar("Rasa", command, log=out / "training.log", usual_s=120, settings=settings)
    archive = out / f"{NAME}.tar.gz"
    if not archive.exists():
        raise TrainingError(f"Rasa left no model in {out}")
    check_rasa_model(archive)
    return archive


def held_out(model: Path, log: Path) -> Counts:
    """Sentences that are read as they are meant. Raises BotProcessError."""
    with BotProcess("tools.learning.held_out", log=log, PROMOBOT_CHANNEL_SECRET="not used here") as process:
        answer = process.ask(timeout_s=600, model=str(model), sentences=str(HELD_OUT))
    return answer["right"], answer["of"]


def acceptance(shop: DemoShop, model: Path) -> Counts:
    """Turns of the short form that pass. Raises StackError, WorldError, SetError, OSError."""
    total = Tally()

    def note(talk: Conversation, played: Sequence[PlayedTurn]) -> None:
        total.add(talk.kind, played)

    with tempfile.TemporaryDirectory(prefix="promobot-check-") as folder:
        copy_of_database(shop, Path(folder))
        settings = {
            "PROMOBOT_RASA_MODEL": str(model),
            "PROMOBOT_HOLDOUT_BASIS_POINTS": "0",
            "PROMOBOT_TRAINING_COMMAND": "",  # a check learns nothing
            "PROMOBOT_LEARNING_HOUR": "-1",
        }
        with running(Stack.on_free_ports(Path(folder), shop=shop, extra_environment=settings)) as stack:
            asyncio.run(play_set(stack, short_form(shop), goods=GOODS[shop.name], seed=SEED, note=note))
    figures = total.figures()
    return figures["passed"], figures["turns"]


def remembered(file: Path, key: str, count: Callable[[], Counts]) -> Counts:
    """What was counted under this key before, else counted now and kept in the file."""
    known: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    if key not in known:
        known[key] = list(count())
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(known), encoding="utf-8")
    right, of = known[key]
    return int(right), int(of)


def check(name: str, serving: Path, new: Path, count: Callable[[Path], Counts], *, memory: Path) -> dict[str, Any]:
    """Both models' counts, as the gateway reads them."""
    of_check = content_hash([HELD_OUT, OWN_SETS])
    before, _ = remembered(memory, f"{name} {content_hash([serving], also=of_check)}", lambda: count(serving))
    after, of = remembered(memory, f"{name} {content_hash([new], also=of_check)}", lambda: count(new))
    return {"name": name, "before": before, "after": after, "of": of}


def main() -> int:
    """Train and check; 1 with one line on stderr if that fails."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.learning.retrain", description="Train with learned examples."
    )
    add_shop_option(parser)
    parser.add_argument("--examples", type=Path, required=True, help="folder with nlu/learned.yml")
    parser.add_argument("--model", type=Path, required=True, help="the archive that serves")
    parser.add_argument("--out", type=Path, required=True, help="folder for the new archive")
    arguments = parser.parse_args()
    shop = DEMO_SHOPS[arguments.shop]
    memory = arguments.out.parent / "checked.json"
    try:
        new = train(shop, arguments.examples.resolve(), arguments.out.resolve())
        serving = arguments.model.resolve()
        log = arguments.out / "held_out.log"
        checks = [
            check("held_out", serving, new, lambda model: held_out(model, log), memory=memory),
            check("acceptance", serving, new, lambda model: acceptance(shop, model), memory=memory),
        ]
    except (TrainingError, StackError, WorldError, SetError, BotProcessError, OSError) as error:
        print(f"{error}", file=sys.stderr)
        return 1
    print(json.dumps({"model": str(new), "checks": checks}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
