"""Which items of an order a message names, and which other options of them it wants.

"Change the kettle to a 2 litre one in silver, and the lamp to white": each item governs the words after it up to the
next one. A value that an item has already says which item is meant; another one of the same option is what is wanted.
"""

import re
from dataclasses import dataclass, field
from typing import Dict, Iterable, List, Mapping, Optional, Sequence, Set, Tuple

from actions.changes.plain_words import corrected, phrase, plain, singular, words_of

Options = Mapping[str, str]
_ALL = re.compile(
    r"\b(?:everything|all of (?:it|them)|all (?:the |my |\d+ |of the )*(?:items?|things?|products?|stuff)|whole order"
    r"|entire order|complete order|both(?: of them| items?| things?)?|all (?:two|three|four|five))\b"
)
_LEFT_OUT = re.compile(
    r"\b(?:not|keep|keeping|leave|except|without|forget|drop|skip|but no|no longer|excluding)(?: about)?"
    r"(?: (?:the|my|that|those|with|for|return|exchange|change))*\s*$"
)
_INSTEAD_OF = re.compile(r"\b(?:from|instead of|rather than|not|isnt|no longer)(?: (?:the|a|an|my|its))*\s*$")
_ORDER_WITH = re.compile(
    r"\b(?:(?:in|of|from|for|on) )?(?:(?:the|my|that|this) )?(?:order|purchase|parcel|package|delivery)"
    r" (?:that (?:has|had)|which has|with|containing|of|where i (?:bought|ordered)|i bought)(?: (?:the|my|a|an))?\s*$"
)
_SEPARATOR = re.compile(r"[,;.!?]| and | plus | also | as well as ")
_NEGATED = r"(?:not|non|no|without|isnt|never)(?: (?:any|a|an|need|being|the))*"
_FEW_OPTION_WORDS = {"color", "type", "material", "size", "level", "setting", "range", "count"}
"""Words of many options' names, which alone do not say which of two is meant."""
_SAME = re.compile(r"\b(?:same (?:one|options?|again|thing|item|model)|the same|identical|as it is|like it is)\b")


@dataclass(frozen=True)
class Item:
    """A line of an order."""

    index: int
    product_id: str
    variant_id: str
    name: str
    options: Options
    cents: int
    """One piece."""
    quantity: int = 1


@dataclass(frozen=True)
class Choices:
    """The options of a product: each with the values in which it is sold."""

    values: Mapping[str, Sequence[str]]

    @property
    def words(self) -> List[str]:
        """Every word of them."""
        parts = [*self.values, *(value for values in self.values.values() for value in values)]
        return [word for part in parts for word in words_of(plain(part))]


@dataclass
class Wanted:
    """What a message says about the items of an order."""

    items: List[int] = field(default_factory=list)
    """Indexes of those that it names."""
    options: Dict[int, Dict[str, str]] = field(default_factory=dict)
    """By index, the new value of each option."""
    left_out: Set[int] = field(default_factory=set)
    """Those that it says are not meant."""
    unclear: List[int] = field(default_factory=list)
    """Several items fit one name, and nothing tells them apart."""
    unclear_values: Dict[int, Tuple[str, List[str]]] = field(default_factory=dict)
    """By index, a value that two options have, and these."""


def read_items(
    text: str, items: Sequence[Item], choices: Mapping[str, Choices], *, focus: Sequence[int] = ()
) -> Wanted:
    """Read a message. `choices` by product_id, for the items whose options matter; `focus`: the indexes that the
    question was about, to which words without an item belong."""
    known = ["without", *_words_of_names(items), *(word for choice in choices.values() for word in choice.words)]
    text = _without_order(corrected(plain(text), known), items)
    wanted = Wanted()
    mentions = _mentions(text, items, choices)
    if not mentions:
        if _ALL.search(text):
            wanted.items = [item.index for item in items]
        meant = [item for item in items if item.index in (focus or wanted.items)]
        if meant:
            _read_options(text, meant, choices, wanted, only=len(meant) == 1)
        return wanted
    if _ALL.search(text) and not any(_LEFT_OUT.search(text[:start]) for start, _, _ in mentions):
        wanted.items = [item.index for item in items]
    for number, (start, _, alike) in enumerate(mentions):
        before, after = _around(text, mentions, number)
        if _LEFT_OUT.search(text[:start]) and not after.strip(" ,.;"):
            wanted.left_out.update(item.index for item in alike)
            continue
        meant = _told_apart(f"{before} | {after}", alike, choices, taken=wanted.items)
        if not meant:
            wanted.unclear.extend(item.index for item in alike)
            continue
        wanted.items.extend(item.index for item in meant if item.index not in wanted.items)
        _read_options(after, meant, choices, wanted, before=before, only=len(mentions) == 1)
    return wanted


