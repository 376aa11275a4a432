"""Every kind of error has a status and the one JSON shape."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from pydantic import BaseModel, ValidationError

from common import errors
from common.errors import ServiceError
from common.http_errors import STATUS, error_middleware, invalid

MIDDLEWARE = error_middleware(code_of=lambda status: f"code_{status}", failure="Something broke.")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def raising(error: Exception) -> Handler:
    async def handle(_request: web.Request) -> web.StreamResponse:
        raise error

    return handle


async def answer(error: Exception) -> web.Response:
    response = await MIDDLEWARE(make_mocked_request("GET", "/"), raising(error))
    assert isinstance(response, web.Response)
    return response


def kinds() -> list[type[ServiceError]]:
    return [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ServiceError)]


def test_every_kind_has_a_status() -> None:
    assert set(STATUS) == set(kinds()) - {ServiceError}


@pytest.mark.parametrize("kind", list(STATUS))
async def test_a_kind_is_answered_with_its_status_and_shape(kind: type[ServiceError]) -> None:
    response = await answer(kind("some_code", "A sentence.", field="name"))
    assert response.status == STATUS[kind]
    assert json.loads(response.text or "") == {"code": "some_code", "message": "A sentence.", "field": "name"}
    assert ("WWW-Authenticate" in response.headers) == (response.status == 401)


async def test_a_special_kind_has_the_status_of_its_parent() -> None:
    class Fleeting(errors.Unavailable):
        pass

    assert (await answer(Fleeting("down", "Down."))).status == 503


async def test_what_aiohttp_refuses_has_the_services_code_and_keeps_allow() -> None:
    response = await answer(web.HTTPMethodNotAllowed("PUT", ["GET"]))
    assert (response.status, json.loads(response.text or "")["code"]) == (405, "code_405")
    assert response.headers["Allow"] == "GET"


async def test_an_unexpected_exception_tells_nothing_of_itself() -> None:
    response = await answer(RuntimeError("secret"))
    assert (response.status, json.loads(response.text or "")["message"]) == (500, "Something broke.")


async def test_a_redirect_is_no_error() -> None:
    with pytest.raises(web.HTTPFound):
        await answer(web.HTTPFound("/elsewhere"))


def test_the_first_fault_of_a_schema_is_named_without_union_tags() -> None:
    class Inner(BaseModel):
        count: int

    class Outer(BaseModel):
        inner: Inner

    with pytest.raises(ValidationError) as refused:
        Outer.model_validate({"inner": {"count": "x"}})
    assert invalid(refused.value).field == "inner.count"
    assert invalid(refused.value, union_tags=frozenset({"inner"})).field == "count"
