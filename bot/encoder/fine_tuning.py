"""Fine-tune a BERT so that sentences of one intent lie close together and far from the others. Knows torch, no Rasa.

Losses: supervised contrastive (Khosla et al., NeurIPS 2020, eq. 2) over the sentences of a batch; cross-entropy over
cosines to one learned direction per intent, which starts as the intent's mean; or the sum of both. Which one pays is
measured in docs/decisions/0005-encoder-ablation.md.

FineTuningError    the settings or the sentences cannot be trained on, or training diverged; one line
"""

import logging
import math
from dataclasses import dataclass, fields
from itertools import chain
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from bot.encoder.bert_encoder import load_model, resolve_precision, sentence_means

logger = logging.getLogger(__name__)

LOSSES = ("cross_entropy", "contrastive", "both")
MIN_TO_SPARE = 5
"""Intents with fewer sentences than this keep all of them for training."""
POOL_BATCHES = 16
"""Batches are cut from this many batches' worth of sentences sorted by length: little padding, still well mixed."""


class FineTuningError(Exception):
    """Fine-tuning cannot be done; the message is one line that says why."""


@dataclass(frozen=True)
class FineTuning:
    """How to train. Raises FineTuningError for a setting that cannot be."""

    loss: str = "contrastive"
    epochs: int = 6
    batch_size: int = 32
    learning_rate: float = 1e-4
    temperature: float = 0.1
    """Divides the cosines in both losses; smaller trains harder on near misses."""
    held_out: float = 0.0
    """Share of each intent that is not trained on and says when to stop, for large training data. 0 trains all epochs
    on all sentences: with tens of them per intent none can be spared (docs/decisions/0005-encoder-ablation.md)."""
    patience: int = 3
    """Epochs without a better held-out accuracy before training stops."""
    seed: int = 1

    def __post_init__(self) -> None:
        if self.loss not in LOSSES:
            raise FineTuningError(f"fine_tuning: loss '{self.loss}' is none of {', '.join(LOSSES)}")
        for name, least in (("epochs", 1), ("batch_size", 4), ("patience", 1), ("seed", 0)):
            value = getattr(self, name)
            if not isinstance(value, int) or value < least:
                raise FineTuningError(f"fine_tuning: {name} must be a whole number from {least}, not {value!r}")
        for name in ("learning_rate", "temperature"):
            value = getattr(self, name)
            if not isinstance(value, float) or not 0 < value < math.inf:
                raise FineTuningError(f"fine_tuning: {name} must be a number above 0, not {value!r}")
        if not isinstance(self.held_out, (int, float)) or not 0 <= self.held_out <= 0.5:
            raise FineTuningError(f"fine_tuning: held_out must lie between 0 and 0.5, not {self.held_out!r}")

    @classmethod
    def from_settings(cls, settings: Optional[Mapping[str, Any]]) -> "FineTuning":
        """Read the mapping under `fine_tuning` in a configuration; what it does not name keeps its default."""
        names = [field.name for field in fields(cls)]
        for name in settings or {}:
            if name not in names:
                raise FineTuningError(f"fine_tuning: there is no setting '{name}'; there are {', '.join(names)}")
        return cls(**(settings or {}))


def fine_tune(
    name: str, texts: Sequence[str], intents: Sequence[str], *, settings: FineTuning, device: str, folder: Path
) -> List[float]:
    """Train the model `name` and write it, whole, into `folder`: weights as safetensors, configuration, tokenizer.

    Returns the held-out accuracy after each epoch (empty where nothing was held out). The same sentences, settings and
    device give the same weights. Raises FineTuningError and EncoderError.
    """
    names = sorted(set(intents))
    if len(names) < 2:
        raise FineTuningError("fine-tuning needs sentences of at least two intents; set fine_tune: false or add some")
    labels = np.array([names.index(intent) for intent in intents])
    model, tokenizer = load_model(name)
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(settings.seed)
        accuracies = _Training(model.to(device), tokenizer, texts, labels, settings=settings, device=device).run()
    model.float().cpu().save_pretrained(folder, safe_serialization=True)
    tokenizer.save_pretrained(folder)
    return accuracies


