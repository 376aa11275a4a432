"""Sentences into BERT vectors: one row per token and one for the whole sentence. Knows torch and transformers, no Rasa.

The sentence row is the mean of the last layer (`bot.encoder.pooling`). The means of the two layers before it come
along: a classifier may learn from them what the last layer no longer tells apart.

A process holds each model once per device and precision. Processes that share a GPU share nothing there: each holds its
CUDA context and one copy of the weights (45 MB for the default model in fp16), and no cache.
"""

import logging
import re
import threading
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm
from transformers import BatchEncoding, PreTrainedModel, PreTrainedTokenizerBase

from bot.arrays import FloatArray
from bot.encoder.cuda_replays import CudaReplays
from bot.encoder.pooling import Span, last_layers, rows_per_token, sentence_means
from bot.encoder.weights import (
    DEFAULT_MODEL,
    EncoderError,
    at_precision,
    capability_of,
    hash_of,
    load_model,
    resolve_device,
    resolve_precision,
)

logger = logging.getLogger(__name__)

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a character. A terminal or a careless client can send one; UTF-8 has none, and the tokenizer fails on it.
Each is replaced by one character, so that no offset in the text changes."""

LAYERS = 3
"""A sentence gets the mean of this many of the last layers; of fewer where a model has fewer."""
EARLIER_WEIGHT = 0.5
"""Of the layers before the last in a sentence vector, chosen on validation texts: docs/decisions/0006-intents.md."""
BATCH_SIZE = 64


@dataclass(frozen=True)
class Sentence:
    """A text and the character ranges [start, end) of its tokens."""

    text: str
    spans: Tuple[Span, ...]


@dataclass(frozen=True)
class Encoding:
    """float32 vectors of one sentence."""

    token_rows: FloatArray
    """(tokens, width); a zero row where a token has no sub-word."""
    layer_rows: FloatArray
    """(layers, width), each of length one: the sentence's mean of the last layer, of the one before it, and so on."""

    @property
    def sentence_row(self) -> FloatArray:
        """(width,), of length one: the mean of the last layer."""
        last_layer: FloatArray = self.layer_rows[0]
        return last_layer

    def sentence_vector(self, layers: int) -> FloatArray:
        """(layers x width,), of length one: the means of this many layers side by side, the last layer's first."""
        weights = np.array([1.0, *[EARLIER_WEIGHT] * (layers - 1)], dtype=np.float32)
        vector: FloatArray = (self.layer_rows[:layers] * weights[:, None] / np.linalg.norm(weights)).reshape(-1)
        return vector


