"""Reads what a message adds to a wish, and says what is still missing of it, or what the shop is asked for."""

from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from actions.changes import task_wording
from actions.changes.addresses import address_in
from actions.changes.order_items import Choices, Item, read_items, says_same
from actions.changes.payment_words import payment_in
from actions.changes.reasons import reason_in, reasons_of
from actions.changes.wish import Wish
from actions.engine_replies import Order, ProductOption

MOST_BUTTONS = 5


@dataclass(frozen=True)
class DetailQuestion:
    """A question about a detail."""

    text: str
    about: str
    """As `Wish.expects`."""
    buttons: List[Dict[str, str]] = field(default_factory=list)
    focus: List[int] = field(default_factory=list)


@dataclass(frozen=True)
class OrderItems:
    """What an order holds, and in which options its products are sold."""

    order: Order
    items: List[Item]
    options: Mapping[str, Sequence[ProductOption]] = field(default_factory=dict)
    """By product_id; only where options matter."""

    @classmethod
    def of(cls, order: Order, options: Optional[Mapping[str, Sequence[ProductOption]]] = None) -> "OrderItems":
        """Read the lines."""
        items = [
            Item(
                index,
                product_id=str(line["product_id"]),
                variant_id=str(line.get("variant_id") or ""),
                name=str(line["name"]),
                options=line.get("options") or {},
                cents=int(line["sales_cents"]) // max(int(line["quantity"]), 1),
                quantity=int(line["quantity"]),
            )
            for index, line in enumerate(order.lines)
        ]
        return cls(order, items, options or {})

    @property
    def choices(self) -> Dict[str, Choices]:
        """The values of each product's options."""
        found: Dict[str, Choices] = {}
        for product_id, options in self.options.items():
            values: Dict[str, List[str]] = {}
            for option in options:
                for name, value in option.options.items():
                    if value not in values.setdefault(name, []):
                        values[name].append(value)
            found[product_id] = Choices(values)
        return found


def read_into(wish: Wish, text: str, held: OrderItems, *, reasons: Optional[str]) -> Optional[DetailQuestion]:
    """Add what a message says; a question where it says something that two things may be meant by."""
    if wish.change == "cancel":
        wish.reason = reason_in(text, reasons_of(reasons)) or wish.reason
        return None
    if wish.change == "address":
        wish.address = address_in(text, expected=wish.expects == "address") or wish.address
        return None
    way = payment_in(text)
    if way is not None:
        wish.payment = way
    return _read_items(wish, text, held) if wish.change in ("return", "swap") else None


def _read_items(wish: Wish, text: str, held: OrderItems) -> Optional[DetailQuestion]:
    choices = held.choices if wish.change == "swap" else {}
    focus = wish.focus if wish.expects in ("options", "items") else wish.indexes if len(wish.items) == 1 else []
    wanted = read_items(text, held.items, choices, focus=focus)
    for index in wanted.left_out:
        wish.items.pop(str(index), None)
    if wish.expects == "confirm" and wanted.items and _only(text):
        wish.items = {}
    if wish.expects == "options" and wanted.items and not set(focus) & set(wanted.items):
        # The question was about an item that nobody meant.
        wish.items = {index: options for index, options in wish.items.items() if options or int(index) not in focus}
    for index in wanted.items:
        wish.items.setdefault(str(index), {})
    for index, options in wanted.options.items():
        if str(index) in wish.items or index in focus:
            wish.items.setdefault(str(index), {}).update(options)
    if wish.change == "swap" and says_same(text):
        same = [index for index in wanted.items or focus if not wish.items.get(str(index))]
        wish.items.update({str(index): dict(held.items[index].options) for index in same})
    if wanted.unclear:
        alike = [item for item in held.items if item.index in wanted.unclear]
        question = task_wording.which_of_alike(alike)
        return DetailQuestion(
            question, "items", [_button(task_wording.item_words(item)) for item in alike[:MOST_BUTTONS]]
        )
    for index, (value, alike_options) in wanted.unclear_values.items():
        item = held.items[index]
        buttons = [_button(f"{option} {value}") for option in alike_options[:MOST_BUTTONS]]
        return DetailQuestion(task_wording.which_option(item, value, alike_options), "options", buttons, [index])
    return None


def _only(text: str) -> bool:
    return any(word in text.lower().split() for word in ("only", "just"))


def missing(
    wish: Wish, held: OrderItems, *, reasons: Optional[str], refund_ways: Optional[str]
) -> Optional[DetailQuestion]:
    """The next question; None where everything is known."""
    if wish.change == "cancel":
        named = reasons_of(reasons)
        known = wish.reason is not None or not named
        return (
            None
            if known
            else DetailQuestion(task_wording.ask_reason(named), "reason", [_button(name) for name in named])
        )
    if wish.change == "address":
        where = task_wording.ask_account_address() if wish.of_account else task_wording.ask_address(held.order.number)
        return None if wish.address else DetailQuestion(where, "address")
    if wish.change == "payment":
        return None if wish.payment else DetailQuestion(task_wording.ask_payment(held.order.number), "payment")
    return (
        _missing_items(wish, held, reasons_of(refund_ways)) if wish.change == "return" else _missing_options(wish, held)
    )


