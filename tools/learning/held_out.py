"""Runs inside the bot's environment: how many sentences that no training file has a model reads as they are meant.

A job is `{"model": ARCHIVE, "sentences": FILE}`, the answer `{"right": N, "of": M}`.
"""

from __future__ import annotations

import asyncio
from typing import Any

from rasa.core.agent import Agent
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.loading import load_data

from tools.testbed.bot_process import answer_jobs


def run(job: dict[str, Any]) -> dict[str, Any]:
    """Parse every sentence of the file; right is one whose intent is chosen, the fallback counting as another."""
    agent = Agent.load(job["model"])
    examples = load_data(job["sentences"]).intent_examples

    async def count() -> int:
        parses = [await agent.parse_message(example.get(TEXT)) for example in examples]
        return sum(
            parse[INTENT]["name"] == example.get(INTENT) for parse, example in zip(parses, examples, strict=True)
        )

    return {"right": asyncio.run(count()), "of": len(examples)}


if __name__ == "__main__":
    answer_jobs(run)
