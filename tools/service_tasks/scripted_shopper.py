"""A shopper with an agenda: says what it wants, answers what the bot asks, and says yes only to what it wants.

What the bot asks is recognised by a few words of its question; what it lists is compared with what is wanted, as a
careful customer would. A list that is wrong is corrected twice, then refused: nothing is ever confirmed that is not
wanted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tools.service_tasks.retail_shop import RetailChange, RetailShop, RetailTask
from tools.service_tasks.shopper_words import Speaker
from tools.testbed.chat_client import Shopper, Turn

MOST_TURNS = 14
"""For one change."""
_ASKS = {
    "identity": re.compile(r"e-mail address is your account|find you by that", re.IGNORECASE),
    "reason": re.compile(r"wants to know why", re.IGNORECASE),
    "order": re.compile(
        r"which (?:order|one) |please choose the order|which of your newest|number\b.*\?|isn't in your account"
        r"|shall I ask the shop to (?:cancel|take back)\?$",
        re.IGNORECASE,
    ),
    "address": re.compile(r"whole new address|where should order", re.IGNORECASE),
    "refund": re.compile(r"where should the money go", re.IGNORECASE),
    "payment": re.compile(r"payment method|how do you want to pay", re.IGNORECASE),
    "options": re.compile(
        r"which options should|comes in several|sold out|isn't sold in|: is .* for the", re.IGNORECASE
    ),
    "items": re.compile(r"which of these|there are several", re.IGNORECASE),
    "confirm": re.compile(r"shall i ask the shop|do you want to .*please say yes", re.IGNORECASE),
    "done": re.compile(
        r"the shop has (?:cancelled|registered|changed)|the shop sends order|i've asked the shop", re.IGNORECASE
    ),
    "refused": re.compile(r"said no to|won't (?:cancel|take back)|couldn't reach", re.IGNORECASE),
}
_ORDER = (
    "done",
    "refused",
    "confirm",
    "identity",
    "reason",
    "address",
    "refund",
    "payment",
    "options",
    "items",
    "order",
)


@dataclass
class PlayedTask:
    """A task as it was played."""

    task: RetailTask
    lines: list[str] = field(default_factory=list)
    confirmed: list[RetailChange] = field(default_factory=list)
    """What the shopper said yes to, in their order."""
    given_up: list[RetailChange] = field(default_factory=list)
    turns: int = 0


@dataclass
class ScriptedShopper:
    """Plays one task over one conversation."""

    shop: RetailShop
    task: RetailTask
    seed: int

    def __post_init__(self) -> None:
        self.speaker = Speaker(self.shop, self.shop.users[self.task.user_id], self.seed)
        self._known = False
        """Whether the bot was told who writes."""

    async def play(self, chat: Shopper) -> PlayedTask:
        """Say everything; the changes come one after the other."""
        played = PlayedTask(self.task)
        if self.speaker.chance(0.3):
            await self._say(chat, played, self.speaker.one_of("hi", "Hello there", "hey, good morning"))
        for change in self.task.changes:
            done = await self._change(chat, played, change)
            if not done:
                played.given_up.append(change)
        return played

    async def _say(self, chat: Shopper, played: PlayedTask, text: str) -> Turn:
        turn = await chat.say(text)
        played.turns += 1
        played.lines.append(f"> {text}")
        played.lines += [f"  {reply['text']}" for reply in turn.replies if reply.get("text")]
        return turn

    async def _change(self, chat: Shopper, played: PlayedTask, change: RetailChange) -> bool:
        said = self.opening(change)
        corrections, dodged = 0, not self.speaker.chance(0.12)
        for _ in range(MOST_TURNS):
            turn = await self._say(chat, played, said)
            heard = "\n".join(reply["text"] or "" for reply in turn.replies)
            question = next((name for name in _ORDER if _ASKS[name].search(heard)), None)
            if question == "done":
                return True
            if question == "refused":
                return False
            if question == "confirm":
                if not dodged and change.kind != "cancel":  # a change of mind, taken back in the next breath
                    dodged = True
                    said = self._second_thought(change)
                    continue
                if not self.is_wanted(change, heard):
                    corrections += 1
                    if corrections > 2:
                        await self._say(chat, played, "no, never mind")
                        return False
                    said = self.correction(change)
                    continue
                played.confirmed.append(change)
                said = self.speaker.one_of("yes", "Yes, please", "yes go ahead", "yep, do it")
                continue
            said = self.answer(question, change, heard)
        await self._say(chat, played, "never mind")
        return False

    # What is said

    def opening(self, change: RetailChange) -> str:
        """The change in a sentence; some say less, and tell the rest when they are asked."""
        speaker = self.speaker
        order = speaker.order(change.number)
        short = speaker.is_short and speaker.chance(0.6)
        text = {
            "cancel": self._cancel,
            "return": self._return,
            "exchange": self._swap,
            "items": self._swap,
            "address": self._address,
            "payment": self._payment,
        }[change.kind](change, order, short)
        if not self._known and speaker.chance(0.4):
            self._known = True
            text = f"{speaker.typed(text)}. {speaker.identity()}" if not short else speaker.typed(text)
            self._known = not short
            return text
        return speaker.typed(text)

    def _cancel(self, change: RetailChange, order: str, short: bool) -> str:
        start = self.speaker.one_of(f"I'd like to cancel {order}", f"please cancel {order}", f"cancel {order}")
        if short:
            return self.speaker.one_of("I want to cancel an order", start)
        return start if self.speaker.chance(0.4) else f"{start}, {self.speaker.reason(change.reason)}"

    def _return(self, change: RetailChange, order: str, short: bool) -> str:
        if short:
            return self.speaker.one_of("I want to return something", f"I'd like to return something from {order}")
        items = self.speaker.items(change)
        start = self.speaker.one_of(f"I'd like to return {items} from {order}", f"return {items} from {order} please")
        if self.speaker.chance(0.4):
            return start
        return f"{start}, refund to {self.speaker.payment(change.payment_id)}"

    def _swap(self, change: RetailChange, order: str, short: bool) -> str:
        verbs = ("exchange", "swap") if change.kind == "exchange" else ("change", "modify")
        verb = self.speaker.one_of(*verbs)
        if short:
            return self.speaker.one_of(f"I want to {verb} something in {order}", f"I need to {verb} an item in {order}")
        swaps = self.speaker.swaps(change)
        start = self.speaker.one_of(f"I want to {verb} {swaps} in {order}", f"for {order}, please {verb} {swaps}")
        if self.speaker.chance(0.5):
            return start
        return f"{start}. I'll use {self.speaker.payment(change.payment_id)} for the difference"

    def _address(self, change: RetailChange, order: str, short: bool) -> str:
        start = self.speaker.one_of(
            f"I need to change the shipping address of {order}", f"please change the delivery address for {order}"
        )
        return start if short or self.speaker.chance(0.5) else f"{start} to {self.speaker.address(change.address)}"

    def _payment(self, change: RetailChange, order: str, short: bool) -> str:
        start = self.speaker.one_of(
            f"I want to change the payment method of {order}", f"please change the payment for {order}"
        )
        return start if short or self.speaker.chance(0.5) else f"{start} to {self.speaker.payment(change.payment_id)}"

    def answer(self, question: str | None, change: RetailChange, heard: str) -> str:
        """What is said to a question; to what was not understood, the change again in other words."""
        speaker = self.speaker
        if question == "identity":
            self._known = True
            return speaker.identity()
        if question == "items" and not any(self.shop.variant(old)["name"] in heard for old, _ in change.swaps):
            return speaker.one_of("it's another order: ", "no, from order ") + change.number
        answers: dict[str, Callable[[], str]] = {
            "reason": lambda: speaker.typed(speaker.reason(change.reason)),
            "order": lambda: speaker.number(change.number),
            "address": lambda: speaker.one_of("it's ", "", "please send it to ") + speaker.address(change.address),
            "payment": lambda: speaker.payment(change.payment_id),
            "refund": lambda: speaker.payment(change.payment_id),
            "items": lambda: speaker.typed(speaker.items(change) if change.kind == "return" else speaker.swaps(change)),
            "options": lambda: self._options(change, heard),
        }
        return answers.get(question or "", lambda: self.opening(change))()

    def _options(self, change: RetailChange, heard: str) -> str:
        """The options of the item that the question is about."""
        for old, new in change.swaps:
            if self.shop.variant(old)["name"].lower() in heard.lower():
                return "the same one again" if old == new else self.speaker.typed(self.speaker.options(old, new))
        return self.speaker.typed(self.speaker.swaps(change))

    def correction(self, change: RetailChange) -> str:
        """What is wanted instead of what was listed."""
        if change.kind in ("items", "exchange"):
            return f"no, I meant {self.speaker.swaps(change)}"
        if change.kind == "return":
            return f"no, only {self.speaker.items(change)}, refund to {self.speaker.payment(change.payment_id)}"
        if change.kind == "address":
            return f"no, the address is {self.speaker.address(change.address)}"
        if change.kind == "payment":
            return f"no, I want to pay with {self.speaker.payment(change.payment_id)}"
        return f"no, I meant order {change.number}"

    def _second_thought(self, change: RetailChange) -> str:
        """A detail said once more, as who thinks aloud does."""
        if change.payment_id:
            return f"wait, and please use {self.speaker.payment(change.payment_id)}"
        return f"sorry, the address is {self.speaker.address(change.address)}"

    # What is heard

    def is_wanted(self, change: RetailChange, heard: str) -> bool:
        """Whether the list holds the order and everything of the change that it has to hold."""
        said = _plain(heard)
        if change.number.lstrip("#").lower() not in said:
            return False
        checks = {
            "cancel": self._hears_cancel,
            "return": self._hears_return,
            "exchange": self._hears_swaps,
            "items": self._hears_swaps,
            "address": self._hears_address,
            "payment": self._hears_payment,
        }
        return checks[change.kind](change, said)

    def _hears_cancel(self, change: RetailChange, said: str) -> bool:
        return "cancel" in said and _plain(change.reason) in said

    def _hears_return(self, change: RetailChange, said: str) -> bool:
        lines = self._lines(said)
        names = [_plain(self.shop.variant(old)["name"]) for old, _ in change.swaps]
        everything = len(change.swaps) == len(self.shop.orders[change.number]["items"])
        listed = _as_many(names, lines) if lines else everything
        return "return" in said and listed and self._hears_payment(change, said)

    def _hears_swaps(self, change: RetailChange, said: str) -> bool:
        lines = self._lines(said)
        if ("exchange" in said) != (change.kind == "exchange") or len(lines) != len(change.swaps):
            return False
        left = list(lines)
        for old, new in change.swaps:
            before, after = self.shop.variant(old), self.shop.variant(new)
            changed = [
                _plain(f"{key} {value}") for key, value in after["options"].items() if value != before["options"][key]
            ]
            line = next((line for line in left if self._is_line(line, before, changed)), None)
            if line is None:
                return False
            left.remove(line)
        return True

    @staticmethod
    def _is_line(line: str, before: dict[str, object], changed: Sequence[str]) -> bool:
        name, options = _plain(str(before["name"])), before["options"]
        assert isinstance(options, dict)
        head, _, tail = line.partition(": ")
        if not head.startswith(name) or not all(_plain(str(value)) in head for value in options.values()):
            return False
        if not changed:
            return "same again" in tail
        return sorted(tail.removeprefix("now ").split(", ")) == sorted(changed)

    def _hears_address(self, change: RetailChange, said: str) -> bool:
        street, more, city, _, postcode, _ = change.address
        return all(_plain(part) in said for part in (street, more, city, postcode) if part)

    def _hears_payment(self, change: RetailChange, said: str) -> bool:
        method = self.shop.users[self.task.user_id]["payment_methods"][change.payment_id]
        if method["source"] != "credit_card":
            return method["source"].replace("_", " ") in said or "way it was paid" in said
        return method["last_four"] in said or "credit card" in said or method["brand"] in said or "was paid" in said

    @staticmethod
    def _lines(said: str) -> list[str]:
        return [line[1:].strip() for line in said.split("\n") if line.startswith("•")]


def _as_many(names: Sequence[str], lines: Sequence[str]) -> bool:
    left = list(lines)
    for name in names:
        line = next((line for line in left if line.startswith(name)), None)
        if line is None:
            return False
        left.remove(line)
    return not left


def _plain(text: str) -> str:
    return re.sub(r"[ \t]+", " ", text.lower())
