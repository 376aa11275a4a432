"""torch for the CPU, without the 3.5 GB of CUDA libraries that PyPI's build for Linux on x86-64 brings.

The official way is PyTorch's own index (uv's --torch-backend=cpu), which not every network reaches. Where it does not
answer, PyPI's build is installed without its CUDA packages:

- The dynamic loader wants a file for every library that libtorch_cuda.so names, although nothing of them is called on
  the CPU. Three small ones are installed (the runtime, which answers "no device", its profiler's and file interface).
  For the others stands a link to libtorch_global_deps.so, a library of torch that is as good as empty.
- Functions are looked up when they are first called (RTLD_LAZY) and not when the library is loaded, and no device is
  visible. A .pth file says so at every start of this environment's Python.

The same libtorch_cpu.so computes, so results are those of the whole build. A trial multiplies and trains afterwards.
"""

from __future__ import annotations

import platform
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

CPU_INDEX = "https://download.pytorch.org/whl/cpu/torch/"
_KEPT = ("nvidia-cuda-runtime==13.0.96", "nvidia-cuda-cupti==13.0.85", "nvidia-cufile==1.15.1.6")
_STOOD_IN_FOR = (
    "libcublas.so.13",
    "libcublasLt.so.13",
    "libcudnn.so.9",
    "libcufft.so.12",
    "libcurand.so.10",
    "libcusparse.so.12",
    "libcusparseLt.so.0",
    "libnccl.so.2",
    "libnvrtc.so.13",
    "libnvshmem_host.so.3",
)
_AT_START = 'import os, sys; sys.setdlopenflags(os.RTLD_LAZY); os.environ["CUDA_VISIBLE_DEVICES"] = ""\n'
_TRIAL = """
import torch
from torch.ao.quantization import quantize_dynamic
layer = torch.nn.LSTM(8, 8)
layer(torch.randn(3, 2, 8))[0].sum().backward()
torch.optim.AdamW(layer.parameters()).step()
quantize_dynamic(torch.nn.Sequential(torch.nn.Linear(8, 8)))(torch.randn(2, 8))
torch.linalg.inv(torch.eye(4)), torch.fft.fft(torch.ones(4))
raise SystemExit(torch.cuda.is_available())
"""

Pip = Callable[..., bool]
"""Installs packages with uv into the environment at hand; whether it did."""


def install_cpu_torch(pip: Pip, python: Path, torch: str) -> str:
    """Install it the best way that this machine has; returns a line that says which."""
    if not (sys.platform == "linux" and platform.machine() == "x86_64"):
        pip(torch, must=True)
        return "torch for the CPU, as PyPI has it for this machine"
    if pip("--no-deps", f"{torch}+cpu"):  # a folder of wheels or an index of the machine's own settings
        return "torch's CPU build"
    if _answers(CPU_INDEX) and pip("--no-deps", "--torch-backend=cpu", torch):
        return "torch's CPU build from PyTorch's index"
    pip("--no-deps", torch, *_KEPT, must=True)
    stand_in(_site_packages(python))
    if subprocess.run([python, "-c", _TRIAL], check=False, capture_output=True).returncode == 0:
        return "torch without its CUDA libraries (PyTorch's index of CPU builds does not answer)"
    (_site_packages(python) / "torch_without_cuda.pth").unlink()
    for name in _STOOD_IN_FOR:
        (_site_packages(python) / "torch" / "lib" / name).unlink(missing_ok=True)
    pip(torch, must=True)
    return "torch with CUDA, 3.5 GB that no CPU needs: PyTorch's index of CPU builds does not answer"


def stand_in(site_packages: Path) -> None:
    """Let PyPI's torch start without the CUDA libraries that are not there."""
    for name in _STOOD_IN_FOR:
        link = site_packages / "torch" / "lib" / name
        link.unlink(missing_ok=True)
        link.symlink_to("libtorch_global_deps.so")
    (site_packages / "torch_without_cuda.pth").write_text(_AT_START)


def _site_packages(python: Path) -> Path:
    code = "import sysconfig; print(sysconfig.get_path('platlib'))"
    return Path(subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip())


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False
