"""Read promotions and offers from a YAML file, or say in one line what is wrong with it and where.

The file is a list of promotions, each with its offers:

    promotions:
      - id: everyday
        name: Everyday savings
        starts: -30d
        ends: +60d
        offers:
          - id: soft-drinks-15
            title: 15 % off soft drinks
            terms: On all soft drinks from an order value of 10.00.
            benefit: {kind: percentage, percent_basis_points: 1500}
            categories: [SOFT DRINKS]
            unit_cost_cents: 69
            eligibility: {min_baskets: 3, signed_in_only: true, bought_any_of: [SOFT DRINKS], min_basket_cents: 1000}

            condition: {any: [{segment: [club]}, {category_in_basket: [SOFT DRINKS]}]}
            exclusive_group: drinks

Everything from `categories` on but `unit_cost_cents` may be left out: the whole basket, for everyone, always. Beside
`categories` there are `products`, `brands`, `priority` and `margin_floor_basis_points`; docs/promotions.md explains
them all. An offer may have `starts` and `ends` of its own, inside those of its promotion. A time is a day
(`2026-12-31`), a moment with its zone (`2026-12-31T18:00:00Z`) or days from today (`-30d`, `+60d`), all in UTC; a day
starts at 00:00:00 and ends at 23:59:59.
"""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo, model_validator

from promo_engine.codecs.offer_codec import WrittenEligibility, WrittenOffer
from promo_engine.codecs.written_types import CategoryId
from promo_engine.domain.offers.offers import Offer
from promo_engine.domain.offers.promotions import Promotion
from promo_engine.files.yaml_errors import Fault, Location, faults_of, line_of, load

_RELATIVE_DAYS = re.compile(r"[+-]\d{1,4}d")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LAST_SECOND_OF_DAY = time(23, 59, 59)


class OfferFileError(ValueError):
    """The file cannot be used. The message is the first fault in one line; `faults` holds a line for each."""

    def __init__(self, path: Path, faults: Iterable[Fault]) -> None:
        self.faults = tuple(f"{path}:{fault.line}: {fault.message}" for fault in faults)
        more = len(self.faults) - 1
        super().__init__(self.faults[0] + (f" (and {more} more)" if more else ""))


@dataclass(frozen=True)
class OfferFile:
    """What one file holds, valid and with category names resolved."""

    promotions: tuple[Promotion, ...]
    offers: tuple[Offer, ...]


def read_offer_file(path: Path, *, category_ids: Mapping[str, int], now: datetime) -> OfferFile:
    """Read and check the whole file; relative days count from the UTC date of `now`.

    `category_ids` are the ids by the shop's own category names. Raises FileNotFoundError, OfferFileError, or
    ValueError for a `now` without a time zone.
    """
    if now.tzinfo is None:
        raise ValueError("now: a time zone is needed")
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such offer file")
    try:
        root, plain = load(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise OfferFileError(path, [Fault(line=1, message="this is not text in UTF-8")]) from error
    except yaml.YAMLError as error:
        raise OfferFileError(path, [Fault.of_yaml(error)]) from error
    category_id = partial(_category_id, category_ids)
    context = {"category_id": category_id, "today": now.astimezone(UTC).date()}
    try:
        written = _File.model_validate(plain, context=context)
    except ValidationError as error:
        name_entry = partial(_name_entry, plain)
        raise OfferFileError(path, faults_of(error, root, name_entry=name_entry)) from error
    faults = [Fault(line=line_of(root, location), message=message) for location, message in _cross_faults(written)]
    if faults:
        raise OfferFileError(path, faults)
    return OfferFile(
        promotions=tuple(promotion.promotion() for promotion in written.promotions),
        offers=tuple(
            offer.in_promotion(promotion, category_id=category_id)
            for promotion in written.promotions
            for offer in promotion.offers
        ),
    )


def _category_id(ids: Mapping[str, int], value: object) -> int:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not the name of a category")
    if value in ids:
        return ids[value]
    by_lower = {name.lower(): name for name in ids}
    near = [by_lower[name] for name in difflib.get_close_matches(value.lower(), by_lower, n=3, cutoff=0.5)]
    near = near or [name for lower, name in by_lower.items() if value.lower() in lower][:3]
    allowed = f"did you mean {' or '.join(near)}?" if near else f"allowed are the shop's {len(ids)} category names"
    raise ValueError(f"there is no category {value!r}; {allowed}")


def _moment(value: object, info: ValidationInfo, *, at: time) -> datetime:
    written = str(value)
    if _RELATIVE_DAYS.fullmatch(written):
        today: date = info.context["today"]  # type: ignore[index]  # read_offer_file always gives it
        return datetime.combine(today + timedelta(days=int(written[:-1])), at, UTC)
    with contextlib.suppress(ValueError):  # neither a day nor a moment: told below
        if _DAY.fullmatch(written):
            return datetime.combine(date.fromisoformat(written), at, UTC)
        moment = datetime.fromisoformat(written)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    raise ValueError(f"{written!r} is not a time; allowed are 2026-12-31, 2026-12-31T18:00:00Z, -30d, +60d")


def _start(value: object, info: ValidationInfo) -> datetime:
    return _moment(value, info, at=time(0, 0, 0))


def _end(value: object, info: ValidationInfo) -> datetime:
    return _moment(value, info, at=_LAST_SECOND_OF_DAY)


_Start = Annotated[datetime, BeforeValidator(_start)]
_End = Annotated[datetime, BeforeValidator(_end)]
_Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]


