"""One sentence's pass through BERT as one launch on a GPU."""

import threading
from typing import Dict, Tuple

import torch
from torch import Tensor

from bot.encoder.pooling import last_layers


class CudaReplays:
    """One sentence's pass as one launch on a GPU.

    A small BERT's pass is a hundred kernels, each shorter than its own launch. A CUDA graph records them once for each
    padded length and launches them together. The padding is masked, so the rows equal those of the plain pass.
    """

    LENGTHS = (16, 32, 64)
    """Sub-words; a longer sentence, and any batch, takes the plain pass."""

    def __init__(self, model: torch.nn.Module, *, layers: int, longest: int, device: str) -> None:
        self._model, self._layers, self._device = model, layers, device
        self._lock = threading.Lock()  # the recorded passes read and write fixed memory
        self._recorded: Dict[int, Tuple[Tensor, Tensor, torch.cuda.CUDAGraph, Tensor]] = {}
        with torch.inference_mode():
            for length in self.LENGTHS:
                if length <= longest:
                    self._record(length)

    def can_take(self, ids: Tensor) -> bool:
        """Whether a recorded pass fits these (B, S) sub-words."""
        return ids.shape[0] == 1 and ids.shape[1] <= max(self._recorded, default=0)

    def __call__(self, ids: Tensor) -> Tensor:
        """The hidden rows (L, 1, S, D) of the sub-words (1, S)."""
        length = next(length for length in self._recorded if length >= ids.shape[1])
        fixed_ids, fixed_mask, graph, hidden = self._recorded[length]
        with self._lock:
            padded, mask = pad_to(ids, length)
            fixed_ids.copy_(padded)
            fixed_mask.copy_(mask)
            graph.replay()
            return hidden[:, :, : ids.shape[1]].clone()

    def _record(self, length: int) -> None:
        ids, mask = pad_to(torch.zeros((1, 1), dtype=torch.long, device=self._device), length)
        beside = torch.cuda.Stream()  # recording wants a pass or two before it, on a stream of its own
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            for _ in range(2):
                last_layers(self._model, self._layers, input_ids=ids, attention_mask=mask)
        torch.cuda.current_stream().wait_stream(beside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            hidden = last_layers(self._model, self._layers, input_ids=ids, attention_mask=mask)
        self._recorded[length] = (ids, mask, graph, hidden)


def pad_to(ids: Tensor, length: int) -> Tuple[Tensor, Tensor]:
    """Sub-words (1, S) filled up to (1, length), and the mask (1, length, length) that hides the filling.

    A mask of three dimensions, since transformers looks into one of two for padding, which no recording allows.
    """
    padded = torch.nn.functional.pad(ids, (0, length - ids.shape[1]))
    visible = (torch.arange(length, device=ids.device) < ids.shape[1]).to(torch.long)
    return padded, visible.expand(1, length, length).contiguous()
