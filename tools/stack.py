"""Start the bot's four processes under the supervisor, wait until each answers its readiness check, stop them all.

    python -m tools.stack            run Trail & Tarn until Ctrl-C
    python -m tools.stack --help     the options

`Stack` does the same for tests, the smoke run and the benchmarks, on free ports and with files of their own.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import xmlrpc.client
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import aiohttp
from rich.console import Console
from supervisor.xmlrpc import SupervisorTransport

from tools.demo_shops import DEMO_SHOPS, LARDER, DemoShop, add_shop_option
from tools.once import ROOT

PROCESSES = ("rasa", "engine", "actions", "gateway")
CONFIG = ROOT / "deploy" / "supervisord.conf"
DEFAULT_PORTS = {"gateway": 8080, "engine": 8090, "actions": 5055, "rasa": 5005}
READY_PATHS = {
    "rasa": "/webhooks/gateway/ready",
    "engine": "/ready",
    "actions": "/health",
    "gateway": "/ready",
}


class StackError(Exception):
    """The stack cannot run; the message is one line that says what to do."""


def read_secrets(path: Path = ROOT / "var" / "secrets.env") -> dict[str, str]:
    """The secrets that `make setup` made, as environment variables."""
    if not path.exists():
        raise StackError(f"{path.relative_to(ROOT)} is missing; run: make setup")
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)


def newest_rasa_model(shop: DemoShop) -> Path:
    """The Rasa model that `make train` made last for a shop."""
    models = sorted(shop.rasa_models.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    train = f"make train SHOP={shop.name}"
    if not models:
        raise StackError(f"no Rasa model in {shop.rasa_models}; run: {train}")
    if missing := missing_components(models[-1]):
        raise StackError(f"{models[-1]} was trained with {missing[0]}, which the bot no longer has; run: {train}")
    return models[-1]


def missing_components(archive: Path) -> list[str]:
    """The bot's components that a Rasa model names and the source tree lacks, by module and class."""
    with tarfile.open(archive) as tar:
        metadata = tar.extractfile("metadata.json")
        named = set(re.findall(r'"(bot(?:\.[a-z_]+)+\.[A-Z]\w*)"', metadata.read().decode())) if metadata else set()
    missing = []
    for component in sorted(named):
        module, _, name = component.rpartition(".")
        source = ROOT / f"{module.replace('.', '/')}.py"
        if not source.exists() or f"class {name}(" not in source.read_text(encoding="utf-8"):
            missing.append(component)
    return missing


def settings_of_the_person() -> dict[str, str]:
    """Every PROMOBOT_ variable that is set: in a stack that a person starts, these win over the defaults."""
    return {name: value for name, value in os.environ.items() if name.startswith("PROMOBOT_")}


def ports_of_the_person() -> dict[str, int]:
    """The usual ports, or those of PROMOBOT_GATEWAY_PORT and its like. Raises StackError."""
    ports = {}
    for name, usual in DEFAULT_PORTS.items():
        variable = f"PROMOBOT_{name.upper()}_PORT"
        text = os.environ.get(variable, str(usual))
        if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536):
            raise StackError(f"environment variable {variable}={text}: a port from 1 to 65535 is needed")
        ports[name] = int(text)
    return ports


