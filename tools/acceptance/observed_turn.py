"""What a shopper observes of one turn, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.acceptance.acceptance_set import AcceptanceSet, Expectation, filled

Reply = Mapping[str, Any]


@dataclass(frozen=True)
class Observed:
    """The bot's replies of one turn, and how the conversation stands after it."""

    replies: Sequence[Reply]
    waits: bool
    """The shopper waits for a person, or has one."""
    before: str = ""
    """The words of the turn before."""
    order_states: Mapping[str, str] | None = None
    """By the name of the order, for those that are looked at."""

    @property
    def offers(self) -> list[Mapping[str, Any]]:
        """The offers that were shown."""
        return [reply["offer"] for reply in self.replies if reply.get("offer")]

    @property
    def plain(self) -> list[Reply]:
        """The replies without an offer."""
        return [reply for reply in self.replies if not reply.get("offer")]

    @property
    def outcome(self) -> str:
        """What became of an offer in this turn: `none`, `accepted` or `declined`."""
        return next((str(reply["outcome"]["outcome"]) for reply in self.replies if reply.get("outcome")), "none")

    @property
    def titles(self) -> list[str]:
        """Of the buttons."""
        return [str(button["title"]) for reply in self.replies for button in reply.get("buttons") or []]

    @property
    def products(self) -> list[Mapping[str, Any]]:
        """Product cards beside an offer's own."""
        return [product for reply in self.replies for product in _products(reply)]

    @property
    def words(self) -> str:
        """All that is said beside offers' cards; products are read along."""
        return words_of(self.replies)


def words_of(replies: Sequence[Reply]) -> str:
    """The words of replies, in one line with straight quotes."""
    said: list[str] = []
    for reply in replies:
        text = str(reply.get("text") or "")
        offer = reply.get("offer") or {}
        for part in (offer.get(name) for name in ("title", "explanation", "terms")):
            text = text.replace(part or "\0", "")
        said.append(text)
        said += [f"{row['name']} ${row['after_cents'] / 100:.2f}" for row in _products(reply) if _is_new(row, text)]
    return " ".join(" ".join(said).replace("\u2019", "'").replace("\u2018", "'").split())


def faults(expectation: Expectation, observed: Observed, of: AcceptanceSet, facts: Mapping[str, str]) -> list[str]:
    """What of an expectation does not hold; nothing where all is well."""
    if expectation.silent == "may" and not observed.replies:
        return []
    found = list(_Judgement(expectation, observed, of, facts).faults())
    if expectation.any_of:
        ways = [_Judgement(way, observed, of, facts, is_alternative=True) for way in expectation.any_of]
        tried = [list(way.faults()) for way in ways]
        if all(tried):
            found.append("neither: " + " / ".join("; ".join(way) for way in tried))
    return found


@dataclass(frozen=True)
class _Judgement:
    expectation: Expectation
    observed: Observed
    of: AcceptanceSet
    facts: Mapping[str, str]
    is_alternative: bool = False
    """One of several ways: the outcome and the lost thread are for the main expectation to look at."""

    def faults(self) -> Iterator[str]:
        yield from self._of_words()
        yield from self._of_offers()
        yield from self._of_orders_and_people()
        yield from self._of_manner()

    def _says(self, pattern: object, text: str | None = None) -> bool:
        expression = filled(str(pattern), self.facts, self.of.patterns)
        return re.search(expression, self.observed.words if text is None else text, re.IGNORECASE) is not None

    def _of_words(self) -> Iterator[str]:
        wanted, observed = self.expectation, self.observed
        if bool(observed.replies) == (wanted.silent == "yes"):
            yield "said something" if observed.replies else "said nothing"
        if not self.is_alternative and wanted.lost != "any" and self._says("<lost>"):
            yield "did not understand"
        if wanted.says_any and not any(self._says(pattern) for pattern in wanted.says_any):
            yield f"says none of {wanted.says_any}"
        yield from (f"does not say {pattern}" for pattern in wanted.says_all if not self._says(pattern))
        yield from (f"says {pattern}" for pattern in wanted.says_none if self._says(pattern))

    def _of_offers(self) -> Iterator[str]:
        wanted, offers = self.expectation, self.observed.offers
        if wanted.offers not in ("any", "yes" if offers else "no"):
            yield "an offer where none belongs" if offers else "no offer"
        about = wanted.offer_about
        if about is not None and not any(self._says(about, str(offer["title"])) for offer in offers):
            yield "no such offer"
        looked_at = not self.is_alternative or "outcome" in wanted.model_fields_set
        if looked_at and wanted.outcome not in ("any", self.observed.outcome):
            yield f"outcome: {self.observed.outcome}"
        if wanted.products and not self.observed.products and not self._says(r"[$€£] ?\d"):
            yield "shows no product"

    def _of_orders_and_people(self) -> Iterator[str]:
        wanted, observed = self.expectation, self.observed
        if wanted.handover is not None and (wanted.handover == "yes") != observed.waits:
            yield "waits for a person" if observed.waits else "no hand-over"
        if wanted.order_state is not None:
            name = wanted.order_state["order"]
            state = (observed.order_states or {}).get(name, "not looked at")
            if not re.fullmatch(wanted.order_state["is"], state):
                yield f"the {name} order is {state}"

    def _of_manner(self) -> Iterator[str]:
        wanted, observed = self.expectation, self.observed
        titles = observed.titles
        if wanted.buttons_any and not any(
            self._says(pattern, title) for pattern in wanted.buttons_any for title in titles
        ):
            yield "no such button"
        has_buttons = any(reply.get("buttons") for reply in observed.plain)
        if wanted.asks and not has_buttons and not self._says("<question>", words_of(observed.plain)):
            yield "asks nothing"
        if wanted.repeats == "no" and observed.words == observed.before:
            yield "says the same again"
        if len(observed.words) > wanted.max_chars:
            yield f"{len(observed.words)} characters"


def _products(reply: Reply) -> list[Mapping[str, Any]]:
    return [*((reply.get("companions") or {}).get("products") or []), *(reply.get("products") or [])]


def _is_new(product: Mapping[str, Any], text: str) -> bool:
    return product["name"] not in text and product.get("after_cents") is not None