class BertEncoder:
    """A BERT in inference mode. Build it with `shared_encoder`, so that one process holds each model once.

    `model` and `tokenizer` may be read by measurements; everything else goes through `encode`.
    """

    def __init__(
        self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, *, name: str, device: str, precision: str
    ) -> None:
        self.name = name
        self.device = device
        self.precision = precision
        self.weights_hash = hash_of(model, tokenizer, precision=precision)
        self.vectors_id = f"{self.weights_hash}-{capability_of(device)}"
        """Changes with anything that changes a vector on this machine."""
        self.width: int = model.config.hidden_size
        self.layers: int = min(LAYERS, model.config.num_hidden_layers)
        self.max_sub_words = min(model.config.max_position_embeddings, tokenizer.model_max_length)
        self.tokenizer = tokenizer
        self.model = at_precision(model.eval(), precision).to(device)
        self._replays = (
            CudaReplays(self.model, layers=self.layers, longest=model.config.max_position_embeddings, device=device)
            if device.startswith("cuda")
            else None
        )
        # The first pass allocates; no customer should wait for it.
        (warm_up,) = self.encode([Sentence("warm up", ((0, 4), (5, 7)))])
        if not np.isfinite(warm_up.layer_rows).all():
            raise EncoderError(f"the numbers of '{name}' do not fit into {precision}; set precision: bf16 or float32")

    def encode(
        self, sentences: Sequence[Sentence], *, batch_size: int = BATCH_SIZE, progress: bool = False
    ) -> List[Encoding]:
        """Vectors in the order of `sentences`.

        Sentences of like length share a batch, so that little is computed for padding. A text over the model's limit
        is cut there with a warning; tokens behind the cut get zero rows.
        """
        if self.precision == "int8":
            batch_size = 1  # the scale is that of the whole batch, so other sentences would change a sentence's vector
        order = sorted(range(len(sentences)), key=lambda i: len(sentences[i].text))
        encodings: Dict[int, Encoding] = {}
        with tqdm(total=len(order), desc="BERT", unit="text", disable=not progress) as bar:
            for start in range(0, len(order), batch_size):
                indices = order[start : start + batch_size]
                encodings.update(zip(indices, self._encode_batch([sentences[i] for i in indices]), strict=True))
                bar.update(len(indices))
        return [encodings[i] for i in range(len(sentences))]

    @torch.inference_mode()
    def _encode_batch(self, sentences: List[Sentence]) -> List[Encoding]:
        inputs = self.tokenizer(
            [_LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", sentence.text) for sentence in sentences],
            truncation=True,
            max_length=self.max_sub_words,
            padding=len(sentences) > 1,
            return_tensors="pt",
        )
        for sentence, sub_words in zip(sentences, inputs.encodings, strict=True):
            if sub_words.overflowing:
                logger.warning(
                    "A text of %d characters is longer than %s can read; it was cut after %d sub-words.",
                    len(sentence.text), self.name, self.max_sub_words,
                )  # fmt: skip
        hidden = self._hidden(inputs.to(self.device)).float()  # (L, B, S, D)
        layer_rows = sentence_means(hidden, inputs["attention_mask"]).transpose(0, 1).cpu().numpy()  # (B, L, D)
        sub_word_rows = hidden[0].cpu().numpy()
        return [
            Encoding(rows_per_token(rows, offsets=np.array(sub_words.offsets), spans=sentence.spans), means)
            for sentence, sub_words, rows, means in zip(
                sentences, inputs.encodings, sub_word_rows, layer_rows, strict=True
            )
        ]

    def _hidden(self, inputs: BatchEncoding) -> Tensor:
        if self._replays is not None and self._replays.can_take(inputs["input_ids"]):
            return self._replays(inputs["input_ids"])
        return last_layers(self.model, self.layers, **inputs)


def shared_encoder(
    model: str = DEFAULT_MODEL, *, device: str = "auto", precision: str = "auto", threads: Optional[int] = None
) -> BertEncoder:
    """This process's encoder for a model, a device and a precision, loaded with the first call.

    `model` is the name of the installed weights package, a local folder or a hub name; `device` is auto, cuda or cpu;
    `precision` is explained at `resolve_precision`. `threads` sets the thread number of torch and of numpy's BLAS for
    the whole process; None leaves them alone. Raises EncoderError.
    """
    _limit_threads(threads)
    device = resolve_device(device)
    key = (model, device, resolve_precision(precision, device=device))
    with _loading:
        if key not in _encoders:
            _encoders[key] = BertEncoder(*load_model(model), name=model, device=device, precision=key[2])
        return _encoders[key]


def archived_encoder(
    folder: Path, *, name: str, device: str = "auto", precision: str = "auto", threads: Optional[int] = None
) -> BertEncoder:
    """The encoder whose weights lie in `folder`, which may be gone afterwards.

    The process holds equal weights once, whatever folder they came from, as long as something uses them.
    """
    _limit_threads(threads)
    device = resolve_device(device)
    precision = resolve_precision(precision, device=device)
    model, tokenizer = load_model(str(folder))
    key = (hash_of(model, tokenizer, precision=precision), device)
    with _loading:
        encoder = _archived.get(key)
        if encoder is None:
            encoder = BertEncoder(model, tokenizer, name=name, device=device, precision=precision)
            _archived[key] = encoder
        return encoder


_encoders: Dict[Tuple[str, str, str], BertEncoder] = {}
_archived: "weakref.WeakValueDictionary[Tuple[str, str], BertEncoder]" = weakref.WeakValueDictionary()
_loading = threading.Lock()


def _limit_threads(threads: Optional[int]) -> None:
    if threads is not None:
        from threadpoolctl import threadpool_limits  # noqa: PLC0415  # the encoder's benchmark runs without it

        torch.set_num_threads(threads)
        threadpool_limits(limits=threads, user_api="blas")  # numpy's own pool would spin beside torch's
