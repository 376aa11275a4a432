"""Frames: what people write around a request and what says nothing about it. Greetings, names, politeness, thanks.

Pure text, no Rasa. English; a text in another language passes unchanged.
"""

from __future__ import annotations

import re
from typing import Pattern

_NAME = r"[A-Z][a-z'-]+(?:\s+[A-Z][a-z'.-]*){0,2}"
_YOU = r"(?:you|u|someone|somebody|anyone|anybody|you guys)"
_CAN = r"(?:could|can|would|will|may)"
_SOFTLY = r"(?:(?:please|kindly|possibly|maybe|perhaps|just|quickly)\s+)*"
_TELL = r"(?:tell me|let me know|inform me|advise me|explain(?: to me)?)"
_SMALL = r"(?:quick|small|short|little|brief|simple)"
_GAP = r"[\s,.!?:;\u2013-]+"
_OR_END = rf"(?:{_GAP}|$)"
_KIND = r"(?:ok(?:ay)?|possible|all ?right|no (?:trouble|bother|problem)|not too much (?:trouble|to ask))"
_GREETING = (
    r"(?:hi+|hello+|hey+|hiya|heya|hullo|howdy|greetings|yo|hallo|"
    r"good\s*(?:morning|afternoon|evening|day)|morning|afternoon|evening|"
    r"dear(?:\s+(?:sirs?|madam|sir or madam|team|support|shop|customer (?:service|support|care)))+)"
    r"(?:\s+(?:there|again|all|everyone|everybody|guys|folks|team|bot|friend|mate|shop|support|sir|madam|ma'?am|dear|"
    r"to you(?: all)?|from [a-z]+))*"
)
_THANKS = (
    r"(?:(?:many|lots of|a lot of)\s+)?(?:thanks|thank (?:you|u)|thx|thnx|cheers|ty|tysm)"
    r"(?:\s+(?:a lot|a bunch|a million|(?:so |very )*much|in advance|again|already|kindly|guys|team|bot|everyone|"
    r"for (?:your|the|any|all)(?: \w+){1,4}))*"
)
_WELL_WISHES = (
    r"(?:i\s+)?hope (?:you(?:'re| are)?|all is|this finds you)[^.!?]*?(?:well|good|great|fine|day|morning|week)\b"
)
_HELP_APPRECIATED = (
    r"(?:any |some )?help (?:(?:would be|is) )?(?:(?:much|greatly|really) )?(?:appreciated|welcome|great)"
)
_REGARDS = (
    r"(?:(?:with )?(?:(?:best|kind|kindest|warm|many|my) )*(?:regards|wishes)|sincerely"
    r"|have a (?:nice|good|great) (?:day|one|evening|weekend))"
)
_SORRY = r"(?:sorry|excuse me|pardon(?: me)?|forgive me|i(?: do)? apologi[sz]e|(?:my )?apologies)"
_LOVELY = r"(?:great|nice|lovely|awesome|wonderful|perfect|helpful|good)"


def _patterns(*patterns: str) -> list[Pattern[str]]:
    return [re.compile(pattern, re.IGNORECASE) for pattern in patterns]


