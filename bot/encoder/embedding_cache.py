"""Encodings on disk, so that a retrain does not encode the same sentences again.

One SQLite file per model and kind of processor, named after the encoder's `vectors_id`: another model or another
processor never reads them, and an old file can simply be deleted. Two processes may share a file: writes are single
transactions and entries never change. For training sentences only; what customers write is never stored here.
"""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import List, Optional, Sequence

from safetensors.numpy import load, save

from bot.encoder.bert_encoder import BertEncoder, Encoding, Sentence

LOCK_TIMEOUT_S = 60.0


class EmbeddingCache:
    """Encodings by sentence, of one model on one kind of processor."""

    def __init__(self, folder: Path, *, vectors_id: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{vectors_id}.sqlite"
        with closing(self._connect()) as database, database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS encoding (sentence_key TEXT PRIMARY KEY, vectors BLOB NOT NULL)"
            )

    def get(self, sentences: Sequence[Sentence]) -> List[Optional[Encoding]]:
        """The stored encoding of each sentence; None where there is none."""
        found: List[Optional[Encoding]] = []
        with closing(self._connect()) as database:
            for sentence in sentences:
                row = database.execute(
                    "SELECT vectors FROM encoding WHERE sentence_key = ?", (_key(sentence),)
                ).fetchone()
                found.append(_encoding(row[0]) if row else None)
        return found

    def put(self, sentences: Sequence[Sentence], encodings: Sequence[Encoding]) -> None:
        """Store the encodings of these sentences, all or none."""
        rows = [
            (_key(sentence), save({"token_rows": encoding.token_rows, "layer_rows": encoding.layer_rows}))
            for sentence, encoding in zip(sentences, encodings, strict=True)
        ]
        with closing(self._connect()) as database, database:
            database.executemany("INSERT OR IGNORE INTO encoding VALUES (?, ?)", rows)

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=LOCK_TIMEOUT_S)


def encode_with_cache(
    encoder: BertEncoder, cache: EmbeddingCache, sentences: Sequence[Sentence], *, batch_size: int
) -> List[Encoding]:
    """Encodings in the order of `sentences`; only those that the cache lacks are computed, each once."""
    known = dict(zip(sentences, cache.get(sentences), strict=True))
    missing = [sentence for sentence, encoding in known.items() if encoding is None]
    if missing:
        computed = encoder.encode(missing, batch_size=batch_size, progress=True)
        cache.put(missing, computed)
        known.update(zip(missing, computed, strict=True))
    return [known[sentence] for sentence in sentences]  # type: ignore[misc]  # no None is left


def _key(sentence: Sentence) -> str:
    spans = ",".join(f"{start}-{end}" for start, end in sentence.spans)
    return hashlib.sha256(f"{spans}\n{sentence.text}".encode("utf-8", "surrogatepass")).hexdigest()


def _encoding(vectors: bytes) -> Encoding:
    arrays = load(vectors)
    return Encoding(token_rows=arrays["token_rows"], layer_rows=arrays["layer_rows"])
