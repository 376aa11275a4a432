import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file

from bot.arrays import IntArray
from bot.encoder.bert_encoder import Sentence, archived_encoder
from bot.encoder.fine_tuning import (
    LOSSES,
    FineTuning,
    FineTuningError,
    contrastive_loss,
    fine_tune,
    warm_up_then_fall,
)
from bot.encoder.training_batches import batches, split

TEXTS = ["where is my order", "where is order 1 2", "my order", "is my order", "where order", "order 2 ?"]
THANKS = ["thank you", "you thank", "thank you banana", "thank", "banana thank you ?", "you you thank"]
INTENTS = ["track_order"] * len(TEXTS) + ["thank"] * len(THANKS)
QUICK = {"epochs": 3, "batch_size": 4, "learning_rate": 1e-2}


def train(tiny_bert: Path, folder: Path, **settings: Any) -> list[float]:
    return fine_tune(
        str(tiny_bert),
        TEXTS + THANKS,
        INTENTS,
        settings=FineTuning(**{**QUICK, **settings}),
        device="cpu",
        folder=folder,
    )


def closeness(folder: Path) -> float:
    """How much closer sentences of one intent lie together than those of two."""
    encoder = archived_encoder(folder, name="test", device="cpu", precision="float32")
    rows = np.stack([encoding.sentence_row for encoding in encoder.encode([Sentence(t, ()) for t in TEXTS + THANKS])])
    cosines, n = rows @ rows.T, len(TEXTS)
    return float((cosines[:n, :n].mean() + cosines[n:, n:].mean()) / 2 - cosines[:n, n:].mean())


@pytest.mark.parametrize("loss", LOSSES)
def test_draws_sentences_of_one_intent_together(tiny_bert: Path, tmp_path: Path, loss: str) -> None:
    train(tiny_bert, tmp_path, loss=loss, held_out=0.0)
    assert closeness(tmp_path) > closeness(tiny_bert) + 0.05


def test_the_same_seed_gives_the_same_weights_and_leaves_the_words_alone(tiny_bert: Path, tmp_path: Path) -> None:
    drawn_before = torch.get_rng_state()
    weights = []
    for name in ("first", "second"):
        train(tiny_bert, tmp_path / name, held_out=0.25)
        weights.append(load_file(tmp_path / name / "model.safetensors"))
    first, second = weights
    assert all((first[name] == second[name]).all() for name in first)
    words = "embeddings.word_embeddings.weight"
    original = load_file(tiny_bert / "model.safetensors")
    assert (first[words] == original[words]).all()
    assert any((first[name] != original[name]).any() for name in first)
    assert torch.equal(drawn_before, torch.get_rng_state())


def test_stops_when_held_out_sentences_gain_nothing_more(tiny_bert: Path, tmp_path: Path) -> None:
    accuracies = train(tiny_bert, tmp_path, epochs=50, held_out=0.2, patience=2)
    assert 2 < len(accuracies) < 50
    assert max(accuracies) == max(accuracies[:-2])


def test_a_diverging_training_ends_in_one_line(tiny_bert: Path, tmp_path: Path) -> None:
    with pytest.raises(FineTuningError, match="smaller learning_rate") as caught:
        train(tiny_bert, tmp_path, learning_rate=1e20)
    assert "\n" not in str(caught.value)


def test_one_intent_is_nothing_to_tell_apart(tiny_bert: Path, tmp_path: Path) -> None:
    with pytest.raises(FineTuningError, match="two intents"):
        fine_tune(str(tiny_bert), ["you"], ["thank"], settings=FineTuning(), device="cpu", folder=tmp_path)


@pytest.mark.parametrize(
    "settings",
    [
        {"loss": "hinge"},
        {"epochs": 0},
        {"batch_size": 2.5},
        {"temperature": 0.0},
        {"learning_rate": math.nan},
        {"held_out": 1},
        {"patience": "long"},
        {"speed": 3},
    ],
)
def test_a_bad_setting_is_refused_by_name(settings: dict[str, Any]) -> None:
    with pytest.raises(FineTuningError, match=next(iter(settings))) as caught:
        FineTuning.from_settings(settings)
    assert "\n" not in str(caught.value)


def test_the_contrastive_loss_of_a_known_batch() -> None:
    rows = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    # Both anchors see their partner at cosine 1 and the third sentence at 0; the third has no partner and is left out.
    expected = -math.log(math.e / (math.e + 1))
    assert contrastive_loss(rows, torch.tensor([0, 0, 1]), temperature=1.0).item() == pytest.approx(expected)
    assert contrastive_loss(rows, torch.tensor([0, 1, 2]), temperature=1.0).item() == 0


labels_of_any_kind = st.lists(st.integers(0, 6), min_size=1, max_size=80).map(np.array)


@given(labels_of_any_kind, st.integers(0, 1000))
def test_batches_hold_every_sentence_once(labels: IntArray, seed: int) -> None:
    lengths = [int(label) * 7 for label in labels]
    indices = np.arange(len(labels))
    cut = list(batches(indices, labels, lengths, size=8, rng=np.random.default_rng(seed)))
    assert sorted(i for batch in cut for i in batch) == indices.tolist()
    assert max(len(batch) for batch in cut) <= 8


@given(labels_of_any_kind, st.floats(0, 0.5))
def test_a_split_loses_nothing_and_empties_no_intent(labels: IntArray, share: float) -> None:
    kept, held_out = split(labels, share=share, rng=np.random.default_rng(1))
    assert sorted([*kept, *held_out]) == list(range(len(labels)))
    assert set(labels[kept]) == set(labels)


def test_the_learning_rate_rises_then_falls_to_nothing() -> None:
    factors = [warm_up_then_fall(step, steps=100) for step in range(101)]
    assert factors[0] == 0.1 and factors[9] == factors[10] == 1.0 and factors[100] == 0.0
    assert factors[10:] == sorted(factors[10:], reverse=True)
