"""Resolve pyproject.toml and `requirements/bot.in` into lock files with a hash for every file of every package.

    python3 -m tools.lock

torch, and the CUDA packages that one of its builds brings, stay out: their files differ between builds. They are pinned
in tools/setup.py. The lock files name no package index.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import tempfile
from pathlib import Path

from tools.once import ROOT
from tools.setup import BOT_TORCH, ENGINE_TORCH, find_uv, uv_settings

GROUPS = ("test", "bench", "lint")
OF_TORCH = re.compile(r"^(torch|triton|nvidia-[a-z0-9-]+|cuda-[a-z]+)==", re.MULTILINE)


def compile_lock(uv: Path, *, name: str, source: str, torch: str, options: list[str]) -> None:
    """Write requirements/<name>.txt from `source`. Versions that stand in it stay where they fit."""
    with tempfile.TemporaryDirectory() as folder:
        pinned = Path(folder) / "torch.in"
        pinned.write_text(torch + "\n")
        command = [str(uv), "pip", "compile", "--quiet", "--generate-hashes", "--no-annotate", "--no-header", *options]
        command += [source, str(pinned)]
        whole = subprocess.run(command, cwd=ROOT, env=uv_settings(), check=True, capture_output=True, text=True).stdout
        left_out = [f"--no-emit-package={package}" for package in sorted(set(OF_TORCH.findall(whole)))]
        target = f"requirements/{name}.txt"
        subprocess.run([*command, *left_out, "--output-file", target], cwd=ROOT, env=uv_settings(), check=True)
    print(f"{target}: {(ROOT / target).read_text().count('==')} packages")


def main() -> None:
    """Lock both environments."""
    argparse.ArgumentParser(prog="python -m tools.lock", description="Write both lock files anew.").parse_args()
    uv = find_uv()
    overrides = ["--overrides", "requirements/bot-overrides.txt"]
    compile_lock(
        uv,
        name="bot",
        source="requirements/bot.in",
        torch=BOT_TORCH,
        options=["--python-version", "3.10", *overrides],
    )
    everything = ["--all-extras", *(word for group in GROUPS for word in ("--group", group))]
    compile_lock(
        uv,
        name="engine",
        source="pyproject.toml",
        torch=ENGINE_TORCH,
        options=["--universal", "--python-version", "3.11", *everything],
    )


if __name__ == "__main__":
    main()
