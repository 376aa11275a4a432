"""Sentences about the details of a change, and the list that is confirmed by a yes."""

from typing import Dict, List, Mapping, Optional, Sequence

from actions import wording
from actions.changes.order_items import Item
from actions.engine_replies import ProductOption
from actions.language import say

_SHOWN_OPTIONS = 8


def item_words(item: Item) -> str:
    """An item with its options: `Desk Lamp (black, high, USB)`."""
    values = ", ".join(item.options.values())
    return f"{item.name} ({values})" if values else item.name


def option_words(option: ProductOption) -> str:
    """An option with its names: `color black, size M`."""
    return ", ".join(f"{name} {value}" for name, value in option.options.items())


def ask_identity(*, again: bool) -> str:
    """Ask who writes."""
    if again:
        return say(
            "I can't find you by that. Please send the e-mail address of your account, or your full name and postcode."
        )
    return say("Gladly. Which e-mail address is your account under? Your full name and postcode will do as well.")


def ask_reason(reasons: Sequence[str]) -> str:
    """Ask why an order is cancelled."""
    return say("The shop wants to know why: {reasons}?", reasons=" / ".join(reasons))


def ask_address(number: str) -> str:
    """Ask where an order goes."""
    return say("Where should order {number} go? Please send the whole new address.", number=number)


def ask_account_address() -> str:
    """Ask for the address of an account."""
    return say("What's the new address of your account? Please send all of it.")


def ask_payment(number: str) -> str:
    """Ask how an order is paid."""
    return say(
        "How do you want to pay order {number} instead? Please name one of the ways in your account.", number=number
    )


def ask_refund(ways: Sequence[str]) -> str:
    """Ask where the money goes."""
    return say("Where should the money go: {ways}?", ways=" / ".join(ways))


def ask_difference(cents: Optional[int]) -> str:
    """Ask how a difference is settled."""
    if cents is not None and cents < 0:
        return say("That costs less. To which of your payment methods should the difference go back?")
    return say("Which payment method should the difference be paid with?")


def ask_items(items: Sequence[Item], change: str) -> str:
    """Ask which of the items."""
    question = {
        "return": "Which of these should go back?",
        "swap": "Which of these do you want in other options, and which?",
    }[change]
    return "\n".join([say(question), *(f"• {item_words(item)}" for item in items)])


def which_of_alike(items: Sequence[Item]) -> str:
    """Ask which of several items of one name."""
    return "\n".join([say("There are several. Which one do you mean?"), *(f"• {item_words(item)}" for item in items)])


def which_option(item: Item, value: str, options: Sequence[str]) -> str:
    """Ask which option a value is for."""
    return say(
        "{name}: is {value} for the {options}?", name=item.name, value=value, options=say(" or the ").join(options)
    )


def ask_options(item: Item, there: Sequence[ProductOption]) -> str:
    """Ask for the new options, with what there is."""
    question = say("Which options should the {name} have?", name=item.name)
    return "\n".join([question, *_values(there)]) if there else question


def choose_option(item: Item, fitting: Sequence[ProductOption], *, sold_out: bool) -> str:
    """Ask which of those that fit."""
    lead = (
        "The {name} is sold out in just that. There is:"
        if sold_out
        else "The {name} comes in several of these. Which one?"
    )
    return "\n".join([say(lead, name=item.name), *_ways(fitting)])


def no_such_option(item: Item, wanted: Mapping[str, str], there: Sequence[ProductOption], *, sold_out: bool) -> str:
    """What is wanted is not sold; say what is."""
    values = ", ".join(wanted.values())
    lead = (
        "The {name} is sold out in {values}. There is:" if sold_out else "The {name} isn't sold in {values}. There is:"
    )
    return "\n".join([say(lead, name=item.name, values=values), *_ways(there)])


def _ways(options: Sequence[ProductOption]) -> List[str]:
    lines = [f"• {option_words(option)}" for option in options[:_SHOWN_OPTIONS]]
    return lines if len(options) <= _SHOWN_OPTIONS else [*lines, "• …"]


def _values(options: Sequence[ProductOption]) -> List[str]:
    values: Dict[str, List[str]] = {}
    for option in options:
        for name, value in option.options.items():
            if value not in values.setdefault(name, []):
                values[name].append(value)
    return [f"• {name}: {', '.join(found)}" for name, found in values.items()]


