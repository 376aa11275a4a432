"""The training data and the last evaluation that lie on disk, read for the language page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from common.errors import Unavailable


class TrainingFiles:
    """The bot's NLU files, read again when one of them changed."""

    def __init__(self, folder: Path, flows: Path | None = None) -> None:
        self._folder = folder
        self._flows = flows
        self._stamp: tuple[tuple[str, int], ...] = ()
        self._examples: dict[str, list[str]] = {}

    def examples(self) -> Mapping[str, list[str]]:
        """Examples by intent, with their markup. Raises Unavailable (`training_data`) for a file that is no YAML."""
        paths = sorted(self._folder.rglob("*.yml"))
        stamp = tuple((str(path), path.stat().st_mtime_ns) for path in paths)
        if stamp != self._stamp:
            self._examples = _read(paths)
            self._stamp = stamp
        return self._examples

    def titles(self) -> Mapping[str, str]:
        """Titles of intents, as the bot's buttons have them: of those flows that have any.

        Raises Unavailable (`training_data`) for a file that is no YAML.
        """
        found: dict[str, str] = {}
        for path in () if self._flows is None else sorted(self._flows.rglob("*.yml")):
            try:
                flows = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("flows") or {}
                found |= {str(intent): str(flow["title"]) for intent, flow in flows.items() if "title" in (flow or {})}
            except (yaml.YAMLError, OSError, AttributeError, TypeError) as error:
                raise Unavailable("training_data", f"The flows in {path.name} cannot be read.") from error
        return found


def _read(paths: list[Path]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in paths:
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
            for block in content.get("nlu") or ():
                if "intent" in block:
                    lines = str(block.get("examples") or "").splitlines()
                    found.setdefault(block["intent"], []).extend(line.removeprefix("- ") for line in lines if line)
        except (yaml.YAMLError, OSError, AttributeError, TypeError) as error:
            raise Unavailable("training_data", f"The training data in {path.name} cannot be read.") from error
    return found


def last_evaluation(folder: Path) -> dict[str, Any] | None:
    """The confusions of the last `rasa test nlu`, from its intent_report.json; None if there is none.

    Counts are texts: what `support` and `recall` say was right, and `confused_with` says was taken for another intent.
    """
    path = folder / "intent_report.json"
    if not path.is_file():
        return None
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        confusions = []
        for intent, row in report.items():
            if not isinstance(row, dict) or "confused_with" not in row:
                continue
            right = round(row["recall"] * row["support"])
            confusions.append({"intent": intent, "guessed_intent": intent, "count": right})
            confusions += [
                {"intent": intent, "guessed_intent": other, "count": count}
                for other, count in row["confused_with"].items()
            ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unavailable("evaluation", "The last evaluation cannot be read.") from error
    return {"made_at": path.stat().st_mtime, "accuracy": report.get("accuracy"), "confusions": confusions}
