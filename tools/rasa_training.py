"""Runs Rasa's training behind a progress bar, and refuses what is no whole model."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tarfile
import textwrap
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tools.once import ROOT, STAMPS

NLU_AND_CORE = 3
"""rasa.shared's TrainingType.BOTH, as it stands in a model's metadata."""

console = Console()


class TrainingError(Exception):
    """Training cannot go on; the message is one line that says what to do."""


def newest_model(folder: Path) -> Path:
    """The archive that was trained last."""
    models = sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not models:
        raise TrainingError(f"Rasa left no model in {folder.relative_to(ROOT)}")
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


def run_with_bar(
    title: str, command: Sequence[str], *, log: Path, usual_s: float, settings: Mapping[str, str] = os.environ
) -> None:
    """Run a command that shows no progress of its own behind a bar paced by how long it took last time.

    `settings` are its environment; its output goes to `log`. Raises TrainingError with the log's last line if it fails.
    """
    remembered = STAMPS / f"{title.lower()}.seconds"
    if remembered.exists():
        usual_s = float(remembered.read_text())
    log.parent.mkdir(parents=True, exist_ok=True)
    env = {
        **settings,
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
