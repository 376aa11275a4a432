"""The engine's settings, read from environment variables that start with PROMOBOT_."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta, tzinfo
from itertools import pairwise
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator

from common.base_settings import ServiceSettings, SettingsError, load_settings
from common.shop_facts import ShopFacts, read_shop_facts
from promo_engine.domain.customers.change_policy import ChangePolicy
from promo_engine.domain.customers.order_numbers import AUTO, told_pattern
from promo_engine.domain.customers.shop_orders import ShopOrderState
from promo_engine.domain.decisions.decisions import CODE_LIFETIME
from promo_engine.domain.learning.objective import Goal, Objective
from promo_engine.domain.learning.reward_trust import TrustRules
from promo_engine.domain.money import Currency
from promo_engine.domain.offers.limits import MAX_DAYS, CustomerCaps, PerPeriod
from promo_engine.domain.pricing.stacking import StackingRule
from promo_engine.services.customers.customer_finder import FoundBy
from promo_engine.services.learning.release_gate import GateRules
from promo_engine.services.shop_rules import Rules
from promo_engine.shops.completejourney import shipped
from promo_engine.shops.connections.mail_to_service import MailServer

__all__ = ["Settings", "SettingsError", "read_settings"]


def horizons_in(days: str) -> tuple[float, ...] | None:
    """The horizons of a setting; None for an empty one. Raises ValueError."""
    if not days.strip():
        return None
    try:
        found = tuple(float(part) for part in days.split(","))
    except ValueError:
        found = ()
    ascending = all(earlier < later for earlier, later in pairwise((0.0, *found)))
    if not (1 <= len(found) <= 3 and ascending and found[-1] <= 366.0):
        raise ValueError("up to three ascending numbers of days are needed, such as 7,14,28")
    return found


class Settings(ServiceSettings):
    """Where the engine finds its things, and the shop's choices."""

    renamed: ClassVar[Mapping[str, str]] = {
        "stranger_weight": "anonymous_weight",
        "gate_silence_value": "gate_no_offer_value",
    }
    shop_facts: ClassVar[Mapping[str, str]] = {
        "shop_currency": "currency",
        "shop_time_zone": "zone",
        "order_number": "order_number",
    }

    engine_database_url: str = "sqlite+aiosqlite:///var/engine.db"
    model_dir: Path = Path("var/models/user_model")
    model_horizons_days: str = ""
    """How far the user model looks ahead: up to three numbers of days, ascending, such as 7,14,28. Empty: the quartiles
    of the gaps between the shop's own orders."""
    model_category_level: int = Field(default=0, ge=0, le=32)
    """The level of the tree down to which the user model tells categories apart, 1 being the top. 0: the deepest one
    that has at most 300."""
    category_names: Path = shipped("category_names.yml")
    """What shoppers call the product categories."""
    product_type_names: Path = shipped("product_type_names.yml")
    """What shoppers call the product types."""
    not_recommended: Path = shipped("not_recommended.yml")
    """Categories that no recommendation and no bundle names: a YAML list."""
    pairings: Path = Path("var/models/pairings.json")
    """What goes with what; `promobot strategy bought-together` writes it. Without it the chat recommends nothing."""
    reports_dir: Path = Path("var/reports")
    """Where the strategy studio's commands leave their pages and documents."""
    shop_secrets: Path = Path("var/shop_secrets.json")
    """What connected shops sign webhooks with, and how their own API is asked; `promobot shop source` writes it."""
    shop_currency: str = "USD"
    """ISO 4217 code of shoppers and amounts that name none; the shop's file names it as `currency`."""
    price_max_age: timedelta = Field(default=timedelta(hours=24), gt=timedelta(0))
    """A price that the shop reported longer ago is not quoted in the chat: seconds or `PT24H`. A demo's have no age."""
    engine_host: str = "127.0.0.1"
    engine_port: int = Field(default=8090, ge=0, le=65535)
    engine_workers: int = Field(default=1, ge=1, le=64)
    """Processes that share the port. One is enough for a shop; a second core brings more decisions a second."""
    restart_for_model: bool = False
    """Whether the engine ends itself once another user model was made to serve over HTTP: only where something starts
    it again, as deploy/supervisord.conf does."""
    policy: str = "thompson"
    """The kind of policy with which learning begins. Once there is one, `promobot policy propose --kind` changes it."""
    holdout_basis_points: int = Field(default=500, ge=0, le=10_000)
    """Share of customers who never see an offer: 500 is 5 %."""
    max_exposures_per_day: int = Field(default=0, ge=0)
    """Offers that one customer sees within a day, over all promotions; 0 is no cap."""
    decline_cooldown_days: int = Field(default=0, ge=0, le=MAX_DAYS)
    """Days without any offer after a customer declined one; 0 is none."""
    stacking_rule: StackingRule = StackingRule.BEST_FOR_CUSTOMER
    """Which offer of an exclusive group applies to a basket: best_for_customer, best_for_shop or priority."""
    reward_window_s: int = Field(default=1800, gt=0)
    """Exposed and silent for so long means reward 0."""
    objective: Goal = Goal.ACCEPTANCE
    """What the policy is to win: acceptance in the chat, or margin at the checkout, which is known two weeks later."""
    full_margin_cents: int = Field(default=1000, gt=0)
    """With margin as objective: the margin of an order that counts as much as a reward can."""
    anonymous_weight: float = Field(default=0.0, ge=0, le=1)
    """What the answer of somebody without orders teaches, where that of a customer of many years teaches 1."""
    burst_chance: float = Field(default=1e-6, ge=0, lt=1)
    """An offer's answers of the hour are quarantined if so many acceptances were less likely than this; 0 is never."""
    gate_margin: float = Field(default=0.02, ge=0, le=1)
    """How far a candidate policy's lower bound may lie below what the running one earns: 0.02 is two acceptances in a
    hundred decisions."""
    gate_alpha: float = Field(default=0.05, gt=0, lt=1)
    """Probability that the lower bound is ever too high."""
    gate_no_offer_value: float = Field(default=0.05, ge=0, le=1)
    """What a decision for no offer counts, where an accepted offer counts 1."""
    shop_time_zone: str = "UTC"
    """Name of the time zone in which the policy reads hour and weekday, such as Europe/Berlin; in the shop's file
    `zone`."""

    order_number: str = AUTO
    """A regular expression that finds an order number in what a customer wrote, such as the shop's file has as
    `order_number`; `auto` learns it from the orders."""
    order_number_file: Path = Path("var/models/order_numbers.json")
    """Where the bot reads what order numbers look like."""

    smtp_host: str = ""
    """Where mail to the shop's service is handed in; empty: no mail is sent."""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_from: str = "promobot@localhost"
    smtp_starttls: bool = True

    @field_validator("order_number")
    @classmethod
    def _possible_pattern(cls, pattern: str) -> str:
        if pattern != AUTO:
            told_pattern(pattern)
        return pattern

    @field_validator("policy")
    @classmethod
    def _known_policy(cls, kind: str) -> str:
        # Here, not above: policies bring numpy, and most commands read settings without deciding anything.
        from promo_engine.policies.kinds import KINDS  # noqa: PLC0415

        if kind not in KINDS:
            raise ValueError(f"there is no policy {kind!r}; there are {', '.join(KINDS)}")
        return kind

    @field_validator("shop_time_zone")
    @classmethod
    def _known_time_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{name!r} is no time zone; use a name such as Europe/Berlin") from None
        return name

    @field_validator("shop_currency")
    @classmethod
    def _known_currency(cls, code: str) -> str:
        return Currency(code).code

    @field_validator("model_horizons_days")
    @classmethod
    def _ascending_days(cls, days: str) -> str:
        horizons_in(days)
        return days

    @property
    def zone(self) -> tzinfo:
        """The shop's time zone."""
        return ZoneInfo(self.shop_time_zone)

    def mail_server(self) -> MailServer | None:
        """Return where mail is handed in; None where that is not set."""
        if not self.smtp_host:
            return None
        return MailServer(
            host=self.smtp_host,
            port=self.smtp_port,
            sender=self.smtp_from,
            user=self.smtp_user,
            password=self.smtp_password.get_secret_value(),
            starttls=self.smtp_starttls,
        )

    def rules(self) -> Rules:
        """Return the shop's choices for the services."""
        facts = read_shop_facts(self.shop_file)
        return Rules(
            holdout_basis_points=self.holdout_basis_points,
            sees_all_sales=self.engine_workers == 1,
            reward_window=timedelta(seconds=self.reward_window_s),
            shop_time_zone=self.zone,
            changes=_change_policy(facts),
            found_by=frozenset(map(FoundBy, facts.customers_found_by)),
            currency=Currency(self.shop_currency),
            price_max_age=self.price_max_age,
            stacking_rule=self.stacking_rule,
            trust=TrustRules(anonymous_weight=self.anonymous_weight, burst_chance=self.burst_chance),
            objective=Objective(
                goal=self.objective,
                full_margin_cents=self.full_margin_cents,
                wait=CODE_LIFETIME if self.objective is Goal.MARGIN else timedelta(0),
            ),
            gate=GateRules(
                margin=self.gate_margin,
                alpha=self.gate_alpha,
                no_offer_value=self.gate_no_offer_value,
                reward_window=timedelta(seconds=self.reward_window_s),
            ),
            customer_caps=CustomerCaps(
                exposures=PerPeriod(count=self.max_exposures_per_day, days=1) if self.max_exposures_per_day else None,
                decline_cooldown_days=self.decline_cooldown_days or None,
            ),
        )


def read_settings() -> Settings:
    """Read the environment. Raises SettingsError."""
    return load_settings(Settings)


def _change_policy(facts: ShopFacts) -> ChangePolicy:
    """What the shop's file says of cancelling and returning; where it says nothing, the shop is asked each time."""
    cancellation, returns = facts.cancellation, facts.returns
    return ChangePolicy(
        # Between packed and gone there is no state, so both words mean the same one here.
        cancel_until=None if cancellation.until == "never" else ShopOrderState.PACKING,
        cancel_within=None if cancellation.hours is None else timedelta(hours=cancellation.hours),
        return_days=returns.days,
        not_returned=frozenset(words.lower() for words in returns.excluded),
    )
