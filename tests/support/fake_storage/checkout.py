"""Codes, the accounts that hold caps, and redemptions, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from promo_engine.domain.benefits.scope import Scope
from promo_engine.domain.codes.codes import CodeState, HeldCode
from promo_engine.domain.codes.hosted_codes import SETTLED, HostedCode, HostedCodeState, shop_key
from promo_engine.domain.codes.redemptions import Redemption
from promo_engine.domain.offers.budgets import Account, AccountKind
from promo_engine.domain.offers.limits import Commitment
from tests.support.fake_storage.rows import AccountRow, ConstraintError, Rows


class FakeCodes:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def get(self, code: str, *, lock: bool = False) -> HeldCode | None:
        return self._rows.codes.get(code)

    async def move(self, code: str, state: CodeState, *, held_cents: int, customer_id: str | None) -> None:
        moved = replace(self._rows.codes[code], state=state, held_cents=held_cents, customer_id=customer_id)
        self._rows.codes[code] = moved

    async def due(self, *, at: datetime, promotion_id: str | None = None, limit: int) -> list[HeldCode]:
        found = [code for code in self._rows.codes.values() if code.is_due(at)]
        of_promotion = [code for code in found if promotion_id in (None, code.promotion_id)]
        return sorted(of_promotion, key=lambda code: code.expires_at)[:limit]

    async def has_pool(self, offer_id: str) -> bool:
        return bool(self._rows.pools.get(offer_id))

    async def take_from_pool(self, offer_id: str, *, decision_id: str) -> str | None:
        for code in self._rows.pools.get(offer_id, ()):
            if code not in self._rows.taken:
                self._rows.taken[code] = decision_id
                return code
        return None

    async def known(self, wanted: Sequence[str]) -> set[str]:
        pooled = {code for pool in self._rows.pools.values() for code in pool}
        return set(wanted) & (self._rows.codes.keys() | pooled)

    async def add_to_pool(self, offer_id: str, new_codes: Sequence[str]) -> None:
        if await self.known(new_codes):
            raise ConstraintError("a code is in a pool already")
        self._rows.pools[offer_id] = [*self._rows.pools.get(offer_id, ()), *new_codes]


class FakeBudgets:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def reserve(self, account: Account, *, cents: int) -> bool:
        self._rows.accounts.setdefault((account.kind, account.owner_id), AccountRow())
        return self._move(account, reserved_cents=cents, reserved_uses=1)

    async def spend(self, account: Account, *, reserved_cents: int, cents: int) -> bool:
        return self._move(account, reserved_cents=-reserved_cents, reserved_uses=-1, spent_cents=cents, spent_uses=1)

    async def release(self, kind: AccountKind, owner_id: str, *, uses: int, cents: int) -> None:
        row = self._rows.accounts[kind, owner_id]
        row.reserved_uses, row.reserved_cents = row.reserved_uses - uses, row.reserved_cents - cents
        row.check()

    async def refund(self, kind: AccountKind, owner_id: str, *, uses: int, cents: int) -> None:
        row = self._rows.accounts[kind, owner_id]
        row.spent_uses, row.spent_cents = row.spent_uses - uses, row.spent_cents - cents
        row.check()

    async def commitment(self, kind: AccountKind, owner_id: str) -> Commitment:
        row = self._rows.accounts.get((kind, owner_id), AccountRow())
        return Commitment(row.spent_cents, row.reserved_cents, row.reserved_uses + row.spent_uses)

    def _move(self, account: Account, **amounts: int) -> bool:
        key = (account.kind, account.owner_id)
        if key not in self._rows.accounts:
            return False
        row = replace(
            self._rows.accounts[key], budget_cents=account.limits.budget_cents, max_uses=account.limits.max_uses
        )
        for name, amount in amounts.items():
            setattr(row, name, getattr(row, name) + amount)
        try:
            row.check()
        except ConstraintError:
            return False
        self._rows.accounts[key] = row
        return True


class FakeRedemptions:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def get(self, redemption_id: str, *, lock: bool = False) -> Redemption | None:
        return self._rows.redemptions.get(redemption_id)

    async def of_order(self, order_id: str) -> Redemption | None:
        found = (redemption for redemption in self._rows.redemptions.values() if redemption.order_id == order_id)
        return next(found, None)

    async def add(self, redemption: Redemption, *, codes: Mapping[str, int]) -> bool:
        if await self.of_order(redemption.order_id) is not None:
            return False
        self._rows.redemptions[redemption.redemption_id] = redemption
        self._rows.redeemed_codes[redemption.redemption_id] = dict(codes)
        return True

    async def codes(self, redemption_id: str) -> dict[str, int]:
        costs = self._rows.redeemed_codes.get(redemption_id, {})
        return {
            code: costs[code] for code in sorted(costs, key=lambda code: (self._rows.codes[code].promotion_id, code))
        }

    async def cancel(self, redemption_id: str, *, at: datetime) -> None:
        self._rows.redemptions[redemption_id] = replace(self._rows.redemptions[redemption_id], cancelled_at=at)


class FakeHostedCodes:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def add(self, hosted: HostedCode) -> None:
        if hosted.code not in self._rows.codes or hosted.code in self._rows.hosted_codes:
            raise ConstraintError(f"code {hosted.code} cannot be hosted")
        self._rows.hosted_codes[hosted.code] = hosted

    async def get(self, code: str, *, lock: bool = False) -> HostedCode | None:
        return self._rows.hosted_codes.get(code)

    async def save(self, hosted: HostedCode) -> None:
        self._rows.hosted_codes[hosted.code] = hosted

    async def due(self, *, at: datetime, limit: int) -> list[str]:
        due = [
            (hosted.next_try_at, hosted.code)
            for hosted in self._rows.hosted_codes.values()
            if hosted.next_try_at is not None and hosted.next_try_at <= at
        ]
        return [code for _, code in sorted(due)][:limit]

    async def news(self, *, at: datetime, limit: int) -> list[str]:
        due = [
            (hosted.news_due_at, hosted.code)
            for hosted in self._rows.hosted_codes.values()
            if hosted.state in SETTLED and hosted.news_due_at is not None and hosted.news_due_at <= at
        ]
        return [code for _, code in sorted(due)][:limit]

    async def in_orders_of(self, source_id: str, codes: Collection[str]) -> list[HostedCode]:
        keys = {shop_key(code) for code in codes}
        return [
            hosted
            for _, hosted in sorted(self._rows.hosted_codes.items())
            if hosted.source_id == source_id and hosted.shop_key in keys
        ]

    async def products_in(self, scope: Scope, *, limit: int) -> dict[str, tuple[str, ...]]:
        inside = [
            name
            for name, row in sorted(self._rows.products.items())
            if row.category_id in scope.category_ids or name in scope.product_ids or row.brand in scope.brands
        ]
        return {name: (str(1000 + index),) for index, name in enumerate(inside[:limit])}

    async def counts(self) -> dict[HostedCodeState, int]:
        return dict(Counter(hosted.state for hosted in self._rows.hosted_codes.values()))
