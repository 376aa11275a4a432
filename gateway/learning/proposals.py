"""Groups unanswered messages and proposes what each group means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.conversations.learn.unanswered import Unanswered
from gateway.learning.masking import masked
from gateway.learning.phrase_clusters import clusters

ARTICLE = "help/"
"""Before the id of a help article, where an intent may stand as well."""
SMALLEST = 2
"""Messages of a group; a single message is a group where its shopper said what it means."""
TAP_WEIGHT = 3.0
"""Votes of a reading that the shopper tapped; a guess has as many as its confidence."""
LEAST_LEAD = 0.34
"""Share of a group's votes from which its first meaning is proposed."""
LEAST_SHARE = 0.1
"""Mean confidence from which it is proposed: from there on the bot itself asks "Did you mean …?"."""
LEAST_LIKENESS = 0.35
"""Cosine from which a question of a help article is taken for the group's."""


@dataclass(frozen=True)
class Group:
    """Messages that say about the same, the most central first, and what they may mean."""

    members: tuple[Unanswered, ...]
    texts: tuple[str, ...]
    """The members' texts without their numbers and addresses."""
    proposed: str | None
    """An intent, `help/ARTICLE`, or None."""
    share: float
    """The mean confidence in it, a tap counting as certain; of an article, the mean likeness. 0 to 1."""
    taps: int
    """Members whose shopper tapped it."""
    dismissed_in: int | None
    """The dismissed suggestion whose messages are like these."""


def groups(
    messages: Sequence[Unanswered], *, known: frozenset[str], articles: Mapping[str, Sequence[str]]
) -> list[Group]:
    """The groups with the most messages first.

    `known` are the intents that may be proposed; `articles` are the help articles' questions, by id. Takes a second for
    a thousand messages: not for the event loop.
    """
    texts = [masked(message.text) for message in messages]
    found = []
    for indexes in clusters(texts, smallest=1):
        members = tuple(messages[index] for index in indexes)
        dismissed = [member.dismissed_in for member in members if member.dismissed_in is not None]
        fresh = [index for index in indexes if messages[index].dismissed_in is None]
        if not fresh or (len(indexes) < SMALLEST and members[0].tapped is None):
            continue
        proposed, share, taps = _meaning([messages[index] for index in fresh], known)
        if proposed is None:
            proposed, share = _article([texts[index] for index in fresh], articles)
        found.append(
            Group(
                members=tuple(messages[index] for index in fresh),
                texts=tuple(texts[index] for index in fresh),
                proposed=proposed,
                share=share,
                taps=taps,
                dismissed_in=max(dismissed, key=dismissed.count) if dismissed else None,
            )
        )
    return found


def _meaning(members: Sequence[Unanswered], known: frozenset[str]) -> tuple[str | None, float, int]:
    votes: dict[str, float] = defaultdict(float)
    taps: dict[str, int] = defaultdict(int)
    for member in members:
        if member.tapped is not None:
            votes[member.tapped] += TAP_WEIGHT
            taps[member.tapped] += 1
        else:
            for intent, confidence in member.ranking:
                votes[intent] += confidence
    allowed = {intent: weight for intent, weight in votes.items() if intent in known}
    if not allowed:
        return None, 0.0, 0
    best = max(allowed, key=lambda intent: (allowed[intent], intent))
    share = allowed[best] / sum(1.0 if member.tapped is None else TAP_WEIGHT for member in members)
    leads = allowed[best] >= LEAST_LEAD * sum(votes.values())
    return (best, share, taps[best]) if leads and share >= LEAST_SHARE else (None, 0.0, 0)


def _article(texts: Sequence[str], articles: Mapping[str, Sequence[str]]) -> tuple[str | None, float]:
    """The article one of whose questions is most like the group's texts, with the mean likeness."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415  # slow to import, seldom needed

    questions = [(article_id, question) for article_id, its in articles.items() for question in its]
    if not questions or not any(character.isalnum() for text in texts for character in text):
        return None, 0.0
    vectors = TfidfVectorizer(sublinear_tf=True, analyzer="char_wb", ngram_range=(3, 5))
    known = vectors.fit_transform([question for _, question in questions])
    likeness = (vectors.transform(list(texts)) @ known.T).mean(axis=0)
    best = int(likeness.argmax())
    share = float(likeness.flat[best])
    return (ARTICLE + questions[best][0], share) if share >= LEAST_LIKENESS else (None, 0.0)
