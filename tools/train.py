"""Bring the real data into the database and train both models, each only if what it reads has changed.

    python -m tools.train            everything
    python -m tools.train shop       the data, the user model and the first policy
    python -m tools.train language   the Rasa model

Made: the engine's database with the Complete Journey data and the offers, the user model with its first policy, what
goes with what, the Rasa model. Training twice on the same content does nothing the second time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tarfile
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path

import yaml
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import select

from promo_engine.settings import read_settings
from promo_engine.shops.completejourney.package_files import NAME as IMPORT_NAME
from promo_engine.storage.database import open_database
from promo_engine.storage.tables import imports
from tools.once import ROOT, STAMPS, once

BOT_PYTHON = ROOT / ".venv" / "bot" / "bin" / "python"
PROMOBOT = (sys.executable, "-m", "promo_engine.cli")
RASA_MODELS = ROOT / "var" / "models" / "rasa"
RASA_TRAIN = [
    *("--config", "bot/config.yml", "--domain", "bot/domain"),
    *("--data", "data/nlu", "data/rules", "data/stories"),
    *("--out", "var/models/rasa"),
]
RASA_SOURCES = (
    *("bot", "data/nlu", "data/rules", "data/stories", "data/help"),
    *("data/sentiment", "data/category_names.yml", "data/product_names.yml"),
)
ENGINE_STORAGE = "promo_engine/storage"
NLU_AND_CORE = 3
"""rasa.shared's TrainingType.BOTH, as it stands in a model's metadata."""

console = Console()


class TrainingError(Exception):
    """Training cannot go on; the message is one line that says what to do."""


def main() -> int:
    """Train whatever is out of date; 0 when every model is current."""
    parser = argparse.ArgumentParser(prog="python -m tools.train", description="Train what is out of date.")
    parser.add_argument("part", nargs="?", choices=["shop", "language"], help="left out: both")
    part = parser.parse_args().part
    try:
        if part != "language":
            engine_data()
            user_model()
            bought_together()
        if part != "shop":
            rasa_model()
    except TrainingError as error:
        print(f"train: {error}", file=sys.stderr)
        return 1
    return 0


def promobot(*arguments: str) -> None:
    """Run one promobot command in the foreground; it shows its own progress."""
    if subprocess.run([*PROMOBOT, *arguments], cwd=ROOT, check=False).returncode != 0:
        raise TrainingError(f"`promobot {' '.join(arguments)}` failed; its last line says why")


def engine_data() -> None:
    """Tables, the Complete Journey data, the demo offers."""
    console.rule("the shop's data", style="dim")
    promobot("migrate")
    if import_in_place() is None:  # a new database, whatever was done to an earlier one
        (STAMPS / "complete-journey").unlink(missing_ok=True)
    once(
        "complete-journey",
        inputs=["promo_engine/shops/completejourney", f"{ENGINE_STORAGE}/migrations", "requirements/engine.txt"],
        outputs=[],
        step=lambda: promobot("import", "completejourney"),
    )
    once(
        "demo-offers",
        inputs=["data/offers", "promo_engine/files/offer_file.py"],
        outputs=[],
        step=lambda: promobot("load-offers", "data/offers/demo.yml"),
        also=str(import_in_place()),
    )


def import_in_place() -> str | None:
    """Which import filled the engine's database, and when: no two databases say the same. None for an empty one."""

    async def read() -> str | None:
        database = open_database(read_settings().engine_database_url)
        try:
            async with database.connect() as connection:
                query = select(imports.c.content_hash, imports.c.finished_at).where(imports.c.name == IMPORT_NAME)
                row = (await connection.execute(query)).first()
                return None if row is None else f"{row.content_hash} {row.finished_at.isoformat()}"
        finally:
            await database.dispose()

    return asyncio.run(read())


def user_model() -> None:
    """The LSTM user model, the policy's warm start and every customer's state."""
    console.rule("the user model and the first policy", style="dim")
    once(
        "user-model",
        inputs=[
            "promo_engine/user_model",
            "promo_engine/policies",
            "promo_engine/models/training.py",
            f"{ENGINE_STORAGE}/history_arrays.py",
        ],
        outputs=[read_settings().model_dir / "settings.json"],
        step=lambda: promobot("train"),
        also=str(import_in_place()),
    )


