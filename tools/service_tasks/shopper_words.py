"""What the scripted shopper says. The sentences are our own, with variations, slips and half-sentences."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tools.service_tasks.retail_shop import RetailChange, RetailShop

_SMALL = {"S": "size S", "M": "size M", "L": "size L", "XL": "size XL", "XS": "size XS", "XXL": "size XXL"}
_SLIPS = 0.06
"""Share of longer words with a typing error."""


@dataclass
class Speaker:
    """One customer with a way of speaking; everything is drawn from the seed."""

    shop: RetailShop
    user: Mapping[str, Any]
    seed: int
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(f"{self.seed}/{self.user['email']}")
        self.makes_slips = self._random.random() < 0.3
        self.is_short = self._random.random() < 0.35

    def chance(self, share: float) -> bool:
        """Draw."""
        return self._random.random() < share

    def one_of(self, *texts: str) -> str:
        """One of the variations."""
        return self._random.choice(texts)

    # Who they are

    def identity(self) -> str:
        """An e-mail address, or name and zip."""
        name = " ".join(self.user["name"].values())
        postcode, email = self.user["address"]["zip"], self.user["email"]
        if self.chance(0.5):
            return self.one_of(f"it's {email}", f"{email}", f"my email is {email}", f"Sure, {email}")
        return self.one_of(
            f"my name is {name} and my zip code is {postcode}",
            f"{name}, {postcode}",
            f"I'm {name}, zip {postcode}",
            f"{name.lower()} zip code {postcode}",
        )

    # Orders

    def order(self, number: str) -> str:
        """An order by its number, or by something in it that no other order of theirs holds."""
        alone = self._alone_in(number)
        if alone and self.chance(0.3):
            return f"the order with the {self._random.choice(alone)}"
        return self.one_of(f"order {number}", f"{number}", f"my order {number}", f"order {number.lstrip('#')}")

    def number(self, number: str) -> str:
        """The number, when the bot asks for it."""
        return self.one_of(f"it's {number}", number, f"order {number}", number.lstrip("#"))

    def _alone_in(self, number: str) -> list[str]:
        counts: dict[str, int] = {}
        for order_id in self.user["orders"]:
            for name in {item["name"] for item in self.shop.orders[order_id]["items"]}:
                counts[name] = counts.get(name, 0) + 1
        return [item["name"].lower() for item in self.shop.orders[number]["items"] if counts[item["name"]] == 1]

    # Items

    def items(self, change: RetailChange) -> str:
        """The items of a return."""
        order = self.shop.orders[change.number]
        if len(change.swaps) == len(order["items"]) > 1 and self.chance(0.4):
            return self.one_of("everything", "all items", "the whole order")
        return _joined([f"the {self._name(item, change)}" for item, _ in change.swaps])

    def swaps(self, change: RetailChange) -> str:
        """The items, each with the options that are wanted."""
        return _joined([self.swap(change, pair) for pair in change.swaps])

    def swap(self, change: RetailChange, pair: tuple[str, str]) -> str:
        """One item and what is wanted for it."""
        old, new = pair
        name = self._name(old, change)
        if old == new:
            return self.one_of(f"the {name} for the same one", f"the {name} for the same thing again")
        return f"the {name} {self.one_of('for', 'to')} {self.options(old, new)}"

    def options(self, old: str, new: str) -> str:
        """The options that differ, in words."""
        before, after = self.shop.variant(old)["options"], self.shop.variant(new)["options"]
        product = self.shop.products[self.shop.variant(old)["product_id"]]
        parts = [self.option(name, after[name], product) for name in after if after[name] != before.get(name)]
        self._random.shuffle(parts)
        joined = _joined(parts)
        return self.one_of(f"one with {joined}", joined, f"{joined} please") if len(parts) > 1 else joined

    def option(self, name: str, value: str, product: Mapping[str, Any]) -> str:
        """A value as customers write it; with the option's name where the value alone says too little."""
        plain = value.lower()
        if plain in ("yes", "no"):
            thing = "water resistance" if name == "water resistance" else name
            if name == "waterproof":
                return "waterproof" if plain == "yes" else "not waterproof"
            return f"{'with' if plain == 'yes' else 'without'} {thing}"
        if plain == "none":
            return self.one_of(f"no {name}", f"without {name}", f"{name} none")
        shared = sum(
            value in {item["options"][other] for item in product["variants"].values()}
            for other in next(iter(product["variants"].values()))["options"]
        )
        if shared > 1 or re.fullmatch(r"\d+", value) or plain in ("high", "low", "medium", "full", "half", "standard"):
            return self.one_of(f"{name} {value}", f"{value} {name}") if not value.isdigit() else f"{name} {value}"
        if value in _SMALL:
            return _SMALL[value]
        return self.one_of(value, value, f"{name} {value}")

    def _name(self, item_id: str, change: RetailChange) -> str:
        """The item's name, with what tells it from another one of that name in the order."""
        lines = self.shop.orders[change.number]["items"]
        item = next(line for line in lines if line["item_id"] == item_id)
        alike = [line for line in lines if line["name"] == item["name"] and line["item_id"] != item_id]
        name = str(item["name"]).lower() if self.chance(0.6) else str(item["name"])
        if not alike:
            return name
        telling = [
            self.option(option, value, self.shop.products[item["product_id"]])
            for option, value in item["options"].items()
            if any(line["options"][option] != value for line in alike)
        ]
        return f"{name} ({', '.join(telling)})"

    # How it is paid, where it goes, why

    def payment(self, payment_id: str) -> str:
        """A way to pay of theirs; a card by its last digits where they have several."""
        method = self.user["payment_methods"][payment_id]
        if method["source"] == "paypal":
            return self.one_of("PayPal", "my paypal", "paypal account")
        if method["source"] == "gift_card":
            return self.one_of("my gift card", "gift card")
        cards = [other for other in self.user["payment_methods"].values() if other["source"] == "credit_card"]
        by_digits = f"{method['brand']} ending in {method['last_four']}"
        if len(cards) > 1:
            return self.one_of(f"the {by_digits}", f"my credit card ending in {method['last_four']}")
        return self.one_of("my credit card", f"my {by_digits}", f"the {method['brand']}")

    def address(self, address: Sequence[str]) -> str:
        """An address in one line."""
        street, more, city, state, postcode, country = address
        parts = [street, *([more] if more else []), city, f"{state} {postcode}"]
        return ", ".join([*parts, *([country] if self.chance(0.4) else [])])

    def reason(self, reason: str) -> str:
        """Why an order is cancelled."""
        if "mistake" in reason:
            return self.one_of("I ordered it by mistake", "ordered by mistake", "it was a mistake")
        return self.one_of("I no longer need it", "no longer needed", "I don't need it anymore")

    def typed(self, text: str) -> str:
        """The text as it is typed: some make slips in longer words, some write nothing in capitals."""
        if not self.makes_slips:
            return text
        return re.sub(r"(?<![#\w@.])[a-z]{6,}(?![\w@])", self._slip, text)

    def _slip(self, match: re.Match[str]) -> str:
        word = match.group()
        if not self.chance(_SLIPS):
            return word
        at = self._random.randrange(1, len(word) - 1)
        if self.chance(0.5):
            return word[:at] + word[at + 1 :]
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :] if at + 2 <= len(word) else word


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
