"""Fine-tune a BERT so that sentences of one intent lie close together and far from the others. Knows torch, no Rasa.

Losses: supervised contrastive (Khosla et al., NeurIPS 2020, eq. 2) over the sentences of a batch; cross-entropy over
cosines to one learned direction per intent, which starts as the intent's mean; or the sum of both. Which one pays is
measured in docs/decisions/0005-encoder-ablation.md.

FineTuningError    the settings or the sentences cannot be trained on, or training diverged; one line
"""

import logging
import math
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from bot.arrays import IntArray
from bot.encoder.pooling import sentence_means
from bot.encoder.training_batches import batches, split
from bot.encoder.weights import load_model, resolve_precision

logger = logging.getLogger(__name__)

LOSSES = ("cross_entropy", "contrastive", "both")


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
    """Share of each intent's sentences that is not trained on and decides when training stops; for large training data.
    0 trains all epochs on all sentences, the better choice where an intent has only tens of them
    (docs/decisions/0005-encoder-ablation.md)."""
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
    module: torch.nn.Module = model  # transformers' own `to` lacks the type of its argument
    module.to(device)
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(settings.seed)
        accuracies = _Training(model, tokenizer, texts, labels, settings=settings, device=device).run()
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
        labels: IntArray,
        *,
        settings: FineTuning,
        device: str,
    ) -> None:
        self.model, self.tokenizer, self.texts, self.labels = model, tokenizer, texts, labels
        self.settings, self.device = settings, device
        self.in_bf16 = device.startswith("cuda") or resolve_precision("auto", device=device) == "bf16"
        self.rng = np.random.default_rng(settings.seed)
        self.trained_on, self.held_out = split(labels, share=settings.held_out, rng=self.rng)
        # Frozen, since training would move the embeddings of the sentences' words away from those of all other words.
        model.get_input_embeddings().weight.requires_grad_(False)
        self.directions = torch.nn.Parameter(self._intent_means())  # (intents, D)

    def run(self) -> List[float]:
        """Train to the end or until held-out accuracy no longer rises; leaves the best weights in the model."""
        settings = self.settings
        steps = math.ceil(len(self.trained_on) / settings.batch_size) * settings.epochs
        lengths = [len(text) for text in self.texts]
        weights = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        optimizer = torch.optim.AdamW([*weights, self.directions], lr=settings.learning_rate, weight_decay=0.01)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: warm_up_then_fall(step, steps=steps))
        accuracies: List[float] = []
        best: Dict[str, Tensor] = {}
        with tqdm(total=len(self.trained_on) * settings.epochs, desc="fine-tuning BERT", unit="text") as bar:
            for _ in range(settings.epochs):
                self.model.train()
                for batch in batches(self.trained_on, self.labels, lengths, size=settings.batch_size, rng=self.rng):
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
                if len(self.held_out) == 0:
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
    def _all_rows(self, indices: IntArray) -> Tensor:
        self.model.eval()
        order = sorted(indices, key=lambda i: len(self.texts[i]))
        size = 2 * self.settings.batch_size
        rows = torch.cat([self._rows(order[start : start + size]) for start in range(0, len(order), size)])
        row_of = {index: row for row, index in enumerate(order)}
        return rows[[row_of[index] for index in indices]]

    def _intent_means(self) -> Tensor:
        rows = self._all_rows(self.trained_on)
        labels = torch.as_tensor(self.labels[self.trained_on], device=rows.device)
        sums = rows.new_zeros(int(self.labels.max()) + 1, rows.shape[1]).index_add_(0, labels, rows)
        return functional.normalize(sums, dim=-1)

    def _held_out_accuracy(self) -> float:
        """Share of the held-out sentences that lie nearest to their own intent's mean."""
        nearest = (self._all_rows(self.held_out) @ self._intent_means().T).argmax(dim=1).cpu().numpy()
        return float((nearest == self.labels[self.held_out]).mean())


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


def warm_up_then_fall(step: int, *, steps: int) -> float:
    """Factor of the learning rate: up over the first tenth of the steps, then down to 0 in a straight line."""
    warm_up = max(1, steps // 10)
    return min((step + 1) / warm_up, max(0.0, (steps - step) / max(1, steps - warm_up)))
