"""Amounts, times and words of cells: what can be read in two ways is refused."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promo_engine.domain.catalogue.shop_catalogue import ShopItemError
from promo_engine.domain.money import Currency
from promo_engine.shops.text.cell_values import ImageLinks, TimeReader, amount, cents, plain_text, truth, whole

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "locale", "value"),
    [
        ("1.234,56", "de", "1234.56"),
        ("1,234.56", "en", "1234.56"),
        ("1 234,56", "fr", "1234.56"),
        ("1.234,56", None, "1234.56"),
        ("1,234.56", None, "1234.56"),
        ("12,5", None, "12.5"),
        ("12.50", None, "12.50"),
        ("0.125", None, "0.125"),
        ("12345.678", None, "12345.678"),
        ("1.234", "en", "1.234"),
        ("1,234", "en", "1234"),
        ("1.234", "de", "1234"),
        ("-3", None, "-3"),
    ],
)
def test_numbers_are_read_as_their_locale_writes_them(text: str, locale: str | None, value: str) -> None:
    assert amount(text, column="Price", locale=locale) == Decimal(value)


@pytest.mark.parametrize("text", ["1.234", "12,345", "999.000"])
def test_a_number_that_can_be_read_in_two_ways_is_refused_without_a_locale(text: str) -> None:
    with pytest.raises(ShopItemError, match="two ways; say which with --locale"):
        amount(text, column="Price")


@pytest.mark.parametrize("text", ["", "free", "1,2,3", "1.2.3", "12 EUR", "١٢", "1e5", "NaN", "Infinity", "--1"])
@pytest.mark.parametrize("locale", [None, "en"])
def test_what_is_no_number_is_refused(text: str, locale: str | None) -> None:
    with pytest.raises(ShopItemError):
        amount(text, column="Price", locale=locale)


def test_an_unknown_locale_is_said() -> None:
    with pytest.raises(ShopItemError, match="there is no locale 'xx_QQ'"):
        amount("1.5", column="Price", locale="xx_QQ")


@given(value=st.integers(0, 10**12), code=st.sampled_from(["EUR", "JPY", "KWD"]))
def test_amounts_come_back_to_the_cent(value: int, code: str) -> None:
    written = Currency(code).words(value).split()[0]
    assert cents(written, code, column="Price", machine=True) == value


@pytest.mark.parametrize(("text", "code"), [("1.5", "JPY"), ("10.999", "EUR"), ("0.0001", "KWD")])
def test_more_decimals_than_the_currency_has_are_refused(text: str, code: str) -> None:
    with pytest.raises(ShopItemError, match=f"more decimals than {code} has"):
        cents(text, code, column="Price", machine=True)


def test_zeros_behind_the_point_lose_nothing() -> None:
    assert cents("10.5000", "EUR", column="Price", machine=True) == 1050


def test_negative_and_absurd_amounts_are_refused() -> None:
    for text in ("-1", "9" * 30):
        with pytest.raises(ShopItemError, match="between 0 and"):
            cents(text, "EUR", column="Price", machine=True)


def test_whole_numbers() -> None:
    assert whole("3.0", column="Qty") == 3
    with pytest.raises(ShopItemError, match="not a whole number"):
        whole("3.5", column="Qty")


def test_truth_values() -> None:
    assert truth("TRUE", column="Published") is True
    assert truth("no", column="Published") is False
    assert truth(" ", column="Published", default=True) is True
    with pytest.raises(ShopItemError, match="neither true nor false"):
        truth("maybe", column="Published")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("  a   b\n c ", "a b c"),
        ("<p>Soft &amp; warm</p>", "Soft & warm"),
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("<script>alert(1)</script>x", "alert(1)x"),
        ("5 &lt; 6", "5 < 6"),
    ],
)
def test_words_lose_their_tags(text: str, plain: str) -> None:
    assert plain_text(text) == plain


class TestTimes:
    @pytest.mark.parametrize(
        "text",
        [
            "2026-03-01 12:00:00 +0200",
            "2026-03-01T10:00:00Z",
            "2026-03-01T12:00:00+02:00",
            "2026-03-01 10:00:00 UTC",
            "2026-03-01 05:00:00 -0500",
        ],
    )
    def test_offsets_are_read(self, text: str) -> None:
        assert TimeReader(None).read(text, column="Created at") == datetime(2026, 3, 1, 10, tzinfo=UTC)

    def test_a_time_without_a_zone_needs_the_shop_s(self) -> None:
        with pytest.raises(ShopItemError, match="name one with --zone"):
            TimeReader(None).read("2026-03-01 12:00", column="Created at")
        assert TimeReader(BERLIN).read("2026-03-01 12:00", column="Created at") == datetime(2026, 3, 1, 11, tzinfo=UTC)

    def test_the_hour_that_a_clock_repeats_is_the_first_and_is_said_once(self) -> None:
        times = TimeReader(BERLIN)
        assert times.read("2026-10-25 02:30", column="Created at") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
        times.read("2026-10-25 02:45", column="Created at")
        times.read("2026-10-25 03:30", column="Created at")
        (note,) = times.notes("Created at")
        assert note.reason.startswith("2 times lie in an hour that the clock repeats")

    def test_an_hour_that_does_not_exist_is_no_repeated_one(self) -> None:
        times = TimeReader(BERLIN)
        assert times.read("2026-03-29 02:30", column="Created at") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
        assert list(times.notes("Created at")) == []

    def test_the_future_is_refused_beyond_five_minutes(self) -> None:
        times = TimeReader(None, now=datetime(2026, 3, 1, 10, tzinfo=UTC))
        times.read("2026-03-01T10:04:59Z", column="Created at")
        with pytest.raises(ShopItemError, match="in the future"):
            times.read("2026-03-01T10:05:01Z", column="Created at")

    @pytest.mark.parametrize("text", ["yesterday", "01/02/2026", "2026-13-01", "2026-02-29", ""])
    def test_what_is_no_time_is_refused(self, text: str) -> None:
        with pytest.raises(ShopItemError, match="is not a time such as"):
            TimeReader(BERLIN).read(text, column="Created at")

    def test_a_mapping_s_format_is_used(self) -> None:
        times = TimeReader(BERLIN, format="%d.%m.%Y %H:%M")
        assert times.read("01.03.2026 12:00", column="Datum") == datetime(2026, 3, 1, 11, tzinfo=UTC)
        with pytest.raises(ShopItemError, match="of the form"):
            times.read("2026-03-01 12:00", column="Datum")


def test_pictures_without_an_https_address_are_left_out_and_said_once() -> None:
    images = ImageLinks()
    assert images.read("http://shop.example/a.png") == "https://shop.example/a.png"
    assert images.read("//shop.example/a.png") == ""
    assert images.read("javascript:alert(1)") == ""
    (note,) = images.notes("Image Src")
    assert note.reason.startswith("2 pictures have no https address")
