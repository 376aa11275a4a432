"""Resolve `requirements/*.in` into lock files with a hash for every file of every package.

    python3 -m tools.lock

torch, and the CUDA packages that one of its builds brings, stay out: their files differ between builds. They are pinned
in tools/setup.py. The lock files name no package index.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

from tools.once import ROOT
from tools.setup import BOT_TORCH, ENGINE_TORCH, find_uv, uv_settings

OF_TORCH = re.compile(r"^(torch|triton|nvidia-[a-z0-9-]+|cuda-[a-z]+)==", re.MULTILINE)


def compile_lock(uv: Path, *, name: str, torch: str, options: list[str]) -> None:
    """Write requirements/<name>.txt from requirements/<name>.in."""
    with tempfile.TemporaryDirectory() as folder:
        pinned = Path(folder) / "torch.in"
        pinned.write_text(torch + "\n")
        command = [str(uv), "pip", "compile", "--quiet", "--generate-hashes", "--no-annotate", "--no-header", *options]
        command += [f"requirements/{name}.in", str(pinned)]
        whole = subprocess.run(command, cwd=ROOT, env=uv_settings(), check=True, capture_output=True, text=True).stdout
        left_out = [f"--no-emit-package={package}" for package in sorted(set(OF_TORCH.findall(whole)))]
        target = f"requirements/{name}.txt"
        subprocess.run([*command, *left_out, "--output-file", target], cwd=ROOT, env=uv_settings(), check=True)
    print(f"{target}: {(ROOT / target).read_text().count('==')} packages")


def compile_unresolved(uv: Path) -> None:
    """Write requirements/unresolved.txt, whose packages come without what they ask for."""
    files = ["requirements/unresolved.in", "--output-file", "requirements/unresolved.txt"]
    command = [str(uv), "pip", "compile", "--quiet", "--no-deps", "--generate-hashes", "--no-annotate", "--no-header"]
    subprocess.run([*command, *files], cwd=ROOT, env=uv_settings(), check=True)


def main() -> None:
    """Lock both environments."""
    uv = find_uv()
    compile_lock(uv, name="bot", torch=BOT_TORCH, options=["--python-version", "3.10"])
    compile_lock(uv, name="engine", torch=ENGINE_TORCH, options=["--universal", "--python-version", "3.11"])
    compile_unresolved(uv)


if __name__ == "__main__":
    main()
