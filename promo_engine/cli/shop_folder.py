"""`promobot init`: the folder of a shop, from which every other command is run."""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
from pathlib import Path

from promo_engine.cli.command_line import CommandError, say

# ruff: noqa: PLC0415  # imports inside the commands keep --help instant

_SECRETS = ("PROMOBOT_CHANNEL_SECRET", "PROMOBOT_TOKEN_SECRET", "PROMOBOT_ADMIN_TOKEN")
_HEAD = """\
# Settings of this shop. Commands that are run in this folder read them; a variable that is set already wins.
# A line with # is a setting with its default: remove the # to change it. Secrets stand in secrets.env.

# ---- the promo engine: promobot serve ----

"""
_GATEWAY_HEAD = """
# ---- the gateway: promobot gateway ----

"""
_README = """\
# A shop of Promobot

    promobot migrate                    # make the database (var/engine.db), or bring it to this version
    promobot load-offers offers.yml     # your offers
    promobot serve                      # the promo engine, on http://127.0.0.1:8090
    promobot gateway                    # chat, widget and console, on http://127.0.0.1:8080
    promobot admin create ada           # the first admin of the console

- `promobot.env` holds the settings, each with its default; `secrets.env` the secrets, which only you can read.
- `var/` holds the data: back it up. `var/models/user_model` is the trained model: `promobot train` makes it from the
  shop's purchases (it needs `pip install 'promobot[train]'`), or copy the folder from the machine that trained it.
- The gateway talks to Rasa at PROMOBOT_RASA_URL; until Rasa answers it says that it is not ready.
"""
_IGNORED = "secrets.env\nvar/\n"


def add_init(command: argparse.ArgumentParser) -> None:
    """Declare its argument."""
    command.add_argument("folder", type=Path, help="a new or empty folder, such as shop/")


def init(arguments: argparse.Namespace) -> None:
    """Make the folder and say how to go on. Raises CommandError."""
    make_folder(arguments.folder)
    say(f"{arguments.folder} is ready. Go on with: cd {arguments.folder} && promobot migrate && promobot serve")


def make_folder(folder: Path) -> None:
    """Make the folder with settings, secrets and a page that says how to go on. Raises CommandError."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CommandError(f"{folder} is there and not an empty folder; name a new one, such as shop/")
    try:
        (folder / "var").mkdir(parents=True)
        (folder / "promobot.env").write_text(_settings(), encoding="utf-8")
        (folder / "README.md").write_text(_README, encoding="utf-8")
        (folder / ".gitignore").write_text(_IGNORED, encoding="utf-8")
        descriptor = os.open(folder / "secrets.env", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write("".join(f"{name}={secrets.token_urlsafe(32)}\n" for name in _SECRETS))
    except OSError as error:
        raise CommandError(f"{folder} cannot be written: {error.strerror}") from error


def _settings() -> str:
    from common.settings_file import commented_settings
    from promo_engine.settings import Settings

    # The gateway's settings are its own: it prints them itself.
    gateway = subprocess.run([sys.executable, "-m", "gateway", "settings"], capture_output=True, text=True, check=False)
    if gateway.returncode != 0:
        raise CommandError(f"the gateway does not start: {gateway.stderr.strip().splitlines()[-1]}")
    packages = Path(__file__).resolve().parents[2]
    return _HEAD + commented_settings(Settings, shipped_under=packages) + _GATEWAY_HEAD + gateway.stdout
