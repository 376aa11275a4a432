"""Free text never reaches Rasa as a command."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidRequest
from gateway.chat.clean_text import clean_text, mask_addresses

BLANKS = st.text(
    alphabet=list("/\uff0f\\ \t\n\r\v\f\0\u00a0\u00ad\u034f\u200b\u200d\u2028\u202e\u2060\u3000\u3164\ufeff\ufe0f")
)
HOSTILE = st.builds("".join, st.tuples(BLANKS, st.just("/accept_offer{}"), st.text()))


@given(st.one_of(st.text(), HOSTILE, st.builds("".join, st.tuples(BLANKS, st.text()))))
def test_no_text_is_a_command(text: str) -> None:
    try:
        cleaned = clean_text(text, length_limit=2000)
    except InvalidRequest as refusal:
        assert refusal.code in {"empty_message", "message_too_long"}
        return
    # Rasa strips white space before it looks for the slash.
    assert not cleaned.strip().startswith("/")
    assert cleaned.strip()
    assert len(cleaned) <= 2000
    cleaned.encode()
    assert "\0" not in cleaned


@given(st.text(alphabet="abcdefghij klmno?!.,0123456789", min_size=1).filter(lambda text: text.strip()))
def test_ordinary_text_keeps_its_words(text: str) -> None:
    assert clean_text(text, length_limit=2000) == text.strip()


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  /restart", "restart"),
        ("/\uff0f\u200b/ /order", "order"),
        ("and/or", "and/or"),
        ("Größe ⅔?", "Größe 2\u20443?"),
        ("line\nline", "line\nline"),
        ("a\0b", "ab"),
        ("😀 hi", "😀 hi"),
    ],
)
def test_what_becomes_of_a_text(text: str, cleaned: str) -> None:
    assert clean_text(text, length_limit=2000) == cleaned


def test_a_text_that_grows_past_the_limit_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="at most 10"):
        clean_text("\ufdfa", length_limit=10)  # one character, eighteen after NFKC


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("jane@example.com", "j***@example.com"),
        ("it's <Jane.Doe-1+x@mail.example.co.uk>, or b@c.de.", "it's <J***@mail.example.co.uk>, or b***@c.de."),
        ("müller@beispiel.de", "m***@beispiel.de"),
        ("see you @ noon, @jane or 5@2", "see you @ noon, @jane or 5@2"),
        ("order 1001", "order 1001"),
    ],
)
def test_addresses_are_masked_and_nothing_else(text: str, masked: str) -> None:
    assert mask_addresses(text) == masked
