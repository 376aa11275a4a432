"""The checkout over HTTP."""

from typing import Any

import pytest

from promo_engine.api.decisions import outcome_endpoints as outcomes
from tests.support.api_client import ApiClient


@pytest.fixture
def mostly_noughts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Codes of four random bits: 0000-0000-0000-000 and two characters more."""
    monkeypatch.setattr(outcomes, "ENTROPY_BITS", 4)


@pytest.fixture
async def basket(client: ApiClient) -> dict[str, Any]:
    """A basket with the code of an accepted offer."""
    request = {
        "conversation_id": "c-1",
        "request_id": "m-1",
        "customer_id": "anna",
        "conversation_context": {"trigger": "after_service"},
    }
    decision = await (await client.post("/v1/decisions", json=request)).json()
    answered = await client.post(
        f"/v1/decisions/{decision['decision_id']}/outcome", json={"conversation_id": "c-1", "outcome": "accepted"}
    )
    return {
        "customer_id": "anna",
        "currency": "EUR",
        "codes": [(await answered.json())["code"]],
        "lines": [{"line_id": "1", "product_id": "p-0", "quantity": 2, "unit_price_cents": 300}],
    }


async def test_quote_redeem_and_cancel(client: ApiClient, basket: dict[str, Any]) -> None:
    quote = await (await client.post("/v1/baskets/quote", json=basket)).json()
    assert (quote["discount_cents"], quote["total_cents"], quote["refused"]) == (90, 510, [])
    redeemed = await client.post("/v1/redemptions", json=basket | {"order_id": "w-1"})
    redemption = await redeemed.json()
    assert (redeemed.status, redemption["state"], redemption["quote"]) == (200, "redeemed", quote)
    path = f"/v1/redemptions/{redemption['redemption_id']}"
    assert await (await client.get(path)).json() == redemption
    cancelled = await (await client.post(f"{path}/cancel")).json()
    assert cancelled["state"] == "cancelled"
    assert await (await client.get(path)).json() == cancelled


@pytest.mark.parametrize(
    ("change", "status", "code", "field"),
    [
        ({"currency": "XXX"}, 400, "invalid_request", "currency"),
        ({"currency": "euro"}, 400, "invalid_request", "currency"),
        ({"lines": []}, 400, "invalid_request", "lines"),
        ({"customer_id": "nobody"}, 404, "unknown_customer", "customer_id"),
        ({"codes": []}, 400, "no_codes", "codes"),
        ({"codes": ["0000-0000-0000-0000-0"]}, 409, "code_not_applicable", "codes"),
        ({"order_id": "a\u0000"}, 400, "invalid_request", "order_id"),
    ],
)
async def test_what_cannot_be_redeemed(
    client: ApiClient, basket: dict[str, Any], *, change: dict[str, Any], status: int, code: str, field: str
) -> None:
    response = await client.post("/v1/redemptions", json=basket | {"order_id": "w-1"} | change)
    error = await response.json()
    assert (response.status, error["code"], error["field"]) == (status, code, field)


async def test_letters_that_look_alike_are_read_as_the_digits_they_stand_for(
    mostly_noughts: None, client: ApiClient, basket: dict[str, Any]
) -> None:
    """A code of noughts and ones, typed as people type them; a letter of another alphabet is named, not guessed."""
    code = basket["codes"][0]
    assert code.startswith("0000-0000-0000-000")
    typed = code.translate(str.maketrans("01", "Ol")).lower().replace("-", "  ")
    quote = await (await client.post("/v1/baskets/quote", json=basket | {"codes": [typed]})).json()
    assert [offer["code"] for offer in quote["applied"]] == [code]
    cyrillic = "\u0421" + code[1:]  # looks like a C
    refused = await (await client.post("/v1/baskets/quote", json=basket | {"codes": [cyrillic]})).json()
    assert refused["refused"] == [{"code": cyrillic, "reason": "No code has the character '\\u0421'"}]
    both = await (await client.post("/v1/baskets/quote", json=basket | {"codes": [code, typed]})).json()
    assert (len(both["applied"]), both["discount_cents"]) == (1, 90)


async def test_ten_thousand_lines_are_priced_and_one_more_is_refused(client: ApiClient, basket: dict[str, Any]) -> None:
    line = basket["lines"][0]
    many = [line | {"line_id": str(number), "quantity": 1} for number in range(10_000)]
    quote = await (await client.post("/v1/baskets/quote", json=basket | {"lines": many})).json()
    assert (quote["discount_cents"], len(quote["lines"])) == (45 * 10_000, 10_000)
    response = await client.post("/v1/baskets/quote", json=basket | {"lines": [*many, line]})
    assert (response.status, (await response.json())["field"]) == (400, "lines")