def bought_together() -> None:
    """What goes with what, for recommendations in the chat."""
    console.rule("what goes with what", style="dim")
    once(
        "pairings",
        inputs=[
            "promo_engine/files/bought_together_file.py",
            "promo_engine/domain/catalogue/bought_together.py",
            *(f"studio/{name}.py" for name in ("data/preparation", "data/sales_history")),
            *(f"studio/products/{name}.py" for name in ("mine_bought_together", "product_features")),
            "requirements/engine.txt",
        ],
        outputs=[read_settings().pairings],
        step=lambda: promobot("strategy", "bought-together"),
    )


def rasa_model() -> None:
    """The Rasa model: language understanding and dialogue."""
    console.rule("the language and dialogue model", style="dim")

    def step() -> None:
        check_yaml(*RASA_SOURCES)
        log = ROOT / "var" / "log" / "train-rasa.log"
        run_with_bar("Rasa", [str(BOT_PYTHON), "-m", "rasa", "train", *RASA_TRAIN], log=log, usual_s=60)
        check_rasa_model(newest_model())

    once(
        "rasa-model",
        inputs=[*RASA_SOURCES, "requirements/bot.txt"],
        outputs=[RASA_MODELS],
        step=step,
        also=os.environ.get("ATEN_CPU_CAPABILITY", "default"),  # other instructions train another model
    )
    console.print(f"Rasa model: {newest_model().relative_to(ROOT)}")


def newest_model() -> Path:
    """The archive that was trained last."""
    models = sorted(RASA_MODELS.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not models:
        raise TrainingError(f"Rasa left no model in {RASA_MODELS.relative_to(ROOT)}")
    return models[-1]


def check_yaml(*folders: str) -> None:
    """Find a slip in a YAML file before Rasa starts: Rasa takes ten seconds to say so, and not always in which file."""
    for file in sorted(file for folder in folders for file in (ROOT / folder).rglob("*.yml")):
        try:
            for _ in yaml.parse(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader):
                pass
        except (yaml.MarkedYAMLError, UnicodeDecodeError) as error:
            line = error.problem_mark.line + 1 if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark else 1
            what = error.problem if isinstance(error, yaml.MarkedYAMLError) else str(error)
            raise TrainingError(f"{file.relative_to(ROOT)}:{line}: {what}") from None


def check_rasa_model(archive: Path) -> None:
    """Refuse a model without dialogue: `rasa train` without its domain trains the language part only and exits 0."""
    with tarfile.open(archive) as tar:
        metadata = tar.extractfile("metadata.json")
        if metadata is None or json.load(metadata)["training_type"] != NLU_AND_CORE:
            archive.unlink()
            raise TrainingError("the Rasa model has no dialogue part; train it with: --domain bot/domain")


def run_with_bar(title: str, command: Sequence[str], *, log: Path, usual_s: float) -> None:
    """Run a command that shows no progress of its own behind a bar paced by how long it took last time.

    Its output goes to `log`. Raises TrainingError with the log's last line if it fails.
    """
    remembered = STAMPS / f"{title.lower()}.seconds"
    if remembered.exists():
        usual_s = float(remembered.read_text())
    log.parent.mkdir(parents=True, exist_ok=True)
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PROMOBOT_CHANNEL_SECRET": "unused while training",
    }
    started = time.monotonic()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[left]}"),
        TimeElapsedColumn(),
    )
    with log.open("w") as output, Progress(*columns, console=console) as progress:
        bar = progress.add_task(f"training {title}", total=usual_s, left="")
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT)
        while True:
            try:
                process.wait(timeout=0.5)
                break
            except subprocess.TimeoutExpired:
                elapsed = time.monotonic() - started
                # The last per cent waits for the real end.
                left = f"about {usual_s - elapsed:.0f} s left" if elapsed < usual_s else "nearly there"
                progress.update(bar, completed=min(elapsed, usual_s * 0.99), left=left)
        progress.update(bar, completed=usual_s, left="")
    if process.returncode != 0:
        raise TrainingError(f"training {title} failed: {reason_in(log.read_text(errors='replace'))} (all of it: {log})")
    STAMPS.mkdir(parents=True, exist_ok=True)
    remembered.write_text(f"{time.monotonic() - started:.1f}")


def reason_in(output: str) -> str:
    """The exception that ended a program, on one line; else the last line it wrote."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output).strip()
    exceptions = list(re.finditer(r"^[\w.]*(Exception|Error|Invalid\w+): ", plain, re.MULTILINE))
    reason = plain[exceptions[-1].start() :] if exceptions else plain.rpartition("\n")[2]
    return textwrap.shorten(reason, width=300, placeholder=" …") or "it wrote nothing"


if __name__ == "__main__":
    raise SystemExit(main())