class _Training:
    """One training run."""

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        texts: Sequence[str],
        labels: np.ndarray,
        *,
        settings: FineTuning,
        device: str,
    ) -> None:
        self.model, self.tokenizer, self.texts, self.labels = model, tokenizer, texts, labels
        self.settings, self.device = settings, device
        self.in_bf16 = device.startswith("cuda") or resolve_precision("auto", device=device) == "bf16"
        self.rng = np.random.default_rng(settings.seed)
        self.kept, self.spared = split(labels, share=settings.held_out, rng=self.rng)
        # Words that the sentences do not contain would stay behind while the words around them move.
        model.get_input_embeddings().weight.requires_grad_(False)
        self.directions = torch.nn.Parameter(self._intent_means())  # (intents, D)

    def run(self) -> List[float]:
        """Train to the end or until held-out accuracy no longer rises; leaves the best weights in the model."""
        settings = self.settings
        steps = math.ceil(len(self.kept) / settings.batch_size) * settings.epochs
        weights = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        optimizer = torch.optim.AdamW([*weights, self.directions], lr=settings.learning_rate, weight_decay=0.01)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: warm_up_then_fall(step, steps=steps))
        accuracies: List[float] = []
        best: Dict[str, Tensor] = {}
        with tqdm(total=len(self.kept) * settings.epochs, desc="fine-tuning BERT", unit="text") as bar:
            for _ in range(settings.epochs):
                self.model.train()
                for batch in self._batches():
                    loss = self._loss(batch)
                    if not torch.isfinite(loss):
                        raise FineTuningError(
                            f"fine-tuning diverged (the loss is {loss.item()}); try a smaller learning_rate"
                        )
                    optimizer.zero_grad()
                    loss.backward()
                    torch.nn.utils.clip_grad_norm_(weights, 1.0)
                    optimizer.step()
                    schedule.step()
                    bar.update(len(batch))
                    bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)
                if len(self.spared) == 0:
                    continue
                accuracies.append(self._held_out_accuracy())
                bar.set_description(f"fine-tuning BERT, held-out accuracy {accuracies[-1]:.3f}")
                if accuracies[-1] >= max(accuracies):
                    best = {key: tensor.detach().clone() for key, tensor in self.model.state_dict().items()}
                if len(accuracies) - 1 - int(np.argmax(accuracies)) >= settings.patience:
                    break
        if best:
            self.model.load_state_dict(best)
        return accuracies

    def _loss(self, batch: Sequence[int]) -> Tensor:
        rows = self._rows(batch)  # (B, D), of length one
        labels = torch.as_tensor(self.labels[batch], device=rows.device)
        temperature = self.settings.temperature
        loss = rows.new_zeros(())
        if self.settings.loss != "contrastive":
            cosines = rows @ functional.normalize(self.directions, dim=-1).T  # (B, intents)
            loss = loss + functional.cross_entropy(cosines / temperature, labels)
        if self.settings.loss != "cross_entropy":
            loss = loss + contrastive_loss(rows, labels, temperature=temperature)
        return loss

    def _rows(self, indices: Sequence[int]) -> Tensor:
        inputs = self.tokenizer(
            [self.texts[i] for i in indices],
            truncation=True,
            max_length=min(self.model.config.max_position_embeddings, self.tokenizer.model_max_length),
            padding=True,
            return_tensors="pt",
        ).to(self.device)
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.in_bf16):
            hidden = self.model(**inputs).last_hidden_state  # (B, S, D)
        return sentence_means(hidden.float(), inputs["attention_mask"])

    @torch.no_grad()
    def _all_rows(self, indices: np.ndarray) -> Tensor:
        self.model.eval()
        order = sorted(indices, key=lambda i: len(self.texts[i]))
        size = 2 * self.settings.batch_size
        rows = torch.cat([self._rows(order[start : start + size]) for start in range(0, len(order), size)])
        place = {index: position for position, index in enumerate(order)}
        return rows[[place[index] for index in indices]]

    def _intent_means(self) -> Tensor:
        rows = self._all_rows(self.kept)
        labels = torch.as_tensor(self.labels[self.kept], device=rows.device)
        sums = rows.new_zeros(int(self.labels.max()) + 1, rows.shape[1]).index_add_(0, labels, rows)
        return functional.normalize(sums, dim=-1)

    def _held_out_accuracy(self) -> float:
        """Share of the held-out sentences that lie nearest to their own intent's mean."""
        nearest = (self._all_rows(self.spared) @ self._intent_means().T).argmax(dim=1).cpu().numpy()
        return float((nearest == self.labels[self.spared]).mean())

    def _batches(self) -> Iterator[List[int]]:
        lengths = [len(text) for text in self.texts]
        return batches(self.kept, self.labels, lengths, size=self.settings.batch_size, rng=self.rng)