def _without_order(text: str, items: Sequence[Item]) -> str:
    """The text without the items that only say which order is meant: "from the order with the kettle"."""
    for item in items:
        for match in reversed(list(phrase(item.name).finditer(text))):
            order = _ORDER_WITH.search(text[: match.start()])
            if order is not None:
                text = f"{text[: order.start()]} . {text[match.end() :]}"
    return text


def says_same(text: str) -> bool:
    """Whether the words ask for the same again."""
    return _SAME.search(plain(text)) is not None


def _words_of_names(items: Iterable[Item]) -> List[str]:
    return [word for item in items for word in words_of(plain(item.name))]


def _mentions(text: str, items: Sequence[Item], choices: Mapping[str, Choices]) -> List[Tuple[int, int, List[Item]]]:
    """Where items are named, and which items each name fits, in the order of the text."""
    by_name: Dict[str, List[Item]] = {}
    for item in items:
        by_name.setdefault(plain(item.name), []).append(item)
    found: List[Tuple[int, int, List[Item]]] = []
    covered = text
    for name, alike in by_name.items():
        for match in phrase(name).finditer(covered):
            if _is_value_of_another(match, covered, alike, choices):
                continue
            found.append((match.start(), match.end(), alike))
            covered = covered[: match.start()] + "~" * len(match.group()) + covered[match.end() :]
    values = {word for choice in choices.values() for word in choice.words}
    for short, alike in _short_names(by_name, values):
        if any(alike is other for _, _, other in found):
            continue
        for match in re.finditer(rf"(?<![\w~]){re.escape(short)}(?:s|es)?(?!\w)", covered):
            found.append((match.start(), match.end(), alike))
            covered = covered[: match.start()] + "~" * len(match.group()) + covered[match.end() :]
    return _without_repeats(text, sorted(found, key=lambda mention: mention[0]))


def _is_value_of_another(
    match: "re.Match[str]", text: str, alike: Sequence[Item], choices: Mapping[str, Choices]
) -> bool:
    """Whether an item's name stands there as an option of another one: the "laptop compartment" of a backpack."""
    own = {item.product_id for item in alike}
    for product_id, choice in choices.items():
        for option, values in choice.values.items():
            if product_id in own or not any(plain(value) == match.group() for value in values):
                continue
            name = phrase(option).pattern
            before, after = text[: match.start()], text[match.end() :]
            if re.search(rf"{name}:? $", before) or re.match(rf" {name}", after):
                return True
    return False


def _short_names(by_name: Mapping[str, List[Item]], options: Set[str]) -> List[Tuple[str, List[Item]]]:
    """Words by which customers call an item where no other item of the order has them; the last word is the thing."""
    owners: Dict[str, Set[str]] = {}
    for name in by_name:
        for word in words_of(name):
            owners.setdefault(singular(word), set()).add(name)
    short = []
    for name, alike in by_name.items():
        words = [singular(word) for word in words_of(name)]
        values = {
            singular(word) for item in alike for value in item.options.values() for word in words_of(plain(value))
        }
        values |= {singular(word) for word in options}
        for word in reversed(words):
            if owners[word] == {name} and len(word) > 2 and word not in values and not word.isdigit():
                short.append((word, alike))
                if word == words[-1]:
                    break
    return short


def _without_repeats(text: str, mentions: List[Tuple[int, int, List[Item]]]) -> List[Tuple[int, int, List[Item]]]:
    """One mention an item where it is named twice in one sentence: "the kettle for another kettle"."""
    kept: List[Tuple[int, int, List[Item]]] = []
    for mention in mentions:
        times = sum(other[2] is mention[2] for other in kept)
        if times < len(mention[2]):
            kept.append(mention)
    return kept


def _around(text: str, mentions: Sequence[Tuple[int, int, List[Item]]], number: int) -> Tuple[str, str]:
    """The words that belong to a mention, before and after it."""
    start, end, _ = mentions[number]
    earlier = mentions[number - 1][1] if number else 0
    before = text[_last_break(text, earlier, start) : start]
    later = mentions[number + 1][0] if number + 1 < len(mentions) else len(text)
    cut = _last_break(text, end, later) if number + 1 < len(mentions) else later
    return before, text[end:cut]


def _last_break(text: str, start: int, end: int) -> int:
    """Where the part of the next mention begins: behind the last separator, else at its start."""
    breaks = [match.end() for match in _SEPARATOR.finditer(text, start, end)]
    return breaks[-1] if breaks else start


def _told_apart(around: str, alike: Sequence[Item], choices: Mapping[str, Choices], *, taken: List[int]) -> List[Item]:
    """Of items with one name those that the words around it describe; none where nothing tells them apart."""
    if len(alike) == 1:
        return list(alike)
    if re.search(r"\b(?:both|all|two)\b", around):
        return list(alike)
    left = [item for item in alike if item.index not in taken]
    counted = [(_matches(around, item), item) for item in left]
    most = max((count for count, _ in counted), default=0)
    best = [item for count, item in counted if count == most]
    if len(best) == 1 or (best and all(item.variant_id == best[0].variant_id for item in best)):
        return best[:1]
    return []


