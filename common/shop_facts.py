"""What a shop promises, from its `shop.yml`: where the bot's replies and the help articles get their facts.

Every fact may be missing: then the bot says that it does not know and offers a person. Nothing is assumed.

    name: Trail & Tarn
    currency: EUR
    zone: Europe/Berlin
    delivery:
      working_days: [2, 4]
      countries: [DE, AT]
      costs: [{countries: [DE, AT], cents: 495, free_from_cents: 6000}]
    returns: {days: 30, postage: shop}
    payment: [credit card, PayPal]
    contact: {hours: "from Monday to Friday, 9 in the morning to 5 in the afternoon"}

ShopFactsError    the file cannot be used; one line that says which fact is wrong and what is expected
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.numbers import is_currency
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from common.errors import StartError

SHOP_FILE = "shop.yml"
AUTO = "auto"
"""The pattern of order numbers is learned from the stored orders."""


def _currency(code: str) -> str:
    if not is_currency(code, "en"):
        raise ValueError(f"{code!r} is no currency; use a code of ISO 4217 such as EUR")
    return code


def _country(code: str) -> str:
    if code not in get_global("territory_currencies"):
        raise ValueError(f"{code!r} is no country; use a code of ISO 3166 such as DE")
    return code


Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Country = Annotated[str, AfterValidator(_country)]
Currency = Annotated[str, AfterValidator(_currency)]
Cents = Annotated[int, Field(ge=0, le=10**12)]
Days = Annotated[int, Field(ge=0, le=3650)]


class ShopFactsError(StartError):
    """`shop.yml` cannot be used."""


class _Facts(BaseModel):
    # Strict, so that `days: "30"` or `price_match: maybe` is refused instead of bent.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class DeliveryCost(_Facts):
    """What delivery to some countries costs."""

    countries: list[Country] = Field(min_length=1)
    cents: Cents
    currency: Currency | None = None
    """Left out: the shop's."""
    free_from_cents: Cents | None = None
    """Value of a basket from which delivery is free; None if there is none."""

    def of_basket(self, goods_cents: int) -> int:
        """What delivery of goods worth so much costs, in cents of the same currency."""
        return 0 if self.free_from_cents is not None and goods_cents >= self.free_from_cents else self.cents


class Delivery(_Facts):
    """How goods come to the customer."""

    working_days: tuple[Days, Days] | None = Field(default=None, strict=False)
    """From the confirmation to the door, at least and at most."""
    countries: list[Country] = []
    ways: list[Words] = []
    """Such as `to your door`."""
    costs: list[DeliveryCost] = []
    hours: Words | None = None
    """On which days and at what time, in words that follow `Parcels come`."""
    missed: Words | None = None
    """What happens if nobody opens; whole sentences."""
    po_boxes: bool | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.working_days is not None and self.working_days[0] > self.working_days[1]:
            raise ValueError("working_days: the first number is the smaller one, such as [2, 4]")
        return self


class Returns(_Facts):
    """What can be sent back."""

    days: Days | None = None
    """Counted from delivery."""
    postage: Literal["shop", "customer"] | None = None
    """Who pays it."""
    excluded: list[Words] = []
    """What cannot come back, such as `opened food`."""
    opened: bool | None = None
    """Whether what was opened, but not used, is taken back."""
    without_box: bool | None = None
    """Whether goods are taken back without their own box."""
    refund_ways: list[Words] = []
    """Where money can go, such as `the way you paid`; with two or more the chat asks which."""


class Cancellation(_Facts):
    """Until when the shop is asked to cancel an order."""

    until: Literal["never", "packing", "shipped"] | None = None
    """`packing`: before the order is packed; `shipped`: before it leaves; `never`: orders cannot be cancelled."""
    hours: Annotated[int, Field(ge=1, le=24 * 30)] | None = None
    """Hours after the order, whatever its state; None for no such limit."""
    fee_cents: Cents | None = None
    reasons: list[Words] = []
    """Of which the customer has to name one, such as `ordered by mistake`; empty: the chat asks for none."""


class Contact(_Facts):
    """How a person is reached."""

    hours: Words | None = None
    """When people answer, in words that follow `people answer`."""
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")] | None = None
    phone: Words | None = None


class GiftCards(_Facts):
    """Between which amounts gift cards are sold, and for how long they are good."""

    least_cents: Cents
    most_cents: Cents
    valid_years: Annotated[int, Field(ge=1, le=100)] | None = None


class LoyaltyPoints(_Facts):
    """What points are worth."""

    points_per_unit: Annotated[int, Field(ge=1)]
    """Points for each whole unit of the currency that is spent."""
    hundred_points_cents: Cents
    expire_years: Annotated[int, Field(ge=1, le=100)] | None = None
    lost_with_account: bool | None = None
    """Whether points are gone once the account is closed."""