_OPENINGS = _patterns(
    rf"{_GREETING}{_OR_END}",
    rf"how are (?:you|things)(?: doing)?(?: today)?{_GAP}",
    rf"{_WELL_WISHES}{_GAP}",
    rf"sorry (?:to|for) (?:bother|disturb|trouble|interrupt)\w*(?: you(?: all)?)?(?: again)?{_GAP}(?:but\s+)?",
    rf"{_SORRY}(?: (?:for|about) (?:the|this|any|my|all)(?: \w+){{1,3}})?\s*[,.:!-]+\s*(?:but\s+)?",
    r"(?:just\s+)?(?:one|a) (?:last|final|further|more|other) (?:thing|question)\s*[,.:!-]+\s*",
    r"if (?:i|one) (?:may|might|could)(?: be so bold(?: as)?)?(?: to)?(?: ask)?[\s,]+",
    rf"if {_YOU}(?:'d| would| could)? be so (?:kind|good)(?: as to)?[\s,]+",
    r"(?:might|may|could|can) i (?:just |perhaps |possibly )?(?:ask|enquire|inquire|trouble you|bother you)"
    r"(?: (?:for|about|with|to (?:know|tell me)))?[\s,:]*",
    r"would it (?:\w+ ){0,2}be (?:at all )?(?:possible|permissible|permitted|feasible|all ?right|ok(?:ay)?"
    r"|too much(?: trouble)?)"
    r"(?: for (?:me|you|one))? to (?:(?:ask|tell me|explain|know)\b\s*)?",
    r"i(?:'d| would| should) (?:very much |really |dearly )?(?:like|love|be glad|be happy|wish) to (?:know"
    r"|learn|hear|find out|ask)\b"
    r"[\s,:]*(?:about\s+)?",
    r"i (?:do )?(?:wonder|was wondering|would wonder)\b[\s,]*(?:about\s+)?",
    r"i hope (?:you|it) (?:won'?t|don'?t|doesn'?t|do not|will not) mind(?: my| me)?(?: asking)?[\s,]+(?:but\s+)?",
    r"(?:and )?what i (?:really |actually )?(?:wanted|want|need|came|meant|would like) to (?:ask"
    r"|know)(?: you)? (?:is|was)[\s,:]*",
    r"(?:basically|honestly|actually|obviously|frankly|still|mind you|you see|you know|by the way|first of all"
    r"|in any case|in short"
    r"|long story short|to cut (?:it|a long story) short|hang on|phew|oh dear)\b[\s,:]*",
    rf"(?:just\s+)?(?:a\s+|one\s+)?{_SMALL}\s+(?:question|one|thing){_GAP}",
    rf"(?:i(?:'ve| have)|got)\s+(?:just\s+)?(?:a|one|some)\s+(?:{_SMALL}\s+)?questions?(?:\s+(?:for you|please))?"
    rf"(?:\s*[.,:!;-]+\s*|\s+(?:regarding|about|on)\s+|$)",
    r"(?:please|pls|plz|kindly)[\s,]+",
    r"(?:ok(?:ay)?|alright|well|so|anyway|right|um+|uh+|er+|hmm+|oh)\s*[,.:!-]+\s*",
    r"(?:so|anyway|well|um+|uh+|and|but|also)\s+",
    rf"if (?:it'?s|it is|that'?s|that is) {_KIND}[\s,]+",
    rf"if {_YOU} (?:don'?t|do not|would not|wouldn'?t) mind[\s,]+",
    rf"{_CAN}\s+{_YOU}\s+{_SOFTLY}{_TELL}\b[\s,:]*(?:please\b[\s,:]*)?(?:about\s+)?",
    rf"(?:{_CAN} {_YOU}|{_YOU} {_CAN}) be so (?:kind|good|nice)(?: as to| to| and)?\s*(?:please\s+)?"
    rf"(?:(?:{_TELL}|help me with)\b[\s,:]*(?:about\s+|this:?\s+)?)?",
    rf"(?:would|do) {_YOU} mind (?:telling me|letting me know|explaining)\b[\s,:]*",
    rf"(?:i(?:'d| would)|it would be) (?:(?:be|very|really|so|much) )*(?:grateful|glad|thankful|happy|"
    rf"appreciate(?: it)?|love(?: it)?|{_LOVELY}) if {_YOU} (?:could|can|would)\s+{_SOFTLY}"
    rf"(?:{_TELL}\b[\s,:]*(?:about\s+)?)?",
    rf"{_CAN} {_YOU} {_SOFTLY}help me(?: out)?(?: (?:with (?:this|something)|here))?\s*(?:[:,.?!-]+\s*|please[\s,:]+)",
    r"(?:i(?:'m| am|'ve been| have been| was|) (?:just )?)?(?:wondering|curious|writing|reaching out|asking|"
    r"inquiring|enquiring)\b\s*(?:because|as|since|about|to (?:ask|know|find out|see)(?: about)?)?[\s,:]*",
    r"(?:i(?:'d| would)?\s+(?:(?:just|really|simply|also|only) )*(?:like|love|want|wanted|need|wish)|"
    r"just want(?:ed)?)\s+to\s+(?:please )?"
    r"(?:know|ask(?: you)?|find out|inquire|enquire|understand|learn)\b[\s,:]*(?:about\s+|on\s+)?",
    r"i wanna (?:know|ask)\b[\s,:]*(?:about\s+)?",
    r"(?:do you (?:happen to )?know|any idea)[\s,:]+(?=if|whether|when|where|what|why|how|who|which)",
    r"(?:if|whether)\s+(?=(?:i|you|u|we|they|there|my|the|it|it's)\b)",
)  # fmt: skip
_NAMED = re.compile(
    rf"(?:[Ii]'?m|[Ii] am|[Tt]his is|[Mm]y name is|[Mm]y name'?s|[Ii]t'?s)\s+{_NAME}(?:\s+here)?"
    rf"(?:\s*[,.!:;-]+\s*(?:and\s+)?|\s+and\s+|$)|{_NAME}\s+here\s*[,.!:;-]+\s*"
)
_NAMED_ALONE = re.compile(r"(?:my name is|my name's|name:|the name is)\s+[\w' .-]{2,40}", re.IGNORECASE)
_CLOSINGS = _patterns(
    *(
        rf"[\s,.!?;:-]+{closing}(?=[\s,.!?]*$)"
        for closing in (
            r"(?:please|pls|plz)",
            _THANKS,
            rf"(?:(?:it|that) )?would be {_LOVELY}(?: if you could[^.!?]*)?",
            rf"if {_YOU} (?:don'?t|do not|would not|wouldn'?t) mind(?: me asking)?",
            rf"if (?:it'?s|that'?s|it is|that is) {_KIND}",
            _HELP_APPRECIATED,
            _REGARDS,
        )
    )
)
_FRAMES = (
    _GREETING,
    _THANKS,
    r"(?:please|pls)",
    rf"{_CAN} {_YOU} {_SOFTLY}help(?: me)?(?: out)?(?: (?:with (?:this|that|something)|here))?",
    r"(?:please )?help(?: me)?(?: please)?",
    r"how are (?:you|things)(?: doing)?(?: today)?",
    r"(?:i )?hope (?:you(?:'re| are)?|all is|this finds you|"
    r"(?:that|this|it) (?:makes sense|helps))[^.!?]*",
    rf"(?:(?:it|that) )?would be {_LOVELY}[^.!?]*",
    rf"(?:i )?hope {_YOU} can help(?: me)?(?: out)?(?: with (?:this|that))?",
    _HELP_APPRECIATED,
    rf"{_REGARDS}[^.!?]*",
    r"(?:let me know|please advise|looking forward[^.!?]*|sorry to (?:bother|disturb)(?: you)?)",
    rf"(?:i(?:'ve| have)|i've got) (?:a|one|some) (?:{_SMALL} )?questions?",
    rf"(?:a )?{_SMALL} question",
    r"(?:ok(?:ay)?|alright|anyway|well|good|fine|great|lovely|right|phew)",
    r"(?:can you imagine|you know (?:how|what) (?:it|that|i mean|they)(?:'s| is| are| like)*|don'?t ask|typical"
    r"|mind you|as it happens)",
    # "Is it the same with you?" asks what was just told of somebody else.
    r"(?:is|are|does|do|would|will) (?:it|that|this|they|you) (?:work |be |do (?:it|that) |handle (?:it|that) )?"
    r"(?:like that|the same(?: way)?|that way|similar)(?: (?:with|at|for|in|as))?(?: (?:you|yours|here"
    r"|your (?:shop|place|store)))?"
    r"(?: guys)?(?: too| as well| also)?",
)
_NOTHING_BUT_FRAMES = re.compile(rf"(?:(?:{'|'.join(_FRAMES)})[\s,.!?:;-]*)+", re.IGNORECASE)
LEAST_BEFORE_CLOSING = 3
"""Words before a closing: "ok great, thanks" is thanks."""
_NO_WORD = re.compile(r"[\W_]*")
_WORDS = re.compile(r"[^\W_]+(?:['\u2019-]\w+)*")


