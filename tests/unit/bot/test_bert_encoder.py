import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.encoder.bert_encoder import BertEncoder, Sentence, shared_encoder
from bot.encoder.cuda_replays import pad_to
from bot.encoder.pooling import rows_per_token
from bot.encoder.weights import DEFAULT_MODEL, EncoderError, load_model, resolve_device, resolve_precision


def words(text: str) -> Sentence:
    """A sentence whose tokens are its words between blanks."""
    spans, start = [], 0
    for word in text.split(" "):
        spans.append((start, start + len(word)))
        start += len(word) + 1
    return Sentence(text, tuple(spans))


@pytest.fixture(scope="module")
def encoder(tiny_bert: Path) -> BertEncoder:
    return shared_encoder(str(tiny_bert), device="cpu", precision="float32", threads=1)


@pytest.fixture(scope="module")
def minilm() -> BertEncoder:
    return shared_encoder(DEFAULT_MODEL, device="cpu", precision="float32", threads=1)


def test_gives_one_row_per_token_however_many_sub_words_it_has(encoder: BertEncoder) -> None:
    (encoding,) = encoder.encode([words("unbelievable order ?")])
    assert encoding.token_rows.shape == (3, 8)
    assert encoding.token_rows.dtype == encoding.sentence_row.dtype == np.float32
    assert np.abs(encoding.token_rows).sum(axis=1).min() > 0


def test_averages_the_sub_words_of_a_token() -> None:
    rows = np.array([[9.0, 9.0], [1.0, 0.0], [3.0, 0.0], [0.0, 5.0], [9.0, 9.0]], dtype=np.float32)
    offsets = np.array([(0, 0), (0, 2), (2, 6), (7, 9), (0, 0)])  # markers are empty ranges
    np.testing.assert_array_equal(
        rows_per_token(rows, offsets=offsets, spans=[(0, 6), (7, 9)]), np.array([[2.0, 0.0], [0.0, 5.0]])
    )


def test_keeps_a_zero_row_for_a_token_without_sub_words(encoder: BertEncoder) -> None:
    (encoding,) = encoder.encode([words("where \u200b\x00 order")])
    assert encoding.token_rows.shape == (3, 8)
    assert not encoding.token_rows[1].any()
    assert encoding.token_rows[0].any() and encoding.token_rows[2].any()


def test_a_sentence_without_tokens_has_no_rows_but_a_vector(encoder: BertEncoder) -> None:
    (encoding,) = encoder.encode([Sentence("?", ())])
    assert encoding.token_rows.shape == (0, 8)
    assert np.linalg.norm(encoding.sentence_row) == pytest.approx(1.0, abs=1e-5)


def test_a_sentence_vector_is_the_means_of_the_last_layers_the_earlier_ones_at_half_weight(
    encoder: BertEncoder,
) -> None:
    assert encoder.layers == 2, "the tiny model has no more"
    (encoding,) = encoder.encode([words("where is my order")])
    inputs = encoder.tokenizer("where is my order", return_tensors="pt")
    with torch.inference_mode():
        _, earlier, last = encoder.model(**inputs, output_hidden_states=True).hidden_states
    wanted = [rows[0].mean(dim=0).numpy() for rows in (last, earlier)]
    wanted = [mean / np.linalg.norm(mean) for mean in wanted]
    np.testing.assert_allclose(encoding.sentence_row, wanted[0], atol=1e-5)
    np.testing.assert_array_equal(encoding.sentence_vector(1), encoding.sentence_row)
    both = np.concatenate([wanted[0], 0.5 * wanted[1]])
    np.testing.assert_allclose(encoding.sentence_vector(2), both / np.linalg.norm(both), atol=1e-5)


def test_half_a_character_is_read_as_one_unknown_character(encoder: BertEncoder) -> None:
    (broken,) = encoder.encode([words("where \ud800 order")])
    (replaced,) = encoder.encode([words("where \ufffd order")])
    np.testing.assert_array_equal(broken.sentence_row, replaced.sentence_row)
    np.testing.assert_array_equal(broken.token_rows, replaced.token_rows)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_any_text_gives_finite_rows_of_its_own(encoder: BertEncoder, texts: list[str]) -> None:
    sentences = [words(text) for text in texts]
    for sentence, together in zip(sentences, encoder.encode(sentences, batch_size=3), strict=True):
        (alone,) = encoder.encode([sentence])
        assert together.token_rows.shape == (len(sentence.spans), 8)
        assert np.isfinite(together.token_rows).all()
        assert np.linalg.norm(together.sentence_row) == pytest.approx(1.0, abs=1e-5)
        np.testing.assert_allclose(together.sentence_row, alone.sentence_row, atol=1e-5)
        np.testing.assert_allclose(together.token_rows, alone.token_rows, atol=1e-5)


def test_a_batch_gives_what_single_sentences_give_in_their_order(encoder: BertEncoder) -> None:
    sentences = [words(text) for text in ("thank you", "where is my unbelievable order ?", "banana", "order 1 2", "is")]
    for together, sentence in zip(encoder.encode(sentences, batch_size=2), sentences, strict=True):
        (alone,) = encoder.encode([sentence])
        np.testing.assert_allclose(together.token_rows, alone.token_rows, atol=1e-5)
        np.testing.assert_allclose(together.sentence_row, alone.sentence_row, atol=1e-5)


