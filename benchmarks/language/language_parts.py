"""The language part of a configuration, fitted and asked in this process: no model archive, no dialogue.

Runs in the bot's environment. The components are those of the pipeline and meet the data in its order, so what they
say is what the bot would understand; entities, sentiment and help articles are left out.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.fallback_classifier import FallbackClassifier
from rasa.nlu.tokenizers.whitespace_tokenizer import WhitespaceTokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.loading import load_data
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import class_from_module_path

from tools.testbed.bot_process import answer_jobs

ROOMS = ("bot.intents.", "bot.encoder.")
RASA_PARTS = {"WhitespaceTokenizer": WhitespaceTokenizer, "FallbackClassifier": FallbackClassifier}
BATCH = 64
"""Messages that go through the pipeline together; one by one gives the same answers and takes longer."""


class LanguageParts:
    """Fitted components in the pipeline's order."""

    def __init__(self, config: Path, data: TrainingData, folder: Path) -> None:
        """Fit every part on what the parts before it made of `data`; `folder` takes what they store."""
        parts = yaml.safe_load(config.read_text(encoding="utf-8"))["pipeline"]
        storage = LocalModelStorage(folder)
        self.components = []
        for i, part in enumerate(part for part in parts if _is_about_intents(part["name"])):
            settings = {name: value for name, value in part.items() if name != "name"}
            kind = RASA_PARTS.get(part["name"]) or class_from_module_path(part["name"])
            context = ExecutionContext(GraphSchema({}), node_name=f"part_{i}")
            resource = Resource(f"part_{i}")
            merged = {**kind.get_default_config(), **settings}
            component = kind.create(merged, storage, resource, context)
            if hasattr(component, "train"):
                component.train(data)
                component = kind.load(merged, storage, resource, context)
            if hasattr(component, "process_training_data"):
                data = component.process_training_data(data) or data
            self.components.append(component)

    def parse(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """What the pipeline puts out for each text."""
        answers = []
        for start in range(0, len(texts), BATCH):
            messages = [Message({TEXT: text}) for text in texts[start : start + BATCH]]
            for component in self.components:
                messages = component.process(messages)
            answers += [message.as_dict(only_output_properties=True) for message in messages]
        return answers


def _is_about_intents(name: str) -> bool:
    return name in RASA_PARTS or name.startswith(ROOMS)


def fit_and_parse(job: dict[str, Any]) -> dict[str, Any]:
    """Fit `config` on the files of `nlu`, answer `texts`; what it put out for each, and seconds."""
    started = time.perf_counter()
    with TemporaryDirectory() as folder:
        parts = LanguageParts(Path(job["config"]), load_data(job["nlu"]), Path(folder))
        fitted = time.perf_counter()
        parses = parts.parse(job["texts"])
        for text in job["texts"][:10]:
            parts.parse([text])
        single = []
        for text in job["texts"][: job["singles"]]:
            began = time.perf_counter()
            parts.parse([text])
            single.append(1000 * (time.perf_counter() - began))
    return {"parses": parses, "fit_seconds": fitted - started, "single_ms": single}


if __name__ == "__main__":
    answer_jobs(fit_and_parse)
