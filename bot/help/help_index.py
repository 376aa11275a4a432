"""The passages as a search reads them, and what speaks for each of them to answer a message.

Six pieces of evidence, all from what a turn has computed anyway; none encodes anything again:

dense       cosine of the message's vector with the passage's: the sum of the vector of "title. heading. paragraph" and
            of the mean vector of the questions in its `asked` comment. For 88 % of the first 50 calibration questions
            the right article had the highest, for 84 % without the title, for 70 % with heading and paragraph alone
asked       the highest cosine with one of those questions
sentence    the highest cosine with one sentence of the paragraph
words       BM25 (Robertson and Zaragoza 2009) over word stems, divided by ten
tokens      for each word of the message the highest cosine with a word of the passage, their mean weighted by how rare
            the word is (late interaction: Khattab and Zaharia, ColBERT, SIGIR 2020)
intents     the confidence of the intents whose replies say what the article says (data/help/intents.yml)

The tokens are compared for the CANDIDATES that the rest puts first.
"""

from __future__ import annotations

import json
import logging
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import bm25s
import numpy as np
import Stemmer
from safetensors.numpy import save_file

from bot.archive import read_arrays
from bot.arrays import FloatArray, IntArray, NumberArray
from bot.encoder.bert_encoder import BATCH_SIZE, BertEncoder, Encoding, Sentence
from bot.encoder.embedding_cache import EmbeddingCache, encode_with_cache
from bot.help.help_articles import Passage

logging.getLogger("bm25s").setLevel(logging.WARNING)

EVIDENCE = ("dense", "asked", "sentence", "words", "tokens", "intents")
"""The columns of `Evidence.rows`."""
AGAINST = ("always", "out_of_scope", "other_intents", "unknown", "dense")
"""The columns of `Evidence.against`: what speaks for no passage at all, and for that the highest `dense` as well."""
CANDIDATES = 10
FALLBACK = "nlu_fallback"
OUT_OF_SCOPE = "out_of_scope"
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z{])")
_BACKWARDS = re.compile(
    r"(?:it|its|they|their|them|this|that|these|those|there|then|otherwise|without|until then|from then|still|both"
    r"|if both|but|only)\b",
    re.IGNORECASE,
)
"""Begins a sentence that leans on the one before it."""
FAR_BELOW = 0.3
"""A sentence at the end of a passage is left out where its cosine lies this far below the best one's."""


@dataclass(frozen=True)
class Evidence:
    """What speaks for the candidates, the likeliest first by the cheap evidence, and against all of them."""

    candidates: IntArray
    """(n,) positions in `HelpIndex.passages`."""
    rows: FloatArray
    """(n, len(EVIDENCE))."""
    against: FloatArray
    """(len(AGAINST),)."""


@dataclass(frozen=True)
class Asking:
    """A message: its vector (width,), its words and their vectors (words, width), and the guessed intents."""

    text: str
    vector: NumberArray
    words: Tuple[str, ...]
    word_vectors: NumberArray
    intents: Tuple[Tuple[str, float], ...] = ()

    @classmethod
    def of(cls, text: str, encoder: BertEncoder, intents: Sequence[Tuple[str, float]] = ()) -> Asking:
        """Encode a text."""
        sentence = sentence_of(text)
        (encoding,) = encoder.encode([sentence])
        words = tuple(text[start:end] for start, end in sentence.spans)
        return cls(text, encoding.sentence_row, words, encoding.token_rows, tuple(intents))


