"""A message read sentence by sentence, without the frames that say nothing: greetings, thanks, names, politeness.

"Hi, I'm Anna. Could you please tell me where my order is? Thanks a lot!" asks "where my order is?". Pure text, no Rasa.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Collection, List, Sequence, Tuple

from bot.intents.frames import bare, is_frame

MOST_CLAUSES = 8
"""Of a longer message the last ones are read: the request tends to stand behind the story."""
MOST_CHARACTERS = 2000
"""Longer messages are pasted text, and are read as a whole."""
MOST_JOINTS = 2
"""Each adds two texts to read."""
LEAST_WORDS_OF_RUN_ON = 22
LEAST_WORDS_OF_PIECE = 3
MOST_PIECES = 8
"""Each adds a text to read, of long messages alone."""
LEAST_WORDS_OF_HALF = 3
"""On each side of an "and" that may join two requests."""

_END = re.compile(
    r"(?<=[.!?\u2026])[\"')\]]*(?<!\b[A-Za-z]\.)(?<!\bMr\.)(?<!\bMrs\.)(?<!\bNo\.)\s+|\s*\n+\s*|;\s+|\s+[\u2013\u2014-]+\s+"
)
_JOINED = re.compile(
    r",?\s+(?:and also|and then|and|also|plus|but|as well as)\s+(?=\S)"
    r"|,\s*(?=(?:i(?:\s*'?m|\s+am)?\s+)?(?:just|only|rather)\b)",  # "no return, I just want the invoice"
    re.IGNORECASE,
)


_RUNS_ON = re.compile(r",\s+|\s+(?=(?:and|so|but|when|while|since)\s)|\s*:\s+", re.IGNORECASE)
_WISH = re.compile(
    r"\?|^(?:and |so |but )?(?:can|could|may|might|will|would|do|does|did|is|are|was|were|have|has|how|what"
    r"|when|where|which|who|why|whether"
    r"|should|shall|any|please)\b|\b(?:i(?:'d| would)? (?:rather|like|love|want|need|wish)|tell me|let me know"
    r"|wonder|ask)\b",
    re.IGNORECASE,
)


def sentences_of(text: str) -> List[str]:
    """The text's sentences, in order."""
    return [part.strip() for part in _END.split(text) if part and part.strip()]


def clauses_of(text: str) -> List[str]:
    """What the message says, sentence by sentence and bare; the whole text where it says nothing else."""
    if len(text) > MOST_CHARACTERS:
        return [text]
    said = [bare(sentence) for sentence in sentences_of(text) if not is_frame(sentence)]
    said = [clause for clause in said if not is_frame(clause)]
    return said[-MOST_CLAUSES:] or [text.strip()]


def pieces_of(clause: str) -> List[Tuple[str, bool]]:
    """The parts of a sentence that runs on, cut at commas and joining words; none of a sentence of normal length.

    With each stands whether it is put as a wish or a question: people tell a story in one breath and put their wish
    somewhere into it, mostly at its end.
    """
    if len(clause.split()) < LEAST_WORDS_OF_RUN_ON:
        return []
    pieces: List[str] = []
    for part in _RUNS_ON.split(clause):
        piece = part.strip(" ,.;:-")
        if pieces and (len(piece.split()) < LEAST_WORDS_OF_PIECE or len(pieces[-1].split()) < LEAST_WORDS_OF_PIECE):
            pieces[-1] = f"{pieces[-1]} {piece}".strip()
        elif piece:
            pieces.append(piece)
    bared = [(bare(piece), _WISH.search(piece) is not None) for piece in pieces if not is_frame(piece)]
    return bared[-MOST_PIECES:] if len(bared) > 1 else []


def halves_of(clause: str) -> List[Tuple[str, str]]:
    """What stands before and behind a joining word, where both sides could be requests; of the first few such words."""
    halves = []
    for joint in _JOINED.finditer(clause):
        before, behind = clause[: joint.start()].strip(), clause[joint.end() :].strip()
        if _may_be_request(before) and _may_be_request(behind):
            halves.append((bare(before), bare(behind)))
    return halves[:MOST_JOINTS]


def _may_be_request(half: str) -> bool:
    """Enough words for a wish; an order number says much in one."""
    return len(half.split()) >= LEAST_WORDS_OF_HALF or any(character.isdigit() for character in half)


@dataclass(frozen=True)
class Reading:
    """The texts that are classified for one message, `texts`, and where its parts are among them."""

    texts: Tuple[str, ...]
    """Without repetition; the first is the whole message without its frames."""
    clauses: Tuple[int, ...]
    halves: Tuple[Tuple[int, int, int], ...]
    """A clause, and the two parts of it that may be requests of their own."""
    pieces: Tuple[int, ...] = ()
    """The parts of sentences that run on."""
    wishes: Tuple[int, ...] = ()
    """Those of them that are put as a wish or a question."""


def read(text: str) -> Reading:
    """The message's parts. A message of one clause without a joint has one text alone."""
    clauses = clauses_of(text)
    pieces = [piece for clause in clauses for piece in pieces_of(clause)][-MOST_PIECES:]
    pairs = [] if pieces else [(clause, pair) for clause in clauses for pair in halves_of(clause)][:MOST_JOINTS]
    parts = (half for _, pair in pairs for half in pair)
    texts = list(dict.fromkeys([" ".join(clauses), *clauses, *parts, *(piece for piece, _ in pieces)]))
    return Reading(
        tuple(texts),
        tuple(texts.index(clause) for clause in clauses),
        tuple((texts.index(clause), texts.index(pair[0]), texts.index(pair[1])) for clause, pair in pairs),
        tuple(texts.index(piece) for piece, _ in pieces),
        tuple(texts.index(piece) for piece, is_wish in pieces if is_wish),
    )


@dataclass(frozen=True)
class Choice:
    """What a reading comes to: indices of its texts."""

    main: int
    requests: Tuple[int, ...]
    """Every certain request in the message's order, where there are several of different intents; otherwise empty."""


def choose(
    reading: Reading, guesses: Sequence[str], confidences: Sequence[float], *, act: float, asides: Collection[str]
) -> Choice:
    """Which text counts, by each text's likeliest intent and its confidence.

    Certain is what reaches `act`. The intents in `asides` (a greeting, a yes, an order number) are no requests: they
    count where nothing else does.
    """

    def is_request(index: int) -> bool:
        return confidences[index] >= act and guesses[index] not in asides

    certain = [index for index in reading.pieces if is_request(index)]
    wishes = [index for index in certain if index in reading.wishes]
    whole_says_nothing = max(confidences[index] for index in (0, *reading.clauses)) < act
    if wishes or (certain and whole_says_nothing):
        return Choice((wishes or certain)[-1], ())
    parts: List[int] = []
    for clause in reading.clauses:
        pairs = [pair for whole, *pair in reading.halves if whole == clause and all(map(is_request, pair))]
        two = [pair for pair in pairs if guesses[pair[0]] != guesses[pair[1]]]
        parts += max(two, key=lambda pair: min(confidences[i] for i in pair)) if two else [clause]
    requests = [index for index in dict.fromkeys(parts) if is_request(index)]
    if len({guesses[index] for index in requests}) > 1:
        last_of = {guesses[index]: index for index in requests}
        return Choice(requests[-1], tuple(sorted(last_of.values(), key=requests.index)))
    if requests:
        sure = requests[-1]
        return Choice(0 if is_request(0) and confidences[0] > confidences[sure] else sure, ())
    return Choice(max([0, *parts], key=lambda index: confidences[index]), ())
