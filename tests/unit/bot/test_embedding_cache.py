import threading
from pathlib import Path

import numpy as np
import pytest

from bot.encoder.bert_encoder import BertEncoder, Sentence, shared_encoder
from bot.encoder.embedding_cache import EmbeddingCache, encode_with_cache
from bot.encoder.weights import load_model

ORDER = Sentence("where is my order", ((0, 5), (6, 8), (9, 11), (12, 17)))
THANKS = Sentence("thank you", ((0, 5), (6, 9)))


@pytest.fixture
def encoder(tiny_bert: Path) -> BertEncoder:
    return shared_encoder(str(tiny_bert), device="cpu", threads=1)


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("encoded although the cache has it")


def test_a_second_run_encodes_nothing(encoder: BertEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = EmbeddingCache(tmp_path, vectors_id=encoder.vectors_id)
    first = encode_with_cache(encoder, cache, [ORDER, THANKS, ORDER], batch_size=8)
    monkeypatch.setattr(encoder, "encode", refuse)
    again = encode_with_cache(encoder, EmbeddingCache(tmp_path, vectors_id=encoder.vectors_id), [THANKS], batch_size=8)
    np.testing.assert_array_equal(again[0].token_rows, first[1].token_rows)
    np.testing.assert_array_equal(again[0].sentence_row, first[1].sentence_row)
    np.testing.assert_array_equal(first[0].sentence_row, first[2].sentence_row)


def test_other_tokens_of_the_same_text_are_another_entry(encoder: BertEncoder, tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path, vectors_id=encoder.vectors_id)
    encode_with_cache(encoder, cache, [ORDER], batch_size=8)
    assert cache.get([Sentence(ORDER.text, ((0, 17),))]) == [None]


def test_other_weights_never_read_the_entries(encoder: BertEncoder, tmp_path: Path) -> None:
    encode_with_cache(encoder, EmbeddingCache(tmp_path, vectors_id=encoder.vectors_id), [ORDER], batch_size=8)
    assert EmbeddingCache(tmp_path, vectors_id="another").get([ORDER]) == [None]


def test_another_processor_never_reads_the_entries(
    tiny_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = {}
    for capability in ("AVX2", "AVX512"):
        monkeypatch.setattr("torch.backends.cpu.get_cpu_capability", lambda capability=capability: capability)
        encoder = BertEncoder(*load_model(str(tiny_bert)), name="tiny", device="cpu", precision="float32")
        ids[capability] = encoder.vectors_id
        cache = EmbeddingCache(tmp_path, vectors_id=encoder.vectors_id)
        assert cache.get([ORDER]) == [None]
        encode_with_cache(encoder, cache, [ORDER], batch_size=8)
    assert ids["AVX2"].removesuffix("-avx2") == ids["AVX512"].removesuffix("-avx512") == encoder.weights_hash


def test_two_writers_at_once_lose_nothing(encoder: BertEncoder, tmp_path: Path) -> None:
    sentences = [Sentence(f"order {i}", ((0, 5),)) for i in range(40)]
    encodings = encoder.encode(sentences)
    barrier = threading.Barrier(2)
    failures = []

    def write(start: int) -> None:
        try:
            cache = EmbeddingCache(tmp_path, vectors_id="w")
            barrier.wait()
            for i in range(start, 40, 2):
                cache.put([sentences[i], sentences[0]], [encodings[i], encodings[0]])
        except Exception as error:
            failures.append(error)

    writers = [threading.Thread(target=write, args=(start,)) for start in (0, 1)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failures == []
    assert None not in EmbeddingCache(tmp_path, vectors_id="w").get(sentences)