def contrastive_loss(rows: Tensor, labels: Tensor, *, temperature: float) -> Tensor:
    """Khosla et al. 2020, eq. 2, over rows (B, D) of length one; 0 where no two sentences share an intent."""
    cosines = rows @ rows.T / temperature  # (B, B)
    itself = torch.eye(len(rows), dtype=torch.bool, device=rows.device)
    log_shares = cosines - torch.logsumexp(cosines.masked_fill(itself, -torch.inf), dim=1, keepdim=True)
    same = (labels[:, None] == labels[None, :]) & ~itself
    counts = same.sum(dim=1)
    anchors = counts > 0
    if not anchors.any():
        return rows.sum() * 0
    return -((log_shares * same).sum(dim=1)[anchors] / counts[anchors]).mean()


def split(labels: np.ndarray, *, share: float, rng: np.random.Generator) -> Tuple[np.ndarray, np.ndarray]:
    """Indices to train on and indices to hold out, the share of every intent that has sentences to spare."""
    spared: List[int] = []
    for label in np.unique(labels):
        own = rng.permutation(np.flatnonzero(labels == label))
        if share and len(own) >= MIN_TO_SPARE:
            spared.extend(own[: max(1, round(share * len(own)))])
    held_out = np.array(sorted(spared), dtype=np.int64)
    return np.setdiff1d(np.arange(len(labels)), held_out), held_out


def batches(
    indices: np.ndarray, labels: np.ndarray, lengths: Sequence[int], *, size: int, rng: np.random.Generator
) -> Iterator[List[int]]:
    """Every index once, in batches of like length in random order.

    Sentences travel in pairs of one intent: with many intents a random batch would hold hardly any two that belong
    together, and the contrastive loss would have nothing to pull.
    """
    pairs: List[List[int]] = []
    for label in np.unique(labels[indices]):
        own = rng.permutation(indices[labels[indices] == label]).tolist()
        pairs.extend(own[start : start + 2] for start in range(0, len(own), 2))
    mixed = [pairs[i] for i in rng.permutation(len(pairs))]
    pool = POOL_BATCHES * size // 2
    cut: List[List[int]] = []
    for start in range(0, len(mixed), pool):
        near = sorted(mixed[start : start + pool], key=lambda pair: max(lengths[i] for i in pair))
        flat = list(chain.from_iterable(near))
        cut.extend(flat[at : at + size] for at in range(0, len(flat), size))
    for i in rng.permutation(len(cut)):
        yield cut[i]


def warm_up_then_fall(step: int, *, steps: int) -> float:
    """Factor of the learning rate: up over the first tenth of the steps, then down to 0 in a straight line."""
    warm_up = max(1, steps // 10)
    return min((step + 1) / warm_up, max(0.0, (steps - step) / max(1, steps - warm_up)))