class ShopFacts(_Facts):
    """The whole file."""

    name: Words | None = None
    demo: Literal["simulated", "recorded"] | None = None
    """A made-up shop over simulated or over recorded purchases: its demo page says so. Left out: a shop of its own."""
    url: Annotated[str, StringConstraints(pattern=r"^https?://")] | None = None
    currency: Currency | None = None
    currencies: list[Currency] = []
    """Others in which the shop has prices."""
    zone: str | None = None
    """Time zone of the shop's own clock, such as Europe/Berlin."""
    language: str | None = None
    """Such as `en` or `en-GB`; how amounts and lists are written."""
    order_number: str = AUTO
    """A regular expression that a whole order number matches, or `auto`."""
    delivery: Delivery = Delivery()
    returns: Returns = Returns()
    cancellation: Cancellation = Cancellation()
    customers_found_by: list[Literal["email", "name_and_postcode"]] = []
    """How the chat finds who is not signed in, before it tells or changes anything; empty: customers sign in."""
    payment: list[Words] = []
    payment_taken: Literal["order", "shipping"] | None = None
    """When the money is taken: with the order, or when the parcel leaves."""
    contact: Contact = Contact()
    gift_cards: GiftCards | Literal["none"] | None = None
    """`none`: the shop sells none. Left out: not known."""
    loyalty_points: LoyaltyPoints | Literal["none"] | None = None
    price_match: bool | None = None
    sells_data: bool | None = None
    """Whether the shop sells what it knows of its customers."""

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        if name is not None:
            try:
                ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                raise ValueError(f"{name!r} is no time zone; use a name such as Europe/Berlin") from None
        return name

    @field_validator("language")
    @classmethod
    def _known_language(cls, name: str | None) -> str | None:
        if name is not None:
            try:
                Locale.parse(name.replace("-", "_"))
            except (UnknownLocaleError, ValueError):
                raise ValueError(f"{name!r} is no language; use a tag such as en or en-GB") from None
        return name

    @field_validator("order_number")
    @classmethod
    def _is_pattern(cls, pattern: str) -> str:
        try:
            matches_nothing = re.compile(pattern).fullmatch("") is not None
        except re.error as error:
            raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
        if matches_nothing:
            raise ValueError(f"{pattern!r} matches an empty text; name at least one digit")
        return pattern

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        elsewhere = {code for cost in self.delivery.costs for code in cost.countries} - set(self.delivery.countries)
        if self.delivery.countries and elsewhere:
            raise ValueError(f"delivery.costs names {', '.join(sorted(elsewhere))}, delivery.countries does not")
        amounts = (*self.delivery.costs, self.gift_cards, self.loyalty_points)
        named = self.cancellation.fee_cents or any(isinstance(fact, _Facts) for fact in amounts)
        if self.currency is None and named:
            raise ValueError("currency is missing: amounts are named")
        if isinstance(self.gift_cards, GiftCards) and self.gift_cards.least_cents > self.gift_cards.most_cents:
            raise ValueError("gift_cards: least_cents is more than most_cents")
        return self

    def delivery_cost(self, country: str, currency: str) -> DeliveryCost | None:
        """What delivery to a country costs, where the shop said so in this currency."""
        for cost in self.delivery.costs:
            if country in cost.countries and (cost.currency or self.currency) == currency:
                return cost
        return None

    @property
    def locale(self) -> Locale:
        """How amounts and lists are written; English where the shop names no language."""
        return Locale.parse((self.language or "en").replace("-", "_"))


def read_shop_facts(path: Path) -> ShopFacts:
    """Read the file; a file that is not there is a shop that said nothing yet. Raises ShopFactsError."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ShopFacts()
    except (OSError, UnicodeDecodeError) as error:
        raise ShopFactsError(f"{path}: {' '.join(str(error).split())}") from error
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ShopFactsError(f"{path}: {' '.join(str(error).split())}") from error
    if content is None:
        return ShopFacts()
    if not isinstance(content, dict):
        raise ShopFactsError(f"{path}: the file holds facts by name, such as `name: Trail & Tarn`")
    try:
        return shop_facts(content)
    except ShopFactsError as error:
        raise ShopFactsError(f"{path}: {error}") from None


def shop_facts(content: dict[str, Any]) -> ShopFacts:
    """Check facts that are read already. Raises ShopFactsError."""
    try:
        return ShopFacts.model_validate(content)
    except ValidationError as error:
        raise ShopFactsError(_line_of(error)) from None


def _line_of(error: ValidationError) -> str:
    fault = error.errors(include_url=False)[0]
    if fault["type"] == "extra_forbidden":
        return f"{_place(fault['loc'])}: there is no such fact; docs/shop.md lists them"
    message = fault["msg"].removeprefix("Value error, ")
    return f"{_place(fault['loc'])}: {message}" if fault["loc"] else message


def _place(steps: tuple[int | str, ...]) -> str:
    return ".".join(str(step) for step in steps)
