"""Callers by a shared secret."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request

from common.caller_auth import holds_bearer_token, same_secret
from common.errors import Unauthorized


def test_only_equal_secrets_are_the_same() -> None:
    assert same_secret("abc", "abc")
    assert not same_secret("abd", "abc")
    assert not same_secret("\ud800", "abc"), "half a surrogate is no reason to fail"


def test_a_bearer_token_is_read_from_the_header() -> None:
    assert holds_bearer_token(make_mocked_request("GET", "/", headers={"Authorization": "bearer  token "}), "token")
    assert not holds_bearer_token(make_mocked_request("GET", "/"), "token")


@pytest.mark.parametrize("header", ["Bearer wrong", "Basic token", "token", "Bearer"])
def test_a_wrong_token_is_refused_and_not_taken_for_none(header: str) -> None:
    with pytest.raises(Unauthorized):
        holds_bearer_token(make_mocked_request("GET", "/", headers={"Authorization": header}), "token")