class HelpIndex:
    """Passages with their vectors.

    `arrays`: `vectors` (passages, width), `asked` and `sentences` (texts, width), `words` (words, width, half
    precision), rows of length one or zero; `asked_of`, `sentences_of`, `words_of`: each row's passage, by its position,
    ascending. `intents`: the articles that say what an intent's reply says.
    """

    def __init__(
        self, passages: Sequence[Passage], arrays: Mapping[str, Any], intents: Mapping[str, Sequence[str]]
    ) -> None:
        self.passages = tuple(passages)
        self.arrays = dict(arrays)
        self.intents = {name: tuple(articles) for name, articles in intents.items()}
        self._words: FloatArray = self.arrays["words"].astype(np.float32)
        positions = np.arange(len(self.passages) + 1)
        self._words_from = np.searchsorted(self.arrays["words_of"], positions).tolist()  # a slice copies nothing
        self._sentences = [sentences_of(passage.text) for passage in self.passages]
        self._stemmer = Stemmer.Stemmer("english")
        texts = [
            " ".join([p.title, p.heading, *p.questions, as_words(p.text), p.heading, p.title]) for p in self.passages
        ]
        terms = [self.terms(text) for text in texts]
        self._bm25 = bm25s.BM25(k1=1.5, b=0.5)
        self._bm25.index(terms or [[""]], show_progress=False)
        counts: Dict[str, int] = {}
        for term in (term for of_passage in terms for term in set(of_passage)):
            counts[term] = counts.get(term, 0) + 1
        self._rarity = {term: float(np.log1p(len(terms) / (1 + count))) for term, count in counts.items()}
        self._rarest = float(np.log1p(len(terms)))

    @property
    def width(self) -> int:
        """Of a vector."""
        return int(self.arrays["vectors"].shape[1])

    @classmethod
    def of(
        cls,
        passages: Sequence[Passage],
        encoder: BertEncoder,
        *,
        cache: Optional[EmbeddingCache],
        intents: Optional[Mapping[str, Sequence[str]]] = None,
    ) -> HelpIndex:
        """Embed the passages; what the cache knows is not computed again."""
        whole = [f"{passage.title}. {passage.heading}. {as_words(passage.text)}" for passage in passages]
        questions = [(i, text) for i, passage in enumerate(passages) for text in passage.questions]
        sentences = [(i, as_words(s)) for i, passage in enumerate(passages) for s in sentences_of(passage.text)]
        texts = [*whole, *(text for _, text in questions), *(text for _, text in sentences)]
        encodings = _encodings(encoder, texts, cache)
        rows = np.stack([encoding.sentence_row for encoding in encodings]) if encodings else _none(encoder.width)
        vectors = rows[: len(whole)].copy()
        asked_rows = rows[len(whole) : len(whole) + len(questions)]
        asked_of = np.array([i for i, _ in questions], dtype=np.int64)
        for i in sorted(set(asked_of.tolist())):
            vectors[i] += unit(asked_rows[asked_of == i].mean(axis=0))
        words, words_of = [], []
        owners = [*range(len(whole)), *asked_of.tolist()]
        for position, encoding in sorted(zip(owners, encodings, strict=False), key=lambda pair: pair[0]):
            words.append(unit(encoding.token_rows))
            words_of += [position] * len(encoding.token_rows)
        arrays = {
            "vectors": unit(vectors),
            "asked": asked_rows,
            "asked_of": asked_of,
            "sentences": rows[len(whole) + len(questions) :],
            "sentences_of": np.array([i for i, _ in sentences], dtype=np.int64),
            "words": (np.concatenate(words) if words else _none(encoder.width)).astype(np.float16),
            "words_of": np.array(words_of, dtype=np.int64),
        }
        return cls(passages, arrays, intents or {})

    def terms(self, text: str) -> List[str]:
        """The stems of a text's words."""
        stems: List[str] = self._stemmer.stemWords(_WORD.findall(text.lower()))
        return stems

    def evidence(self, asking: Asking) -> Evidence:
        """What speaks for the likeliest passages; no candidate for a message without a vector."""
        length = float(np.linalg.norm(asking.vector))
        for_articles, against = self._intents(asking.intents)
        if length == 0.0 or not self.passages:
            return Evidence(np.zeros(0, np.int64), np.zeros((0, len(EVIDENCE)), np.float32), _row([*against, 0.0]))
        vector = np.asarray(asking.vector, dtype=np.float32) / length
        dense = self.arrays["vectors"] @ vector
        nearest_question = self._highest("asked", vector, dense)
        sentence = self._highest("sentences", vector, dense)
        words = self._of_words(asking.text)
        intents = np.array([for_articles.get(passage.article_id, 0.0) for passage in self.passages])
        first = dense + nearest_question / 2 + sentence / 3 + words / 4 + intents / 2
        candidates = np.argsort(-first, kind="stable")[:CANDIDATES]
        columns = [dense, nearest_question, sentence, words, np.zeros(len(dense)), intents]
        rows = np.stack(columns, axis=1)[candidates].astype(np.float32)
        rows[:, EVIDENCE.index("tokens")] = self._tokens(asking, candidates)
        return Evidence(candidates, rows, _row([*against, float(dense.max())]))

    def answer(self, position: int, asking: Asking) -> str:
        """The sentences of a passage that answer: those at its end that lie far from the message are left out.

        The first one stays, since it says what the others rest on ("We do not exchange goods directly"), and so does a
        sentence that leans on the one before it, since it may limit the answer.
        """
        sentences = self._sentences[position]
        length = float(np.linalg.norm(asking.vector))
        if len(sentences) < 2 or length == 0.0:
            return self.passages[position].text
        cosines = self.arrays["sentences"][self.arrays["sentences_of"] == position] @ (asking.vector / length)
        last = int(np.flatnonzero(cosines >= cosines.max() - FAR_BELOW)[-1])
        while last + 1 < len(sentences) and _BACKWARDS.match(sentences[last + 1]):
            last += 1
        return " ".join(sentences[: last + 1])

    def intents_of(self, article_id: str) -> List[str]:
        """The intents whose replies say what the article says."""
        return [name for name, articles in self.intents.items() if article_id in articles]

    def save(self, file: Path, **notes: str) -> None:
        """Write vectors, passages, intents and notes into one safetensors file."""
        passages = json.dumps([asdict(passage) for passage in self.passages])
        save_file(self.arrays, file, metadata={"passages": passages, "intents": json.dumps(self.intents), **notes})

    @classmethod
    def load(cls, file: Path) -> Tuple[HelpIndex, Dict[str, str]]:
        """What `save` wrote: the index and the notes."""
        arrays, notes = read_arrays(file)
        passages = [
            Passage(**{**row, "questions": tuple(row["questions"])}) for row in json.loads(notes.pop("passages"))
        ]
        return cls(passages, arrays, json.loads(notes.pop("intents"))), notes

    def _highest(self, name: str, vector: FloatArray, otherwise: FloatArray) -> FloatArray:
        """Of each passage the highest cosine with one of its rows; its own cosine where it has none."""
        highest = np.full(len(self.passages), -1.0, dtype=np.float32)
        owners = self.arrays[f"{name}_of"]
        np.maximum.at(highest, owners, self.arrays[name] @ vector)
        highest[np.setdiff1d(np.arange(len(highest)), owners)] = otherwise.min()
        return highest

    def _of_words(self, text: str) -> FloatArray:
        terms = self.terms(text)
        # bm25s takes no empty question, such as one of emojis alone.
        scores = self._bm25.get_scores(terms) / 10 if terms else np.zeros(len(self.passages))
        of_words: FloatArray = scores.astype(np.float32)
        return of_words

    def _tokens(self, asking: Asking, candidates: IntArray) -> FloatArray:
        weights = np.array([self._rare(word) for word in asking.words[: len(asking.word_vectors)]])
        if not weights.sum():
            return np.zeros(len(candidates), dtype=np.float32)
        words = unit(np.asarray(asking.word_vectors, dtype=np.float32)[: len(weights)])
        weights /= weights.sum()
        scores = np.zeros(len(candidates), dtype=np.float32)
        for i, position in enumerate(candidates):
            start, end = self._words_from[position], self._words_from[position + 1]
            if start < end:
                scores[i] = weights @ (words @ self._words[start:end].T).max(axis=1)
        return scores

    def _rare(self, word: str) -> float:
        stems = self.terms(word)
        return max((self._rarity.get(stem, self._rarest) for stem in stems), default=0.0)

    def _intents(self, guesses: Sequence[Tuple[str, float]]) -> Tuple[Dict[str, float], List[float]]:
        articles: Dict[str, float] = {}
        out_of_scope = others = total = 0.0
        for name, confidence in guesses:
            if name == FALLBACK:
                continue
            total += confidence
            if name == OUT_OF_SCOPE:
                out_of_scope += confidence
            elif name not in self.intents:
                others += confidence
            for article in self.intents.get(name, ()):
                articles[article] = articles.get(article, 0.0) + confidence
        return articles, [1.0, out_of_scope, others, max(0.0, 1.0 - total) if guesses else 0.0]


