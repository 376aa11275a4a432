"""Which of a customer's orders a message means: "the last one", "the one with the lemonade", "it".

A number decides. Else words narrow the orders down (contents, date, state) and then choose among them (newest, older,
second, the other one). A word such as "it" alone is the order that the talk is about.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Iterable, List, Mapping, Optional, Sequence, Tuple

from actions.engine_replies import Order
from actions.orders.order_contents import holding
from actions.orders.order_dates import days_meant


@dataclass(frozen=True)
class Reference:
    """What a message says about which order it means."""

    number: Optional[str] = None
    """Of the order; None where the message means none, or several fit."""
    numbers: Tuple[str, ...] = ()
    """Those that fit, where there are several, the newest first."""
    said: bool = False
    """The message speaks of a certain order; with neither number nor numbers there is no such order."""


NOTHING_SAID = Reference()

_NOUN = r"(?:ones?|orders?|purchases?|deliver(?:y|ies)|parcels?|packages?|shipments?)"
_END = r"(?=\s*(?:$|[,.;:!?]|please\b|pls\b|then\b|instead\b|of (?:these|those|them)\b))"
_NEWEST = re.compile(
    rf"\b(?:last|latest|newest|newer|(?:most )?recent|new)\s+(?P<noun>{_NOUN})\b"
    rf"|\b(?:the|my)\s+(?:last|latest|newest|newer|most recent){_END}"
    rf"|\b(?:buy|bought|order|ordered|get|got|purchased) last(?: time)?{_END}",
    re.IGNORECASE,
)
_JUST_PLACED = re.compile(
    r"\b(?:just|only just)(?: now)? (?:placed|ordered|bought|made|submitted|paid)\b|\bplaced just now\b"
    r"|\b(?:a|one|two|three|five|ten|\d+|some|a few|a couple of) (?:moments?|minutes?|mins?|seconds?) ago\b"
    r"|\b(?:from|of) (?:just|right) now\b",
    re.IGNORECASE,
)
_OLDEST = re.compile(
    rf"\b(?:oldest|earliest)\b|\bfirst (?:order|purchase)(?: ever| i ever|{_END})|\bvery first\b", re.IGNORECASE
)
_OLDER = re.compile(
    rf"\b(?:older|earlier|previous|prior)(?:\s+{_NOUN}|{_END})|\b(?:the|that|my)\s+one before\b|\bbefore that one\b",
    re.IGNORECASE,
)
_OTHER = re.compile(
    rf"\b(?:the|my|that)\s+other(?:\s+{_NOUN}|{_END})|\bother one\b|\bnot (?:that|this) (?:one|order)\b"
    rf"|\b(?:a different|another)\s+(?:one|order)\b",
    re.IGNORECASE,
)
_ORDINALS = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5, "5th": 5,
    "top": 1, "bottom": -1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "middle": 0,
}  # fmt: skip
_NTH = "|".join(word for word, position in _ORDINALS.items() if word not in ("one", "two", "three", "four", "five"))
_POSITION = re.compile(
    rf"\b(?P<nth>{_NTH})\s+{_NOUN}\b|\b(?:the|my)\s+(?P<bare>{_NTH}){_END}"
    r"|\b(?:the one at|at) the (?P<edge>top|bottom)\b"
    r"|\b(?:number|no\.?|nr\.?|option|#)\s*(?P<count>[1-9]|one|two|three|four|five)\b(?!\d)",
    re.IGNORECASE,
)
_ALONE = re.compile(r"\W*(?:the\s+)?(?P<count>[1-9]|first|second|third|fourth|fifth|two|three|four|five)\W*", re.I)
_ENDING = re.compile(r"\b(?:ending|ends)\s+(?:in|with|on)\s+(?P<digits>\d{2,})", re.IGNORECASE)
_CURRENT = re.compile(
    r"\b(?:it|its|it's|that|that's|this|them|these|those|the order|same (?:one|order)|the one)\b", re.IGNORECASE
)
_DENIED = re.compile(r"\b(?:not|isn't|isnt|wasn't|no)\s+(?:order\s+)?#?\s*$", re.IGNORECASE)
_CORRECTED = re.compile(r"\b(?:meant|mean|rather|instead|sorry|correct|wrong)\b", re.IGNORECASE)
_THAT_IS = r"\bone (?:that|which)(?:'s| is| was| has| have| has been)? (?:still |already |just )?"
_STATES = (
    (
        rf"\bdelivered {_NOUN}\b|\bone i (?:already )?(?:got|received)\b|{_THAT_IS}(?:arrived|came|delivered)\b",
        {"delivered"},
    ),
    (
        rf"\b(?:shipped|travell?ing) {_NOUN}\b|{_THAT_IS}(?:on (?:its|the) way|shipped|under ?way|coming)\b",
        {"shipped", "partly_shipped", "out_for_delivery"},
    ),
    (rf"{_THAT_IS}(?:being |to be )?(?:packed|packing|not (?:yet )?sent)\b", {"received", "paid", "packing"}),
    (rf"\bcancell?ed {_NOUN}\b", {"cancelled"}),
)
"""Words for a state, and the states."""


def find_order(
    text: str,
    entities: Sequence[Mapping[str, Any]],
    orders: Sequence[Order],
    *,
    shown: Sequence[str],
    current: Optional[str],
    now: datetime,
) -> Reference:
    """Say which order is meant.

    `orders`: the customer's, the newest first. `shown`: the numbers of those listed last, as they stood there.
    `current`: the number that the talk is about. `now` is aware.
    """
    listed = _in(orders, shown)
    if (named := _numbers(text, entities, listed)) is not None:
        return _named(named, orders)
    if (ending := _ENDING.search(text)) is not None:
        return _of([order for order in orders if _plain(order.number).endswith(ending["digits"])])
    if _JUST_PLACED.search(text):
        return _of(orders[:1])
    found, narrowed = _narrow(text, entities, orders, now)
    return _choose(text, found, narrowed, listed=listed, current=current)


def refers_back(text: str) -> bool:
    """Whether the words speak of something that was mentioned before: "it", "that order"."""
    return _CURRENT.search(text) is not None


def same_number(number: str, other: str) -> bool:
    """Whether two spellings are one number: `# 1001` is 1001."""
    return _plain(number) == _plain(other)


def _choose(text: str, found: List[Order], narrowed: bool, *, listed: List[Order], current: Optional[str]) -> Reference:
    """Take from those that are left what the words point at."""
    chosen = _compared(text, found, listed, current)
    if chosen is None and (position := position_in(text)) is not None and listed:
        chosen = _at(listed, position)
    if chosen is None and (newest := _NEWEST.search(text)) is not None:
        of_list = (newest["noun"] or "one").lower() in ("one", "ones")
        chosen = _by_age(([order for order in listed if order in found] or found) if of_list else found)[:1]
    if chosen is None and narrowed:
        chosen = found
    if chosen is not None:
        return _of(chosen)
    if _CURRENT.search(text) and current:
        return Reference(number=current, said=True)
    return NOTHING_SAID


def _compared(text: str, found: List[Order], listed: List[Order], current: Optional[str]) -> Optional[List[Order]]:
    """Those that differ from the one that the talk is about, or are the oldest; None where nothing of it is said."""
    among = _listed(found, listed)
    about = next((order for order in found if current and same_number(order.number, current)), None)
    if _OTHER.search(text):
        return [order for order in among if order is not about]
    if _OLDER.search(text):
        return _older(among, about)
    if _OLDEST.search(text) and not (listed and _POSITION.search(text)):
        return _by_age(found)[-1:]
    return None


def _listed(found: List[Order], listed: List[Order]) -> List[Order]:
    """Those of the list that was shown, where it holds a choice; else all."""
    among = [order for order in listed if order in found]
    return among if len(among) > 1 else found


def _narrow(
    text: str, entities: Sequence[Mapping[str, Any]], orders: Sequence[Order], now: datetime
) -> Tuple[List[Order], bool]:
    """The orders that contents, date and state leave, and whether any of these was said."""
    found, narrowed = list(orders), False
    for pattern, states in _STATES:
        if re.search(pattern, text, re.IGNORECASE):
            found, narrowed = [order for order in found if order.state in states], True
    dates = days_meant(text, entities, today=_today(orders, now))
    if dates is not None:
        dated = next((fit for days in dates.spans if (fit := _dated(found, days, dates.arrival))), [])
        if dated or dates.certain:
            found, narrowed = dated, True
    held = holding(text, found)
    return (held, True) if held else (found, narrowed)


def _dated(orders: Sequence[Order], days: Tuple[date, date], arrival: bool) -> List[Order]:
    """Those of these days. A day is first that on which an order was placed; a week may be either's."""
    placed = [order for order in orders if days[0] <= day_of(order.placed_at) <= days[1]]
    came = [order for order in orders if order.delivered_at and days[0] <= day_of(order.delivered_at) <= days[1]]
    if arrival:
        return came or placed
    if days[0] < days[1]:
        return [order for order in orders if order in placed or order in came]
    return placed or came


