"""Items in requests, and what became of each in replies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import GetJsonSchemaHandler, TypeAdapter
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from promo_engine.api.http.endpoint import Reply
from promo_engine.codecs.shop_item_codec import adapter_of
from promo_engine.ports.shop.shop_repository import ItemAnswer, StoreResult


class ItemAnswerReply(Reply):
    """What became of one item."""

    kind: Literal["category", "product", "price", "stock", "order", "customer"]
    id: str
    result: StoreResult
    field: str | None
    reason: str | None


def answer_reply(kind: Any, answer: ItemAnswer) -> ItemAnswerReply:
    """Write an answer."""
    return ItemAnswerReply(
        kind=kind, id=answer.key, result=answer.result, field=answer.field or None, reason=answer.reason or None
    )


@dataclass(frozen=True)
class ReadLater:
    """Annotation of JSON that the codec reads item by item, so that a wrong one refuses nothing but itself; the OpenAPI
    document describes it as the codec does."""

    kind: type[Any]

    def __get_pydantic_core_schema__(self, _source: Any, _handler: Callable[[Any], CoreSchema]) -> CoreSchema:
        return core_schema.any_schema()

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        adapter: TypeAdapter[Any] = adapter_of(self.kind)
        return handler(adapter.core_schema)
