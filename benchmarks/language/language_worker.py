"""Runs inside the bot's environment: Rasa trains, evaluates or parses, a job after the other, each of a `kind`.

See benchmarks/language/language_accuracy.py, and tools/testbed/bot_process.py for how jobs come and answers go.
"""

from __future__ import annotations

import asyncio
import json
import logging
import resource
import time
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent, load_agent
from rasa.model_testing import test_nlu
from rasa.model_training import train_nlu
from rasa.utils.log_utils import configure_structlog

from tools.testbed.bot_process import answer_jobs


def train(job: dict[str, Any]) -> dict[str, Any]:
    """Train `config` on `nlu`; seconds from reading the data to the written model, and the process's peak in MB.

    Only a process's first job says what memory training needs.
    """
    started = time.perf_counter()
    model = train_nlu(job["config"], job["nlu"], job["folder"], fixed_model_name="model")
    if model is None:
        raise SystemExit("Rasa wrote no model")
    return {
        "model": model,
        "train_seconds": time.perf_counter() - started,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def evaluate(job: dict[str, Any]) -> dict[str, Any]:
    """Rasa's own evaluation of `model` on `nlu`: one row (text, intent, guess, confidence) per text."""
    out = Path(job["folder"])
    options = {"successes": True, "errors": True, "disable_plotting": True}
    asyncio.run(test_nlu(job["model"], job["nlu"], str(out), options))
    rows = []
    for name in ("intent_successes.json", "intent_errors.json"):
        if (out / name).exists():
            for guessed in json.loads((out / name).read_text()):
                guess = guessed["intent_prediction"]
                rows.append((guessed["text"], guessed["intent"], guess["name"], guess["confidence"]))
    if not rows:
        raise SystemExit("Rasa evaluated nothing: the texts need two intents at least")
    return {"rows": rows}


def latency(job: dict[str, Any]) -> dict[str, Any]:
    """Milliseconds per parse of every text in each of `models`, which take turns with every text."""
    return asyncio.run(_latency(job))


async def _latency(job: dict[str, Any]) -> dict[str, Any]:
    agents: dict[str, Agent] = {}
    for name, model in job["models"].items():
        agents[name] = await load_agent(model_path=model)
    for agent in agents.values():
        for text in job["texts"][:5]:
            await agent.parse_message(text)  # the first ones allocate
    times: dict[str, list[float]] = {name: [] for name in agents}
    for text in job["texts"]:
        for name, agent in agents.items():
            started = time.perf_counter()
            await agent.parse_message(text)
            times[name].append((time.perf_counter() - started) * 1000)
    return {"parse_ms": times}


def do(job: dict[str, Any]) -> dict[str, Any]:
    """One job."""
    return {"train": train, "evaluate": evaluate, "latency": latency}[job["kind"]](job)


if __name__ == "__main__":
    configure_structlog(logging.WARNING)  # as Rasa's own commands do: printing each parse would be measured too
    answer_jobs(do)
