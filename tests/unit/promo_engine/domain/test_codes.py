import pytest
from hypothesis import given
from hypothesis import strategies as st

from promo_engine.domain.codes.codes import ALPHABET, ENTROPY_BITS, is_code, new_code, read_code
from promo_engine.domain.errors import InvalidRequest

entropies = st.integers(min_value=0, max_value=(1 << ENTROPY_BITS) - 1)


def test_a_code_reads_in_groups_of_four() -> None:
    assert new_code(0) == "0000-0000-0000-0000-0"
    assert new_code(1)[:-1] == "0000-0000-0000-0001-"
    assert len(new_code((1 << ENTROPY_BITS) - 1)) == 21


def test_no_character_looks_like_another() -> None:
    assert len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)


@pytest.mark.parametrize("entropy", [-1, 1 << ENTROPY_BITS])
def test_other_amounts_of_chance_are_refused(entropy: int) -> None:
    with pytest.raises(ValueError, match="80 bits"):
        new_code(entropy)


@given(entropies, entropies)
def test_different_chance_makes_different_codes(item: int, other: int) -> None:
    assert (new_code(item) == new_code(other)) == (item == other)


@given(entropies, st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_wrong_character_shows(entropy: int, position: int, wrong: str) -> None:
    plain = new_code(entropy).replace("-", "")
    assert is_code(plain)
    assert is_code(plain[:position] + wrong + plain[position + 1 :]) == (plain[position] == wrong)


@given(entropies, st.tuples(st.integers(0, 16), st.integers(0, 16)))
def test_two_swapped_characters_show(entropy: int, places: tuple[int, int]) -> None:
    plain = list(new_code(entropy).replace("-", ""))
    first, second = places
    same = plain[first] == plain[second]
    plain[first], plain[second] = plain[second], plain[first]
    assert is_code("".join(plain)) == same


@pytest.mark.parametrize("text", ["", "K7QF", "0000-0000-0000-0000-I", "0000-0000-0000-0000-00"])
def test_other_text_is_no_code(text: str) -> None:
    assert not is_code(text)


ways_to_type = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["", "", " ", "-"])), min_size=17, max_size=17)


@given(entropies, ways_to_type)
def test_a_reader_forgives_what_people_do_with_codes(entropy: int, ways: list[tuple[int, str]]) -> None:
    code = new_code(entropy)
    look_alikes = {"0": "0Oo", "1": "1IiLl"}
    typed = ""
    for character, (way, gap) in zip(code.replace("-", ""), ways, strict=True):
        written = look_alikes.get(character, character + character.lower())
        typed += written[way % len(written)] + gap
    assert read_code(typed) == code


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        ("", "17 letters"),
        ("0000", "this one has 4"),
        ("0000-0000-0000-0000-U", "character 'U'"),
        ("0000-0000-0000-0001-0", "is wrong"),
    ],
)
def test_a_reader_says_what_is_wrong(typed: str, what: str) -> None:
    with pytest.raises(InvalidRequest, match=what):
        read_code(typed)