def _numbers(text: str, entities: Sequence[Mapping[str, Any]], listed: Sequence[Order]) -> Optional[List[str]]:
    """The order numbers of the message; None where it has none, or only a place in the list."""
    numbers: List[str] = []
    for entity in entities:
        if entity.get("entity") != "order_number" or not entity.get("value"):
            continue
        value = str(entity["value"])
        if len(_plain(value)) < 2 and listed and not any(same_number(value, order.number) for order in listed):
            continue
        denied = value in text and _DENIED.search(text[: text.find(value)])
        if not denied and not any(same_number(value, number) for number in numbers):
            numbers.append(value)
    if len(numbers) > 1 and _CORRECTED.search(text):
        return numbers[-1:]
    return numbers if numbers else None


def _named(numbers: List[str], orders: Sequence[Order]) -> Reference:
    """The numbers as the shop writes them, where they are the customer's."""
    written = [
        next((order.number for order in orders if same_number(order.number, number)), number) for number in numbers
    ]
    if len(written) == 1:
        return Reference(number=written[0], said=True)
    return Reference(numbers=tuple(written), said=True)


def position_in(text: str) -> Optional[int]:
    """The place in a list that the words name, from 1: "the second one"; -1 is the last and 0 the middle one."""
    if (match := _POSITION.search(text)) is not None:
        word = next(word for word in match.group("nth", "bare", "edge", "count") if word).lower()
    elif (match := _ALONE.fullmatch(text)) is not None:
        word = match["count"].lower()
    else:
        return None
    return int(word) if word.isdigit() else _ORDINALS[word]


