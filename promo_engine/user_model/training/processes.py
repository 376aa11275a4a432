"""Which process of a training this is: alone, or one of those that torchrun started."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def rank() -> int:
    """0 is the process that reports and writes."""
    return int(os.environ.get("RANK", "0"))


def join() -> tuple[torch.device, int, int]:
    """The device to compute on, the process's rank and the number of processes; connects them on the first call."""
    import torch  # noqa: PLC0415  takes seconds, and `rank` needs none of it
    from torch import distributed  # noqa: PLC0415

    count = int(os.environ.get("WORLD_SIZE", "1"))
    cuda = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if cuda else torch.device("cpu")
    if count > 1 and not distributed.is_initialized():
        distributed.init_process_group("nccl" if cuda else "gloo")
    return device, rank(), count