_OF_ONE = re.compile(
    r"\b(?:might|may|could|can|should|ought|must|shall|would|does|did) one\b(?! (?:of|with|from|that|which)\b)",
    re.IGNORECASE,
)
_ONES = re.compile(r"\bone's\b", re.IGNORECASE)
_BY_NAME = {"might": "can", "may": "can", "ought": "should", "shall": "should", "does": "do"}


def plainly(text: str) -> str:
    """The text as people say it today: "might one still send it back" is "can I still send it back"."""

    def of_me(match: "re.Match[str]") -> str:
        verb = match.group().split()[0].lower()
        return f"{_BY_NAME.get(verb, verb)} i"

    return _ONES.sub("my", _OF_ONE.sub(of_me, text))


def bare(text: str) -> str:
    """The text without the frames around it; what would leave less than two words, or no number, stays."""
    rest, shorter = "", plainly(text.strip())
    while rest != shorter:
        rest = shorter
        named = _NAMED.match(shorter)
        shorter = _from(shorter, named.end() if named else 0)
        for opening in _OPENINGS:
            found = opening.match(shorter)
            shorter = _from(shorter, found.end() if found else 0)
        for closing in _CLOSINGS:
            found = closing.search(shorter)
            if found and _says_something(shorter[: found.start()], least=LEAST_BEFORE_CLOSING):
                shorter = shorter[: found.start()].rstrip(" ,;:-")
    return rest


def _from(text: str, start: int) -> str:
    return text[start:].lstrip(" ,.!:;-") if start and _says_something(text[start:]) else text


def _says_something(text: str, least: int = 2) -> bool:
    return len(_WORDS.findall(text)) >= least or any(character.isdigit() for character in text)


def is_frame(clause: str) -> bool:
    """Whether a clause is frames and nothing else."""
    text = clause.strip()
    return bool(
        _NO_WORD.fullmatch(text)
        or _NOTHING_BUT_FRAMES.fullmatch(text)
        or _NAMED.fullmatch(text + ".")
        or _NAMED_ALONE.fullmatch(text.strip(" .,!"))
    )
