"""The bot's messages as they are logged and shown."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from common.clock import iso, utc_now
from common.errors import Unavailable
from common.money.currencies import DECIMALS
from gateway.clients.bot_client import (
    BotMessage,
    OfferBlock,
    OrderBlock,
    OutcomeBlock,
    ProofBlock,
    QuotedProductsBlock,
)
from gateway.conversations.records import Button, Message

Block = TypeVar("Block", OfferBlock, OrderBlock, OutcomeBlock, ProofBlock, QuotedProductsBlock)


def new_message_id() -> str:
    """A message's id, also the bot's and the engine's key for doing things once."""
    return f"m-{secrets.token_hex(12)}"


def shown_message(message: BotMessage) -> Message | None:
    """The bot's message as it is logged and shown, its payloads behind new tokens; None if there is nothing to show."""
    custom = message.custom or {}
    offer = _offer(custom) if message.kind == "offer" else None
    outcome = _outcome(custom) if message.kind == "outcome" else None
    quoted = _quoted(custom) if message.kind in ("companions", "products") else None
    shipments = _shipments(custom) if message.kind == "order" else None
    if not message.text and not message.buttons and offer is None:
        return None
    return Message(
        message_id=new_message_id(),
        seq=0,
        sender="bot",
        text=message.text or "",
        created_at=utc_now(),
        buttons=[
            Button(token=secrets.token_urlsafe(18), title=button.title, payload=button.payload)
            for button in message.buttons
        ],
        offer=offer,
        outcome=outcome,
        also_bought=quoted,
        shipments=shipments,
        proof_form=_proof_form(custom) if message.kind == "proof" else None,
        decision_id=decision_of(message),
    )


def decision_of(message: BotMessage) -> str | None:
    """The engine's decision behind a message, also a decision for no offer."""
    decision_id = (message.custom or {}).get("decision_id")
    return decision_id if isinstance(decision_id, str) else None


def _offer(custom: Mapping[str, Any]) -> dict[str, Any]:
    block = _checked(OfferBlock, custom)
    return {
        **block.offer,
        "decision_id": block.decision_id,
        "explanation": block.explanation,
        "currency": block.currency,
        "decimals": DECIMALS.get(block.currency or "", 2),
        "products": [product.model_dump() for product in block.products],
    }


def _outcome(custom: Mapping[str, Any]) -> dict[str, Any]:
    block = _checked(OutcomeBlock, custom)
    expires_at = block.code_expires_at
    return {
        "decision_id": block.decision_id,
        "outcome": block.outcome,
        "code": block.code,
        "code_expires_at": None if expires_at is None else iso(expires_at),
    }


def _proof_form(custom: Mapping[str, Any]) -> dict[str, str]:
    return {"order_number": _checked(ProofBlock, custom).order_number}


def _shipments(custom: Mapping[str, Any]) -> list[dict[str, str]] | None:
    return [parcel.model_dump() for parcel in _checked(OrderBlock, custom).shipments] or None


def _quoted(custom: Mapping[str, Any]) -> dict[str, Any]:
    """In the shape of an offer's products, so that the widget draws both alike; no offer lowers these prices."""
    block = _checked(QuotedProductsBlock, custom)
    products = [
        {
            **product.model_dump(include={"product_id", "name", "variant_id", "url", "image_url", "in_stock"}),
            "quantity": 1,
            "before_cents": product.price_cents,
            "after_cents": product.price_cents,
            "is_lowest": product.highest_cents is not None and product.highest_cents > (product.price_cents or 0),
        }
        for product in block.products
    ]
    return {"currency": block.currency, "decimals": DECIMALS.get(block.currency, 2), "products": products}


def _checked(kind: type[Block], custom: Mapping[str, Any]) -> Block:
    try:
        return kind.model_validate(custom)
    except ValidationError as error:
        raise Unavailable("bot_unavailable", f"the bot's message breaks the contract: {error.errors()[:1]}") from error
