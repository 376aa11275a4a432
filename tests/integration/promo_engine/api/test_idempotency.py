"""Writes that are sent twice under one `Idempotency-Key`."""

from typing import Any

import pytest

from tests.integration.promo_engine.api.test_promotions import WINTER
from tests.support.api_client import ApiClient

URL = "/v1/promotions"


async def post(client: ApiClient, body: Any, *, key: str, actor: str = "eve") -> tuple[int, Any, str | None]:
    response = await client.post(URL, json=body, headers={"Idempotency-Key": key, "X-Actor": actor})
    return response.status, await response.json(), response.headers.get("ETag")


async def test_the_same_request_gets_the_same_reply_and_another_one_is_refused(client: ApiClient) -> None:
    first = await post(client, WINTER, key="k-1")
    assert first[0] == 200
    assert first[2] is not None
    assert await post(client, WINTER, key="k-1") == first
    assert (await post(client, WINTER, key="k-2"))[1]["code"] == "promotion_exists"
    for other in (
        await post(client, WINTER | {"name": "X"}, key="k-1"),
        await post(client, WINTER, key="k-1", actor="a"),
    ):
        assert (other[0], other[1]["code"]) == (409, "idempotency_key_reused")


async def test_a_refused_request_leaves_its_key_free(client: ApiClient) -> None:
    inverted = WINTER | {"ends_at": WINTER["starts_at"]}
    assert (await post(client, inverted, key="k-1"))[0] == 400
    assert (await post(client, WINTER, key="k-1"))[0] == 200


@pytest.mark.parametrize("key", ["", "k" * 129, "caf\u00e9"])
async def test_a_key_that_cannot_be(client: ApiClient, key: str) -> None:
    status, error, _ = await post(client, WINTER, key=key)
    assert (status, error["field"]) == (400, "Idempotency-Key")