def _at(listed: List[Order], position: int) -> List[Order]:
    if position == 0:
        return [listed[len(listed) // 2]] if len(listed) % 2 else []
    index = position - 1 if position > 0 else len(listed) + position
    return [listed[index]] if 0 <= index < len(listed) else []


def _older(orders: List[Order], about: Optional[Order]) -> List[Order]:
    """Those placed before the one that the talk is about, else before the newest; of several the next one."""
    by_age = _by_age(orders)
    if about is not None and about in by_age and about is not by_age[-1]:
        return by_age[by_age.index(about) + 1 :][:1]
    return by_age[-1:]


def _by_age(orders: Iterable[Order]) -> List[Order]:
    """The newest first."""
    return sorted(orders, key=lambda order: moment_of(order.placed_at), reverse=True)


def _of(orders: Sequence[Order]) -> Reference:
    if len(orders) == 1:
        return Reference(number=orders[0].number, said=True)
    return Reference(numbers=tuple(order.number for order in orders), said=True)


def _in(orders: Sequence[Order], numbers: Sequence[str]) -> List[Order]:
    """The orders of these numbers, in their order."""
    return [order for number in numbers for order in orders if same_number(order.number, number)]


def _plain(number: str) -> str:
    return re.sub(r"[\s#]", "", number).upper()


def moment_of(timestamp: str) -> datetime:
    """A time in ISO 8601, Z included, which Python 3.10 cannot read."""
    return datetime.fromisoformat(timestamp.replace("Z", "+00:00"))


def day_of(timestamp: str) -> date:
    """The day in the zone in which the time is written: the shop's."""
    return moment_of(timestamp).date()


def _today(orders: Sequence[Order], now: datetime) -> date:
    """Of the shop, as the times of its orders are."""
    return now.astimezone(moment_of(orders[0].placed_at).tzinfo).date() if orders else now.date()
