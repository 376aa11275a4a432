"""Words that go on about the goods that were spoken of: "which is the cheapest?", "a bigger one?", "anything else?".

What they come to is read again by the action that shows the goods (actions/products). Pure text, no Rasa.
"""

import re

_COMPARES = (
    r"cheap(?:er|est)|(?:less|least|more|most) expensive|(?:pric|dear|cost)i?(?:er|est)|(?:lowest|highest|best) price"
    r"|costs? (?:less|more|least|most)|difference in price|price difference|compare"
)
_SIZES = (
    r"(?:big|larg|small)(?:ger|ler|er|gest|lest|est)|(?:what|which|other|different|more|any other) sizes?|sizes"
    r"|how (?:big|large|heavy|much is in|many (?:\w+ )?(?:are )?in)|comes? in"
)
_OTHERS = (
    r"(?:what|anything|something|nothing|which) else|(?:the )?others?(?: ones?)?\W*$|(?:show|see"
    r"|any) (?:me )?(?:some )?"
    r"(?:more|others?)|more (?:of (?:them|those|these)|options|choice)|(?:a )?different ones?"
)
_UNDER = r"(?:under|below|less than|not more than|no more than|at most|up to|cheaper than|max(?:imum)?(?: of)?)\s"
_GOES_ON = re.compile(rf"\b(?:{_COMPARES}|{_SIZES}|{_OTHERS}|{_UNDER})", re.IGNORECASE)
_SIZE_QUESTION = re.compile(rf"\b(?:{_SIZES})", re.IGNORECASE)
_TAKES = re.compile(
    r"\W*(?:(?:ok(?:ay)?|yes|yeah|fine|great|good|perfect|then|so|and)\W+)*(?:i(?:'ll| will|'d like to| want to| would"
    r" like to)?|let me|give me|put)?\W*(?:take|have|get|buy|want|give me|put)?\s*(?:(?:that|this"
    r"|the)(?: (?:first|second|third|last|\w+est|\w+))?"
    r" ones?|it|that|this)(?:\s+in)?\W*(?:then|please|thanks)?\W*",
    re.IGNORECASE,
)


def goes_on_about_products(text: str) -> bool:
    """Whether the text compares, narrows or widens what was shown."""
    return _GOES_ON.search(text) is not None


def is_about_size(text: str) -> bool:
    """Whether it is about sizes or amounts, which stand in the goods' names."""
    return _SIZE_QUESTION.search(text) is not None


def takes_one(text: str) -> bool:
    """Whether it chooses one of the goods that were shown: "I'll take that one"."""
    return bool(re.search(r"\w", text)) and _TAKES.fullmatch(text) is not None