class _Strict(BaseModel):
    model_config = ConfigDict(str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_fields(cls, written: object) -> object:
        unknown = [str(key) for key in written if key not in cls.model_fields] if isinstance(written, dict) else []
        if unknown:
            raise ValueError(f"unknown field {unknown[0]!r}; allowed are {', '.join(cls.model_fields)}")
        return written


class _Identified(_Strict):
    id: _Id


class _Eligibility(WrittenEligibility, _Strict):
    pass


class _Offer(WrittenOffer, _Identified):
    eligibility: _Eligibility = _Eligibility()
    starts: _Start | None = None
    ends: _End | None = None

    def in_promotion(self, promotion: _Promotion, *, category_id: CategoryId) -> Offer:
        return self.offer(
            offer_id=self.id,
            promotion_id=promotion.id,
            starts_at=self.starts or promotion.starts,
            ends_at=self.ends or promotion.ends,
            category_id=category_id,
        )


class _Promotion(_Strict):
    id: _Id
    name: Annotated[str, Field(min_length=1, max_length=128)]
    starts: _Start
    ends: _End
    offers: Annotated[list[_Offer], Field(min_length=1)]

    def promotion(self) -> Promotion:
        return Promotion(promotion_id=self.id, name=self.name, starts_at=self.starts, ends_at=self.ends)


class _File(_Strict):
    promotions: Annotated[list[_Promotion], Field(min_length=1)]


def _cross_faults(file: _File) -> Iterable[tuple[Location, str]]:
    """Faults that no single field shows: ids used twice, times that do not fit each other."""
    seen: set[tuple[str, str]] = set()
    for i, promotion in enumerate(file.promotions):
        at: Location = ("promotions", i)
        if promotion.starts >= promotion.ends:
            yield (*at, "ends"), f"promotion {promotion.id}: ends: must lie after starts"
        if ("promotion", promotion.id) in seen:
            yield (*at, "id"), f"promotion {promotion.id}: id: is used twice; every promotion needs its own"
        seen.add(("promotion", promotion.id))
        for j, offer in enumerate(promotion.offers):
            here = (*at, "offers", j)
            if ("offer", offer.id) in seen:
                yield (*here, "id"), f"offer {offer.id}: id: is used twice; every offer needs its own"
            seen.add(("offer", offer.id))
            starts, ends = offer.starts or promotion.starts, offer.ends or promotion.ends
            if not promotion.starts <= starts < ends <= promotion.ends:
                window = f"{promotion.starts:%Y-%m-%d} to {promotion.ends:%Y-%m-%d}"
                yield here, f"offer {offer.id}: starts, ends: must lie in order and inside its promotion, {window}"


def _name_entry(plain: Any, location: Location) -> tuple[str, Location]:
    """The promotion or offer that a location lies in, by its id, and the rest of the location."""
    for prefix_length, word in ((4, "offer"), (2, "promotion")):
        if len(location) >= prefix_length and location[prefix_length - 2] == f"{word}s":
            entry = plain
            for step in location[:prefix_length]:
                entry = entry[step]
            name = entry.get("id") if isinstance(entry, dict) else None
            number = int(location[prefix_length - 1]) + 1
            return f"{word} {name if name is not None else f'number {number}'}: ", location[prefix_length:]
    return "", location