def difference_words(cents: Optional[int], currency: Optional[str], payment: Optional[str], locale: str) -> str:
    """What the change costs more or less, and how that is settled."""
    if cents is None or currency is None:
        return say("The shop tells you what the difference is.")
    if cents == 0:
        return say("The price stays the same.")
    sum_words = wording.amount(abs(cents), currency, locale)
    if cents > 0:
        more = say("That is {sum} more", sum=sum_words)
        return f"{more}, {say('paid with {payment}.', payment=payment)}" if payment else f"{more}."
    less = say("That is {sum} less", sum=sum_words)
    return f"{less}, {say('which goes to {payment}.', payment=payment)}" if payment else f"{less}."


def listed(number: str, lines: Sequence[str], ends: Sequence[str]) -> str:
    """The list and the question."""
    return "\n".join([say("Order {number}:", number=number), *(f"• {line}" for line in lines), *filter(None, ends)])


def swap_line(item: Item, new: ProductOption) -> str:
    """An item and what comes for it."""
    if new.variant_id == item.variant_id:
        return say("{name}: the same again", name=item_words(item))
    changed = [f"{name} {value}" for name, value in new.options.items() if value != item.options.get(name)]
    return say("{name}: now {changed}", name=item_words(item), changed=", ".join(changed))


NOTHING_CHANGES = "That is what you have ordered already, so nothing would change."
NO_ITEMS = "I can't see the options of what is in order {number}, so a person has to do that."
_SHALL = {
    "items": "Shall I ask the shop for these options?",
    "exchange": "Shall I ask the shop for this exchange?",
    "return": "Shall I ask the shop for this return?",
    "address": "Shall I ask the shop to send order {number} to {address}?",
    "account_address": "Shall I ask the shop to keep {address} as the address of your account?",
    "payment": "Shall I ask the shop to have order {number} paid with {payment}?",
    "cancel": "Shall I ask the shop to cancel order {number}? Reason: {reason}.",
}
_DONE = {
    "items": "The shop has changed order {number}.",
    "exchange": "The shop has registered the exchange for order {number}.",
    "return": "The shop has registered the return of order {number}.",
    "address": "The shop sends order {number} to the new address.",
    "account_address": "The shop has changed the address of your account.",
    "payment": "The shop has changed how order {number} is paid.",
    "cancel": "The shop has cancelled order {number}.",
}
_ASKED = {
    "items": "I've asked the shop to change order {number}; you'll get an e-mail.",
    "exchange": "I've asked the shop for the exchange; you'll get an e-mail.",
    "address": "I've asked the shop to send order {number} to the new address; you'll get an e-mail.",
    "account_address": "I've asked the shop to change the address of your account; you'll get an e-mail.",
    "payment": "I've asked the shop to change how order {number} is paid; you'll get an e-mail.",
}
_REFUSED = "The shop said no to this change of order {number}."
_FAILED = "I couldn't reach the shop about order {number}. A person can do it."
_REASONS = {
    "never_cancelled": "This shop doesn't change orders.",
    "too_late": "It can't be changed any more.",
    "not_arrived": "It can be exchanged once it has arrived.",
    "window_over": "The time in which it could be exchanged is over.",
    "not_taken_back": "What is in it can't be exchanged.",
}


def shall(kind: str, **values: str) -> str:
    """The question that a yes confirms."""
    return say(_SHALL[kind], **values)


def progress(kind: str, number: str, *, state: str, reason: str) -> str:
    """How far a change is, in the shop's words where it has any."""
    said = say(" It says: {reason}", reason=reason) if reason else ""
    if state == "confirmed":
        return say(_DONE[kind], number=number) + said
    if state == "refused":
        return say(_REFUSED, number=number) + said + say(" A person can look into it with you.")
    return say(_FAILED if state == "failed" else _ASKED[kind], number=number)


def against(reason: str) -> str:
    """Why an order cannot be changed now."""
    return say(_REASONS.get(reason, "That is not possible now."))


def which(change: str) -> Sequence[str]:
    """Ask which order; the second time in other words."""
    first = {
        "swap": "Which order is it about?",
        "address": "Which order should go somewhere else?",
        "payment": "Which order do you want to pay otherwise?",
    }[change]
    return (say(first), say("Please choose the order:"))


HOW = {
    "swap": "As long as an order hasn't left I can ask the shop for other options of what's in it, and for an exchange "
    "once it has arrived. Do you want that for one of yours?",
    "address": "As long as an order hasn't left I can ask the shop to send it elsewhere. Do you want that?",
    "payment": "As long as an order hasn't left I can ask the shop to have it paid otherwise. Do you want that?",
}
