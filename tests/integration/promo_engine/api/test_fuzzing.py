"""schemathesis against the OpenAPI document: whatever is sent, the engine itself does not fail."""

from tests.soak.fuzzing import schemathesis
from tests.support.api_client import ApiClient


async def test_no_request_makes_the_engine_fail(client: ApiClient) -> None:
    count, wrong = await schemathesis(str(client.make_url("")).rstrip("/"), examples=8, seed=1)
    assert wrong == ""
    assert count > 500
