import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.language import encoder_speed as benchmark
from bot.encoder.bert_encoder import Sentence, shared_encoder

ROOT = Path(__file__).resolve().parents[3]


def test_measures_any_model(tiny_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.bench_figures.ROOT", tmp_path)
    monkeypatch.setattr(benchmark, "SECONDS_PER_LEVEL", 0.01)
    monkeypatch.setattr(benchmark, "MATRIX_SIZES", {"cpu": 256})
    given = ["--model", str(tiny_bert), "--device", "cpu", "--precision", "float32", "--singles", "5"]
    assert benchmark.main([*given, "--batch-sizes", "1", "4"]) == 0
    measured = json.loads((tmp_path / "var" / "bench" / "encoder.json").read_text())
    assert [level["batch_size"] for level in measured["levels"]] == [1, 4]
    encoder = shared_encoder(str(tiny_bert), device="cpu", precision="float32")
    texts = [Sentence(text, ()) for text in benchmark.made_up_texts(4096)]
    rate = measured["matrix_tflops"] * 1e12 / benchmark.matrix_flops(encoder, texts)
    for level in measured["levels"]:
        assert level["sentences_per_second"] > 0
        assert level["matrix_share"] == pytest.approx(level["sentences_per_second"] / rate)
    assert 0 < measured["single_p50_ms"] <= measured["single_p99_ms"]
    assert measured["max_relative_error"] < 1e-5  # float32 against itself, batched otherwise


def test_counts_the_operations_of_minilm() -> None:
    encoder, text = shared_encoder(device="cpu"), Sentence("hi", ())
    # "hi" is three sub-words with its markers; six layers of 12 * 384^2 weights, two operations each.
    assert benchmark.matrix_flops(encoder, [text]) == 2 * 3 * 6 * 12 * 384**2


def test_needs_no_rasa() -> None:
    modules = "import sys, benchmarks.language.encoder_speed, bot.encoder.bert_encoder; print('rasa' in sys.modules)"
    env = {**os.environ, "USE_TF": "0"}  # transformers would import TensorFlow, for seconds, if it is there
    ended = subprocess.run(
        [sys.executable, "-c", modules], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "False"


def test_helps_with_examples_and_tells_a_wrong_model_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        benchmark.main(["--help"])
    assert "--batch-sizes 1 64 1024" in capsys.readouterr().out
    assert benchmark.main(["--model", "/nowhere/bert", "--device", "cpu"]) == 2
    assert capsys.readouterr().err.strip().splitlines()[-1].startswith("encoder: no BERT model in /nowhere/bert")