def sentence_of(text: str) -> Sentence:
    """A text with the positions of its words."""
    return Sentence(text, tuple(match.span() for match in _WORD.finditer(text)))


def sentences_of(text: str) -> List[str]:
    """The sentences of a passage."""
    return [sentence for sentence in _SENTENCE_END.split(text) if sentence]


def as_words(text: str) -> str:
    """A passage as the search reads it: `{return_days}` are the words "return days"."""
    return _PLACEHOLDER.sub(lambda match: match[1].replace("_", " "), text)


def unit(rows: NumberArray) -> FloatArray:
    """Rows (..., width) scaled to length one; a zero row stays one."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    unit_rows: FloatArray = (rows / np.where(lengths == 0.0, 1.0, lengths)).astype(np.float32)
    return unit_rows


def _row(values: Sequence[float]) -> FloatArray:
    row: FloatArray = np.array(values, dtype=np.float32)
    return row


def _none(width: int) -> FloatArray:
    return np.zeros((0, width), dtype=np.float32)


def _encodings(encoder: BertEncoder, texts: Sequence[str], cache: Optional[EmbeddingCache]) -> List[Encoding]:
    sentences = [sentence_of(text) for text in texts]
    if cache is None:
        return encoder.encode(sentences)
    return encode_with_cache(encoder, cache, sentences, batch_size=BATCH_SIZE)
