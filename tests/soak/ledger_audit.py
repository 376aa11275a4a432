"""The books of the engine: whatever happened, accounts, codes, outcomes and redemptions have to tell the same story."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, Select, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from promo_engine.storage.sqlite.in_place import READ_ONLY
from promo_engine.storage.tables import (
    budget_accounts,
    codes,
    offers,
    outcomes,
    pool_codes,
    promotions,
    redeemed_codes,
    redemptions,
)


@dataclass
class _Held:
    reserved_cents: int = 0
    spent_cents: int = 0
    reserved_uses: int = 0
    spent_uses: int = 0


@dataclass(frozen=True)
class LedgerAudit:
    """What one moment of the database says of codes and money."""

    codes: tuple[Row[Any], ...]
    """Codes with their promotion_id."""
    accounts: tuple[Row[Any], ...]
    limits: Mapping[tuple[str, str], Mapping[str, Any]]
    """By kind and owner of an account."""
    accepted: Mapping[str, str | None]
    """The code of every accepted decision, by decision_id."""
    pool: Mapping[str, str]
    """Taken pool codes and the decisions that took them."""
    redeemed: tuple[Row[Any], ...]
    """Redeemed codes with the state of their redemption and of the code."""
    pooled_offers: frozenset[str]
    damage: tuple[str, ...] = field(default=())
    """What the database's own check has found."""

    @property
    def granted(self) -> dict[str, str]:
        """The code of every decision that has one."""
        return {row.decision_id: row.code for row in self.codes}

    def faults(self) -> list[str]:
        """Say in one line each what does not fit together."""
        return [
            *self.damage,
            *self._account_faults(),
            *self._cap_faults(),
            *self._grant_faults(),
            *self._redemption_faults(),
        ]

    def _account_faults(self) -> Iterator[str]:
        """Money is conserved: an account holds what its codes hold, to the cent."""
        held: defaultdict[tuple[str, str], _Held] = defaultdict(_Held)
        for row in self.codes:
            for owner in (("promotion", row.promotion_id), ("offer", row.offer_id)):
                if row.state == "reserved":
                    held[owner].reserved_cents += row.held_cents
                    held[owner].reserved_uses += 1
                elif row.state == "redeemed":
                    held[owner].spent_cents += row.held_cents
                    held[owner].spent_uses += 1
        accounts = {(row.kind, row.owner_id): row for row in self.accounts}
        for owner in held.keys() | accounts.keys():
            account, ours = accounts.get(owner), held[owner]
            names = ours.__dataclass_fields__
            theirs = _Held() if account is None else _Held(*(getattr(account, name) for name in names))
            if theirs != ours:
                yield f"account {owner} holds {theirs}, its codes {ours}"

    def _cap_faults(self) -> Iterator[str]:
        for row in self.accounts:
            cents, uses = row.reserved_cents + row.spent_cents, row.reserved_uses + row.spent_uses
            if min(row.reserved_cents, row.spent_cents, row.reserved_uses, row.spent_uses) < 0:
                yield f"account {row.owner_id} holds less than nothing"
            limits = self.limits.get((row.kind, row.owner_id), {})
            for what, number in (("budget_cents", cents), ("max_uses", uses)):
                cap = limits.get(what)
                if cap is not None and number > cap:
                    yield f"account {row.owner_id} holds {number}, its {what} is {cap}"

    def _grant_faults(self) -> Iterator[str]:
        """Every acceptance has one code and every code one acceptance; a customer has one of each offer."""
        granted = self.granted
        if len(granted) != len(self.codes):
            yield "a decision has two codes"
        for decision_id in self.accepted.keys() ^ granted.keys():
            yield f"decision {decision_id} has an acceptance or a code, not both"
        per_customer = Counter((row.customer_id, row.offer_id) for row in self.codes if row.customer_id is not None)
        yield from (
            f"customer {who} has {count} codes of {what}" for (who, what), count in per_customer.items() if count > 1
        )
        for code, decision_id in self.pool.items():
            if granted.get(decision_id) != code:
                yield f"pool code {code} was taken for {decision_id}, which has {granted.get(decision_id)}"
        taken = set(self.pool)
        yield from (
            f"code {row.code} is not from its offer's pool"
            for row in self.codes
            if row.offer_id in self.pooled_offers and row.code not in taken
        )

    def _redemption_faults(self) -> Iterator[str]:
        """A code is used once, by a redemption that stands; a cancelled one has given back what it took."""
        used = {row.code: row for row in self.redeemed}
        for row in self.codes:
            redemption = used.get(row.code)
            if (row.state == "redeemed") != (redemption is not None and redemption.cancelled_at is None):
                yield f"code {row.code} is {row.state}, its redemption says otherwise"
            if redemption is not None and row.held_cents != redemption.cost_cents:
                yield f"code {row.code} holds {row.held_cents} cents, its redemption cost {redemption.cost_cents}"
            if redemption is not None and redemption.cancelled_at is not None and row.state != "released":
                yield f"code {row.code} is {row.state} after its redemption was cancelled"


async def read_books(database: AsyncEngine) -> LedgerAudit:
    """Read everything as of one moment, after the database has checked itself."""
    async with database.connect() as plain:
        sqlite = database.dialect.name == "sqlite"
        options: dict[str, Any] = {READ_ONLY: True} if sqlite else {"isolation_level": "REPEATABLE READ"}
        connection = await plain.execution_options(**options)
        async with connection.begin():
            return await _read(connection, damage=await _damage(connection) if sqlite else ())


async def _damage(connection: AsyncConnection) -> tuple[str, ...]:
    found = [row[0] for row in await connection.execute(text("PRAGMA integrity_check"))]
    broken = [f"foreign key: {tuple(row)}" for row in await connection.execute(text("PRAGMA foreign_key_check"))]
    return (*(line for line in found if line != "ok"), *broken)


async def _read(connection: AsyncConnection, *, damage: tuple[str, ...]) -> LedgerAudit:
    async def rows(query: Select[Any]) -> tuple[Row[Any], ...]:
        return tuple((await connection.execute(query)).all())

    held = select(codes, offers.c.promotion_id).join(offers, offers.c.offer_id == codes.c.offer_id)
    accepted = (
        select(outcomes.c.decision_id, codes.c.code)
        .outerjoin(codes, codes.c.decision_id == outcomes.c.decision_id)
        .where(outcomes.c.outcome == "accepted")
    )
    redeemed = select(redeemed_codes, redemptions.c.cancelled_at).join(
        redemptions, redemptions.c.redemption_id == redeemed_codes.c.redemption_id
    )
    pool = await rows(select(pool_codes))
    limits = {("promotion", row.promotion_id): row.limits for row in await rows(select(promotions))}
    limits |= {("offer", row.offer_id): row.limits for row in await rows(select(offers.c.offer_id, offers.c.limits))}
    return LedgerAudit(
        codes=await rows(held),
        accounts=await rows(select(budget_accounts)),
        limits=limits,
        accepted=dict(_pairs(await rows(accepted))),
        pool={row.code: row.decision_id for row in pool if row.decision_id is not None},
        redeemed=await rows(redeemed),
        pooled_offers=frozenset(row.offer_id for row in pool),
        damage=damage,
    )


def _pairs(rows: Iterable[Row[Any]]) -> Iterator[tuple[Any, Any]]:
    return ((row[0], row[1]) for row in rows)
