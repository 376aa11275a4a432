"""Which rows are a customer's: every column of every table that names one.

A test compares these lists with the columns of all tables: a new table of customers has to be added here.
"""

from __future__ import annotations

from sqlalchemy import Column, ColumnElement, Table, or_

from promo_engine.storage.tables import (
    change_requests,
    codes,
    customer_aliases,
    customer_events,
    customer_states,
    decisions,
    metadata,
    offer_encounters,
    orders,
    past_promotion_redemptions,
    past_promotion_targetings,
    promotion_refusals,
    redemptions,
)

MOVED: tuple[Table, ...] = (
    orders,
    customer_events,
    decisions,
    redemptions,
    past_promotion_redemptions,
    customer_aliases,
    codes,
    past_promotion_targetings,
    change_requests,
)
"""Go with the customer when two turn out to be one."""
UNIQUE: dict[Table, Column[str]] = {
    codes: codes.c.offer_id,
    past_promotion_targetings: past_promotion_targetings.c.past_promotion_id,
}
"""Of these a customer has one row a value: where both have one, the row of the customer who goes stays behind."""
RENAMED: tuple[Table, ...] = (decisions, codes, redemptions, past_promotion_redemptions)
"""Keep what they are for learning and for the books, under a random id, when a customer is forgotten."""
DELETED: tuple[Table, ...] = (customer_events, customer_states, customer_aliases, past_promotion_targetings)
"""Go when a customer is forgotten."""
SUBJECTS: tuple[Table, ...] = (offer_encounters, promotion_refusals)
"""Name a customer as `customer:ID` in `subject`."""


def subject_of(customer_id: str) -> str:
    """How limits and refusals name a customer."""
    return f"customer:{customer_id}"


def tables_of_customers() -> set[Table]:
    """Every table that names a customer, beside that of customers."""
    return {table for table in metadata.sorted_tables if "customer_id" in table.c and table.name != "customers"}


def tables_of_orders() -> list[Table]:
    """Every table with a foreign key to orders, children first."""
    pointing = _pointing_at("orders.order_id")
    return [table for table in reversed(metadata.sorted_tables) if table in pointing]


def any_of(column: Column[str], values: tuple[str, ...]) -> ColumnElement[bool]:
    """Whether a column holds one of a person's few identifiers."""
    return or_(*(column == value for value in values))


def _pointing_at(target: str) -> set[Table]:
    return {table for table in metadata.sorted_tables for key in table.foreign_keys if key.target_fullname == target}