def test_a_text_over_the_limit_is_cut_with_a_warning(encoder: BertEncoder, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        (encoding,) = encoder.encode([words(" ".join(["order"] * 40))])
    assert encoding.token_rows.shape == (40, 8)
    assert encoding.token_rows[13].any() and not encoding.token_rows[14:].any()  # 16 less the two markers
    assert "cut after 16 sub-words" in caplog.text


def test_one_process_holds_each_model_once(tiny_bert: Path, other_tiny_bert: Path) -> None:
    first = shared_encoder(str(tiny_bert), device="cpu")
    assert shared_encoder(str(tiny_bert), device="auto" if resolve_device("auto") == "cpu" else "cpu") is first
    assert shared_encoder(str(other_tiny_bert), device="cpu") is not first


def test_the_hash_tells_weights_apart(tiny_bert: Path, other_tiny_bert: Path) -> None:
    hashes = {shared_encoder(str(folder), device="cpu").weights_hash for folder in (tiny_bert, other_tiny_bert)}
    assert len(hashes) == 2


@pytest.mark.parametrize("name", ["/nowhere/bert", "./nowhere", "no/such/folder"])
def test_a_missing_model_is_one_line_with_what_and_where(name: str) -> None:
    with pytest.raises(EncoderError, match=r"no BERT model in .*(nowhere|no/such/folder)") as caught:
        shared_encoder(name, device="cpu")
    assert "\n" not in str(caught.value)


def test_a_folder_without_weights_is_one_line_with_what_and_where(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(EncoderError, match="cannot load the BERT model") as caught:
        shared_encoder(str(tmp_path), device="cpu")
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("precision", "least_cosine"), [("bf16", 0.999), ("int8", 0.8)])
def test_fewer_bits_give_nearly_the_same_vectors(minilm: BertEncoder, precision: str, least_cosine: float) -> None:
    sentences = [words("Where is my order?"), words("thank you so much"), words("the code you sent me does not work")]
    narrow = shared_encoder(DEFAULT_MODEL, device="cpu", precision=precision)
    for encoding, exact in zip(narrow.encode(sentences), minilm.encode(sentences), strict=True):
        assert encoding.sentence_row @ exact.sentence_row > least_cosine
        assert encoding.token_rows.shape == exact.token_rows.shape
    assert narrow.weights_hash != minilm.weights_hash


@pytest.mark.parametrize("precision", ["float32", "bf16", "int8"])
def test_company_in_a_batch_changes_no_vector(precision: str) -> None:
    encoder = shared_encoder(DEFAULT_MODEL, device="cpu", precision=precision)
    sentences = [words("where is it"), words("the code that you sent me last week in a mail does not work at all")]
    for together, sentence in zip(encoder.encode(sentences), sentences, strict=True):
        (alone,) = encoder.encode([sentence])
        assert together.sentence_row @ alone.sentence_row > 0.9995


def test_precisions_that_cannot_be_are_refused() -> None:
    assert resolve_precision("auto", device="cuda") == "fp16"
    with pytest.raises(EncoderError, match="fp8"):
        resolve_precision("fp8", device="cpu")
    with pytest.raises(EncoderError, match="int8 is for device cpu"):
        resolve_precision("int8", device="cuda")
    with pytest.raises(EncoderError, match="fp16 is for device cuda"):
        resolve_precision("fp16", device="cpu")


def test_numbers_that_overflow_are_told_at_the_start(tmp_path: Path, write_bert: Callable[..., Path]) -> None:
    model, tokenizer = load_model(str(write_bert(tmp_path, seed=4)))
    with torch.no_grad():
        model.get_parameter("encoder.layer.0.output.dense.bias")[0] = torch.inf
    with pytest.raises(EncoderError, match="do not fit into float32"):
        BertEncoder(model, tokenizer, name="broken", device="cpu", precision="float32")


def test_masked_filling_changes_no_row(minilm: BertEncoder) -> None:
    """What a recorded pass on a GPU computes: one sentence, filled up to a fixed length."""
    ids = minilm.tokenizer("where is my order?", return_tensors="pt")["input_ids"]
    padded, mask = pad_to(ids, 16)
    with torch.inference_mode():
        plain = minilm.model(input_ids=ids).last_hidden_state
        filled = minilm.model(input_ids=padded, attention_mask=mask).last_hidden_state[:, : ids.shape[1]]
    torch.testing.assert_close(filled, plain, atol=1e-5, rtol=1e-4)


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(EncoderError, match="tpu"):
        resolve_device("tpu")


def test_real_weights_put_like_sentences_close_together(minilm: BertEncoder) -> None:
    order, parcel, thanks = (
        encoding.sentence_row
        for encoding in minilm.encode(
            [words("Where is my order?"), words("When will my parcel arrive?"), words("Thank you so much!")]
        )
    )
    assert order @ parcel > order @ thanks + 0.2  # apart by 0.32 with float32 on every processor tried
    assert np.linalg.norm(order) == pytest.approx(1.0, abs=1e-5)


def test_real_weights_give_the_vector_of_sentence_transformers(minilm: BertEncoder) -> None:
    """Their published definition, computed plainly: mean over all sub-words, markers included, scaled to length one."""
    sentence = words("Where is my order?")
    inputs = minilm.tokenizer(sentence.text, return_tensors="pt")
    hidden = minilm.model(**inputs).last_hidden_state[0].detach().numpy()
    mean = hidden.mean(axis=0)
    (encoding,) = minilm.encode([sentence])
    np.testing.assert_allclose(encoding.sentence_row, mean / np.linalg.norm(mean), atol=1e-5)