def free_port() -> int:
    """A loopback port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Stack:
    """The processes of one running bot.

    `ports` are fixed unless taken from `free_port`; `files` is the folder with databases and logs, so that two stacks
    never share one.
    """

    ports: dict[str, int]
    files: Path
    shop: DemoShop = LARDER
    only: Sequence[str] = PROCESSES
    host: str = "127.0.0.1"
    extra_environment: dict[str, str] = field(default_factory=dict)
    run_dir: Path = field(init=False)
    _supervisord: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        # A socket's path may have 107 characters at most, so it cannot lie just anywhere.
        self.run_dir = Path(tempfile.mkdtemp(prefix="promobot-"))

    @classmethod
    def on_free_ports(cls, files: Path, **settings: Any) -> Stack:
        """A stack beside whatever else is running."""
        return cls(ports={name: free_port() for name in PROCESSES}, files=files, **settings)

    def url(self, process: str) -> str:
        """Where a process listens, e.g. `http://127.0.0.1:8090`."""
        return f"http://127.0.0.1:{self.ports[process]}"

    @property
    def log_dir(self) -> Path:
        """One log file a process."""
        return self.files / "log"

    def environment(self) -> dict[str, str]:
        """Everything the supervisor's configuration and the processes read."""
        env = {
            **self.shop.settings(),
            **os.environ,
            **read_secrets(),
            **self.shop.databases(self.files),
            **{f"PROMOBOT_{name.upper()}_PORT": str(port) for name, port in self.ports.items()},
            **{f"PROMOBOT_{name.upper()}_URL": self.url(name) for name in PROCESSES},
            **{f"PROMOBOT_START_{name.upper()}": str(name in self.only).lower() for name in PROCESSES},
            "PROMOBOT_GATEWAY_HOST": self.host,
            "PROMOBOT_RASA_MODEL": str(newest_rasa_model(self.shop)),
            "PROMOBOT_LOG_DIR": str(self.log_dir),
            "PROMOBOT_RUN_DIR": str(self.run_dir),
            "RASA_TELEMETRY_ENABLED": "false",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "PYTHONUNBUFFERED": "1",
            "PROMOBOT_PARENT_PID": str(os.getpid()),
        }
        return {**env, **self.extra_environment}

    def start(self, console: Console | None = None, *, timeout_s: float = 180) -> None:
        """Start the processes and return once each is ready.

        Raises StackError with the last lines of its log if a process gives up or the time runs out.
        """
        for name in self.only:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.ports[name])) == 0:
                    raise StackError(
                        f"port {self.ports[name]} ({name}) is taken; stop what listens there "
                        f"or set PROMOBOT_{name.upper()}_PORT"
                    )
        self.log_dir.mkdir(parents=True, exist_ok=True)
        self._supervisord = subprocess.Popen(
            [sys.executable, "-m", "tools.supervised", "--configuration", str(CONFIG)],
            cwd=ROOT,
            env=self.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C reaches this process alone, which then stops the others in order
        )
        try:
            asyncio.run(self.wait_until_ready(console, timeout_s=timeout_s))
        except BaseException:
            self.stop()
            raise

    async def wait_until_ready(self, console: Console | None = None, *, timeout_s: float = 180) -> None:
        """Return once each process is ready. Raises StackError when one gives up or the time runs out."""
        started = time.monotonic()
        waiting = list(self.only)
        status = console.status("") if console else None
        if status:
            status.start()
        try:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as http:
                while waiting:
                    elapsed = time.monotonic() - started
                    for name in list(waiting):
                        if await _is_ready(http, self.url(name) + READY_PATHS[name]):
                            waiting.remove(name)
                            if console:
                                console.print(f"  {name:8} ready after {elapsed:4.1f} s on {self.url(name)}")
                    self._raise_if_one_gave_up()
                    if elapsed > timeout_s:
                        raise StackError(
                            self._last_words(waiting[0], f"{waiting[0]} is not ready after {timeout_s:.0f} s")
                        )
                    if status:
                        status.update(
                            f"starting: waiting for {', '.join(waiting)} ({elapsed:.0f} s, usually about 30 s)"
                        )
                    await asyncio.sleep(0.2)
        finally:
            if status:
                status.stop()

    def _raise_if_one_gave_up(self) -> None:
        supervisord = self._supervisord
        assert supervisord is not None
        if supervisord.poll() is not None:
            error = supervisord.stderr.read().decode().strip() if supervisord.stderr else ""
            raise StackError(
                f"the supervisor ended: {error.splitlines()[-1] if error else self.log_dir / 'supervisord.log'}"
            )
        try:
            states = self.process_states()
        except (OSError, xmlrpc.client.Fault):
            return  # its socket is not there yet
        for name, state in states.items():
            if state in ("FATAL", "BACKOFF", "EXITED"):
                raise StackError(self._last_words(name, f"{name} does not start"))

    def wait_until_running(self, process: str, *, timeout_s: float) -> None:
        """Return once the supervisor counts it as started: it then starts it again when it dies. Raises StackError."""
        deadline = time.monotonic() + timeout_s
        while (state := self.process_states()[process]) != "RUNNING":
            if time.monotonic() > deadline:
                raise StackError(self._last_words(process, f"{process} is {state} after {timeout_s:.0f} s"))
            time.sleep(0.2)

    def process_states(self) -> dict[str, str]:
        """Supervisor's word for each process of this stack: STARTING, RUNNING, BACKOFF, FATAL …"""
        return {row["name"]: row["statename"] for row in self._supervisor_rows()}

    def process_ids(self) -> dict[str, int]:
        """The operating system's id of each running process."""
        return {row["name"]: row["pid"] for row in self._supervisor_rows() if row["pid"]}

    def _supervisor_rows(self) -> list[dict[str, Any]]:
        transport = SupervisorTransport(None, None, f"unix://{self.run_dir / 'supervisor.sock'}")
        server = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
        try:
            rows: Any = server.supervisor.getAllProcessInfo()
            return [row for row in rows if row["name"] in self.only]
        finally:
            transport.close()

    def _last_words(self, name: str, what: str) -> str:
        log = self.log_dir / f"{name}.log"
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()] if log.exists() else []
        return f"{what}: {lines[-1].strip() if lines else 'it wrote nothing'} (all of it: {log})"

    def stop(self) -> None:
        """Stop every process and wait until they are gone. Safe to call twice."""
        supervisord, self._supervisord = self._supervisord, None
        if supervisord is not None:
            supervisord.send_signal(signal.SIGTERM)
            supervisord.wait(timeout=60)
        shutil.rmtree(self.run_dir, ignore_errors=True)

    def wait(self) -> None:
        """Block until the supervisor ends by itself."""
        if self._supervisord is not None:
            self._supervisord.wait()


