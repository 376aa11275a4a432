"""`python -m benchmarks NAME ...` runs one benchmark; `--help` lists them."""

from __future__ import annotations

import runpy
import sys

from promo_engine.cli.command_line import mendable

BENCHMARKS = {
    "chat": "chat.chat_turns",
    "conversations": "conversations.play_conversations",
    "gateway": "chat.gateway_load",
    "console": "console.console_load",
    "decisions": "decisions.decision_rate",
    "import-data": "decisions.import_time",
    "encoder": "language.encoder_speed",
    "help": "language.help_answers",
    "importers": "shops.importer_rates",
    "language": "language.language_accuracy",
    "understanding": "language.understanding",
    "evaluation": "policy.estimator_errors",
    "policy": "policy.policy_regret",
    "policy-bots": "policy.policy_bots",
    "first-offer": "shops.first_offer",
    "forecast": "studio.forecast_errors",
    "optimisation": "studio.search_quality",
    "recommendation": "studio.recommendation_quality",
    "model-levels": "user_model.model_levels",
    "tasks": "tasks.play_tasks",
    "truth": "truth.truth_of_estimates",
    "user-model": "user_model.user_model_quality",
    "webhook": "shops.webhook_to_chat",
}
"""The names of `make bench-NAME`."""


def main() -> None:
    """Run the benchmark that is named first; the other words are its own."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name in ("-h", "--help"):
        print(f"usage: python -m benchmarks NAME ...\n\nNames: {', '.join(BENCHMARKS)}.\nMost of them take --help.")
        return
    if name not in BENCHMARKS:
        sys.exit(f"benchmarks: there is no benchmark {name!r}; there are: {', '.join(BENCHMARKS)}")
    del sys.argv[1]
    try:
        runpy.run_module(f"benchmarks.{BENCHMARKS[name]}", run_name="__main__", alter_sys=True)
    except Exception as error:
        line = mendable(error)
        if line is None:
            raise
        sys.exit(f"bench-{name}: {line}; `make bench-{name}` brings what is missing")


if __name__ == "__main__":
    main()