def _missing_items(wish: Wish, held: OrderItems, ways: Sequence[str]) -> Optional[DetailQuestion]:
    """Of a return which lines, and where the money goes; a shop with one way to pay back takes whole orders unasked."""
    if not wish.items and len(held.items) > 1 and ways:
        return DetailQuestion(task_wording.ask_items(held.items, "return"), "items")
    if len(ways) > 1 and wish.payment is None:
        return DetailQuestion(task_wording.ask_refund(ways), "payment", [_button(way) for way in ways])
    return None


def _missing_options(wish: Wish, held: OrderItems) -> Optional[DetailQuestion]:
    if not wish.items:
        if len(held.items) > 1:
            return DetailQuestion(task_wording.ask_items(held.items, "swap"), "items")
        wish.items = {"0": {}}
    for index in wish.indexes:
        item = held.items[index]
        options = held.options.get(item.product_id, [])
        found, question = _chosen(item, wish.items[str(index)], options)
        if found is None:
            wish.items[str(index)] = {} if question and question.about == "none" else wish.items[str(index)]
            return None if question is None else DetailQuestion(question.text, "options", question.buttons, [index])
    swaps = swaps_of(wish, held)
    cents = difference(swaps)
    if wish.payment is None and cents != 0:
        return DetailQuestion(task_wording.ask_difference(cents), "payment")
    return None


def _chosen(
    item: Item, wanted: Mapping[str, str], options: Sequence[ProductOption]
) -> Tuple[Optional[ProductOption], Optional[DetailQuestion]]:
    """The option that is meant, or the question that remains."""
    there = [option for option in options if option.in_stock]
    if not wanted:
        return None, DetailQuestion(task_wording.ask_options(item, there), "options")
    exact = [option for option in options if option.options == {**item.options, **wanted}]
    if exact and (exact[0].in_stock or exact[0].variant_id == item.variant_id):
        return exact[0], None
    fitting = [option for option in there if wanted.items() <= option.options.items()]
    if len(fitting) == 1 and not exact:
        return fitting[0], None
    if fitting:
        text = task_wording.choose_option(item, fitting, sold_out=bool(exact))
        return None, DetailQuestion(
            text, "options", [_button(task_wording.option_words(way)) for way in fitting[:MOST_BUTTONS]]
        )
    return None, DetailQuestion(task_wording.no_such_option(item, wanted, there, sold_out=bool(exact)), "none")


@dataclass(frozen=True)
class Swap:
    """An item and the option that comes for it."""

    item: Item
    new: ProductOption

    @property
    def cents(self) -> Optional[int]:
        """What all pieces cost more; None where the price is not known."""
        if self.new.variant_id == self.item.variant_id:
            return 0
        return None if self.new.price_cents is None else (self.new.price_cents - self.item.cents) * self.item.quantity


def swaps_of(wish: Wish, held: OrderItems) -> List[Swap]:
    """The swaps of a wish in which nothing is missing; an item that stays as it is in an order that has not left is
    none."""
    swaps = []
    for index in wish.indexes:
        item = held.items[index]
        found, _ = _chosen(item, wish.items[str(index)], held.options.get(item.product_id, []))
        if found is not None and (found.variant_id != item.variant_id or kind_of("swap", held.order) == "exchange"):
            swaps.append(Swap(item, found))
    return swaps


def difference(swaps: Sequence[Swap]) -> Optional[int]:
    """What all of them cost more together; None where that is not known."""
    parts = [swap.cents for swap in swaps]
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


KINDS = {
    "cancel": ("cancel",),
    "return": ("return",),
    "swap": ("items", "exchange"),
    "address": ("address",),
    "payment": ("payment",),
}
"""What the shop is asked for, by the dialogue's task."""


def kind_of(change: str, order: Order) -> str:
    """The kind of request that an order's state allows; the first one where none is."""
    kinds = KINDS[change]
    return next((kind for kind in kinds if kind not in order.refused_changes), kinds[0])


def body_of(wish: Wish, held: OrderItems) -> Dict[str, Any]:
    """What the shop is asked for, as the engine takes it."""
    kind = "account_address" if wish.of_account else kind_of(wish.change, held.order)
    body: Dict[str, Any] = {"kind": kind}
    if wish.reason:
        body["reason"] = wish.reason
    if wish.change == "return" and wish.items and len(wish.items) < len(held.items):
        lines = [held.items[index] for index in wish.indexes]
        body["lines"] = [{"variant_id": item.variant_id, "quantity": item.quantity} for item in lines]
    if wish.change == "swap":
        swaps = swaps_of(wish, held)
        body["lines"] = [
            {
                "variant_id": swap.item.variant_id,
                "quantity": swap.item.quantity,
                "new_variant_id": swap.new.variant_id,
            }
            for swap in swaps
        ]
        body["difference_cents"] = difference(swaps)
    if wish.change == "address":
        body["new_address"] = wish.address
    if wish.change in ("payment", "return", "swap") and wish.payment:
        body["payment"] = wish.payment
    return body


def _button(words: str) -> Dict[str, str]:
    """Pressing it says the words."""
    return {"title": words[:80], "payload": words}