async def _is_ready(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(url) as reply:
            return reply.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


@contextmanager
def running(stack: Stack, console: Console | None = None) -> Iterator[Stack]:
    """The stack, ready; stopped at the end whatever happens."""
    stack.start(console)
    try:
        yield stack
    finally:
        stack.stop()


def main() -> int:
    """Run the stack until Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.stack",
        description="Run the bot: Rasa, the promo engine, the action server and the gateway.",
        epilog="example: python -m tools.stack --only engine,actions",
    )
    add_shop_option(parser)
    parser.add_argument("--only", default=",".join(PROCESSES), help="comma-separated part of: %(default)s")
    parser.add_argument(
        "--public", action="store_true", help="listen on every interface (0.0.0.0), not only on this machine"
    )
    arguments = parser.parse_args()
    shop = DEMO_SHOPS[arguments.shop]
    only = tuple(name.strip() for name in arguments.only.split(","))
    if unknown := set(only) - set(PROCESSES):
        parser.error(f"--only: no such process: {', '.join(sorted(unknown))}")
    console = Console()

    def stop_on_signal(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    # Ctrl-C by name as well: a process started in the background inherits an ignored SIGINT.
    for stopping in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stopping, stop_on_signal)
    try:
        stack = Stack(
            ports=ports_of_the_person(),
            files=shop.folder,
            shop=shop,
            only=only,
            host="0.0.0.0" if arguments.public else "127.0.0.1",
            extra_environment={
                "PROMOBOT_TRAINING_COMMAND": f"{sys.executable} -m tools.learning.retrain --shop {shop.name}",
                **settings_of_the_person(),
            },
        )
        with running(stack, console):
            if "gateway" in only:
                option = "" if shop is DEMO_SHOPS["trail"] else f" SHOP={shop.name}"
                console.print(
                    f"\n  {shop.title} is open: [bold]{stack.url('gateway')}/[/bold]"
                    f"\n  Its console: {stack.url('gateway')}/admin (make admin{option} makes the first admin)"
                    "\n  Ctrl-C stops everything.\n"
                )
            stack.wait()
            raise StackError(f"the supervisor ended; see {stack.log_dir}")
    except KeyboardInterrupt:
        console.print("stopped; nothing is left running")
        return 0
    except StackError as error:
        Console(stderr=True).print(f"stack: {error}", markup=False, highlight=False, soft_wrap=True)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
