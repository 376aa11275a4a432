"""Talk to the bot by keyboard: `rasa shell` with the trained model, the real actions and the real engine.

    python -m tools.shell --customer tt-06637

Uses the engine and the action server of a running `make demo`, else starts both for as long as the shell is open.
"""

from __future__ import annotations

import argparse
import secrets
import socket
import subprocess
import sys
from contextlib import nullcontext

from rich.console import Console

from tools.demo_shops import DEMO_SHOPS, add_shop_option
from tools.once import ROOT
from tools.stack import (
    Stack,
    StackError,
    free_port,
    newest_rasa_model,
    ports_of_the_person,
    running,
    settings_of_the_person,
)


def listens(port: int) -> bool:
    """Whether something answers on this loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main() -> int:
    """Open the shell; returns Rasa's exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.shell",
        description="Talk to the bot by keyboard.",
        epilog='example: python -m tools.shell --shop larder --customer 1228   (--customer "" is anonymous)',
    )
    add_shop_option(parser)
    parser.add_argument("--customer", help="customer_id to be signed in as; left out: one with orders")
    arguments = parser.parse_args()
    shop = DEMO_SHOPS[arguments.shop]
    customer = shop.customer if arguments.customer is None else arguments.customer
    only = ("engine", "actions")
    try:
        ports = ports_of_the_person()
    except StackError as error:
        print(f"shell: {error}", file=sys.stderr)
        return 1
    in_use = [name for name in only if listens(ports[name])]
    if in_use not in ([], list(only)):
        print(f"shell: only {in_use[0]} is running; stop it, or start all with: make demo", file=sys.stderr)
        return 1
    stack = Stack(ports=ports, files=shop.folder, shop=shop, only=only, extra_environment=settings_of_the_person())
    # The dialogue's memory is keyed by this id; actions read the customer from it, in the shell alone.
    who = f"customer-{customer}" if customer else "stranger"
    try:
        with nullcontext() if in_use else running(stack, Console()):
            model = str(newest_rasa_model(shop))
            command = [str(ROOT / ".venv/bot/bin/python"), "-m", "rasa", "shell", "--model", model]
            command += ["--endpoints", "bot/endpoints.yml", "--conversation-id", f"{who}--{secrets.token_hex(4)}"]
            command += ["--interface", "127.0.0.1", "--port", str(free_port())]
            env = {**stack.environment(), "PYTHONPATH": str(ROOT)}
            return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
    except KeyboardInterrupt:
        return 0
    except StackError as error:
        print(f"shell: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
