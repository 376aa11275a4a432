"""The document follows from the endpoints."""

from __future__ import annotations

from aiohttp import web

from common.bodies import Body, Query, Reply
from common.endpoint import Endpoint, RawReply
from common.openapi import openapi_document


class NewThing(Body):
    customer_id: str


class Which(Query):
    limit: int = 10
    kind: str


class Thing(Reply):
    thing_id: str
    size: int = 1


async def make_thing(_request: web.Request, body: NewThing) -> Thing:
    return Thing(thing_id=body.customer_id)


async def show_thing(_request: web.Request) -> Thing:
    return Thing(thing_id="x")


async def list_things(_request: web.Request, _query: Which) -> web.Response:
    return web.Response()


DOCUMENT = openapi_document(
    [
        Endpoint("POST", "/things", "Make a thing", make_thing, Thing, body=NewThing, errors=(409, 400)),
        Endpoint("GET", "/things/{thing_id}", "Show a thing", show_thing, Thing, errors=(404,)),
        Endpoint("GET", "/things.csv", "All things", list_things, RawReply("a file", "text/csv"), query=Which),
    ],
    title="Things",
    version="1",
    phrases={404: "no thing"},
)


def test_bodies_replies_and_errors_refer_to_schemas() -> None:
    operation = DOCUMENT["paths"]["/things"]["post"]
    assert operation["operationId"] == "make_thing"
    assert list(operation["responses"]) == ["200", "400", "409"]
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/NewThing"}
    assert set(DOCUMENT["components"]["schemas"]) == {"ErrorBody", "NewThing", "Thing"}


def test_parameters_come_from_path_and_query() -> None:
    (in_path,) = DOCUMENT["paths"]["/things/{thing_id}"]["get"]["parameters"]
    assert (in_path["name"], in_path["in"], in_path["required"]) == ("thing_id", "path", True)
    parameters = DOCUMENT["paths"]["/things.csv"]["get"]["parameters"]
    assert [(parameter["name"], parameter.get("required", False)) for parameter in parameters] == [
        ("limit", False),
        ("kind", True),
    ]


def test_a_raw_reply_has_its_media_type() -> None:
    content = DOCUMENT["paths"]["/things.csv"]["get"]["responses"]["200"]["content"]
    assert content == {"text/csv": {"schema": {"type": "string"}}}


def test_what_makes_a_thing_links_to_what_shows_it() -> None:
    links = DOCUMENT["paths"]["/things"]["post"]["responses"]["200"]["links"]
    assert links == {
        "show_thing": {"operationId": "show_thing", "parameters": {"thing_id": "$response.body#/thing_id"}}
    }


def test_a_service_words_its_own_refusals() -> None:
    responses = DOCUMENT["paths"]["/things/{thing_id}"]["get"]["responses"]
    assert responses["404"]["description"] == "no thing"