def _matches(around: str, item: Item) -> int:
    before, _, after = around.partition("|")
    described = before + re.split(r"\b(?:to|for|into)\b", after)[0]
    return sum(phrase(value).search(described) is not None for value in item.options.values())


def _read_options(
    text: str, meant: Sequence[Item], choices: Mapping[str, Choices], wanted: Wanted, *, before: str = "", only: bool
) -> None:
    for item in meant:
        choice = choices.get(item.product_id)
        if choice is None:
            continue
        options, unclear = _values(text, item, choice)
        if only and before and not options and unclear is None:
            options, unclear = _values(before, item, choice)
        wanted.options.setdefault(item.index, {}).update(options)
        if unclear is not None:
            wanted.unclear_values[item.index] = unclear


def _values(text: str, item: Item, choice: Choices) -> Tuple[Dict[str, str], Optional[Tuple[str, List[str]]]]:
    """The value that is wanted of each option; and one that several options have, where the words do not say which."""
    found: Dict[str, List[str]] = {}
    unclear: Optional[Tuple[str, List[str]]] = None
    for start, end, value, options in _spans(text, choice):
        if _INSTEAD_OF.search(text[:start]):
            continue
        named = _nearest(text, start, end, options, choice) if len(options) > 1 else options
        if len(named) > 1:
            unclear = (value, list(named))
            continue
        found.setdefault(named[0], []).append(value)
    wanted: Dict[str, str] = {}
    for option, values in found.items():
        others = [value for value in values if value != item.options.get(option)]
        wanted[option] = others[-1] if others else values[-1]
    return wanted, unclear


def _spans(text: str, choice: Choices) -> List[Tuple[int, int, str, List[str]]]:
    """Where values stand, the longest first where they overlap, each with the options that have it."""
    owners: Dict[str, List[str]] = {}
    for option, values in choice.values.items():
        for value in values:
            owners.setdefault(value, []).append(option)
    found: List[Tuple[int, int, str, List[str]]] = []
    for value, options in owners.items():
        for start, end, owner in _spans_of(text, value, options):
            found.append((start, end, value, [owner] if owner else options))
    found.sort(key=lambda span: (span[0] - span[1], span[0]))
    kept: List[Tuple[int, int, str, List[str]]] = []
    for span in found:
        if all(span[1] <= other[0] or span[0] >= other[1] for other in kept):
            kept.append(span)
    return sorted(kept)


def _spans_of(text: str, value: str, options: Sequence[str]) -> Iterable[Tuple[int, int, Optional[str]]]:
    lower = value.lower()
    if lower in ("yes", "no", "none"):
        for option in options:
            for start, end, there in _having(text, option):
                if there == (lower == "yes"):
                    yield start, end, option
        return
    for match in phrase(value).finditer(text):
        if re.search(r"\bending (?:in|with|on) $", text[: match.start()]):
            continue
        yield match.start(), match.end(), None
    head = words_of(plain(value))
    # "4 cup" of "4 cups" is found above; "SSD" and the like may be left out: "512GB" of "512GB SSD".
    if len(head) == 2 and re.fullmatch(r"\d+[a-z]+", head[0]):
        for match in phrase(head[0]).finditer(text):
            yield match.start(), match.end(), None


def _having(text: str, option: str) -> Iterable[Tuple[int, int, bool]]:
    """Where a text says that a thing has the option or not: "waterproof", "without backlight", "armrest: none"."""
    name = phrase(option).pattern
    flexible = name.replace("resistance", "resist(?:ance|ant)")
    for match in re.finditer(rf"(?:{_NEGATED} )?{flexible}(?: color)?(?:\s?:)?(?: (?:yes|no|none)\b)?", text):
        said = match.group()
        negated = re.match(_NEGATED + " ", said) is not None or re.search(r"\b(?:no|none)$", said) is not None
        yield match.start(), match.end(), not negated


def _nearest(text: str, start: int, end: int, options: Sequence[str], choice: Choices) -> List[str]:
    """Of options that share a value those whose own words stand nearest to it."""
    distances: Dict[str, int] = {}
    for option in options:
        own = [word for word in words_of(plain(option)) if singular(word) not in _FEW_OPTION_WORDS]
        for word in own:
            for match in re.finditer(rf"\b{re.escape(word)}(?:s|es)?\b", text):
                # A word after the value ("black frame") is nearer than one before it ("… frame, black lens").
                gap = text[end : match.start()] if match.start() >= end else text[match.end() : start]
                if re.search(r"[,;.]| and ", gap):
                    continue
                distance = len(words_of(gap)) * 2 + (match.start() < end)
                distances[option] = min(distance, distances.get(option, 99))
    near = {option: distance for option, distance in distances.items() if distance <= 7}
    if not near:
        return list(options)
    least = min(near.values())
    return [option for option, distance in near.items() if distance == least]
