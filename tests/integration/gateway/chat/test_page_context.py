"""What the shop's page says of where the shopper shops reaches the bot; a signed currency counts before it."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from tests.integration.gateway.played_servers import BotServer
from tests.integration.gateway.running_gateway import TOKEN_SECRET, Gateway

CONTEXT: dict[str, Any] = {
    "currency": "EUR",
    "country": "DE",
    "channel": "web",
    "basket": [{"variant_id": "tent/green", "quantity": 2, "unit_price_cents": 44_900}],
}


async def test_the_page_s_context_goes_with_every_turn_until_it_changes(gateway: Gateway, bot: BotServer) -> None:
    widget, _ = await gateway.chat()
    await widget.say("hello")
    await widget.send(type="context", **CONTEXT)
    await widget.say("what do you have for me")
    await widget.send(type="context", country="AT", basket=[{"variant_id": "mug"}])
    await widget.say("and now")
    assert [request["metadata"]["context"] for request in bot.requests] == [
        {},
        CONTEXT,
        {"country": "AT", "basket": [{"variant_id": "mug", "quantity": 1}]},
    ]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"currency": "EURO"}, "currency"),
        ({"currency": "eur"}, "currency"),
        ({"country": "Germany"}, "country"),
        ({"channel": "a b"}, "channel"),
        ({"colour": "red"}, "colour"),
        ({"basket": [{"variant_id": ""}]}, "basket.0.variant_id"),
        ({"basket": [{"variant_id": "a", "quantity": 0}]}, "basket.0.quantity"),
        ({"basket": [{"variant_id": "a", "unit_price_cents": -1}]}, "basket.0.unit_price_cents"),
        ({"basket": [{"variant_id": "a"}] * 101}, "basket"),
    ],
)
async def test_a_wrong_context_is_refused_in_one_line_and_changes_nothing(
    gateway: Gateway, bot: BotServer, wrong: dict[str, Any], field: str
) -> None:
    widget, _ = await gateway.chat()
    await widget.send(type="context", **CONTEXT)
    await widget.send(type="context", **CONTEXT | wrong)
    refusal = (await widget.until("error"))[-1]
    assert (refusal["code"], refusal["field"]) == ("invalid_context", field)
    assert "\n" not in refusal["message"]
    await widget.say("hello")
    assert bot.requests[0]["metadata"]["context"] == CONTEXT


async def test_a_currency_that_the_shop_signed_counts_before_the_page_s(gateway: Gateway, bot: BotServer) -> None:
    claims = jwt.decode(await gateway.token(), options={"verify_signature": False})
    for currency, welcomed in (("GBP", True), ("POUNDS", False)):
        signed = claims | {"iss": "shop", "currency": currency}
        token = jwt.encode(signed, TOKEN_SECRET, algorithm="HS256")
        widget = await gateway.widget()
        answer = await widget.hello(token)
        assert (answer["type"] == "welcome") is welcomed
        if welcomed:
            await widget.send(type="context", **CONTEXT)
            await widget.say("hello")
    assert bot.requests[0]["metadata"]["context"] == CONTEXT | {"currency": "GBP"}
