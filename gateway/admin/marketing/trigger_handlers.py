"""Rules by which the widget speaks first, and what a page may know of the gateway before anybody chats.

    GET    /api/widget                           consent and rules, for any page; nothing about the shopper
    GET    /admin/api/triggers                   all rules
    PUT    /admin/api/triggers/{trigger_id}      add or replace one
    DELETE /admin/api/triggers/{trigger_id}

All that a rule asks for has to hold at once; then the engine is asked, which may decide for silence. Caps are counted
here by shopper, so that a cleared browser does not reset them for somebody who is signed in.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated

from aiohttp import web
from pydantic import Field, model_validator

from common.bodies import Body, read_body
from common.errors import InvalidRequest, NotFound
from gateway import keys
from gateway.admin.access.guard import Permission
from gateway.conversations.write import trigger_rules

DAY_S = 24 * 3600
Seconds = Annotated[int, Field(ge=1, le=DAY_S)]
ID_PATTERN = r"[a-z0-9-]{1,64}"


class Rule(Body):
    """What has to be so on the page, everything given at once; at least one."""

    url: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """The page's path and query; * stands for anything, so /basket* is every page below it."""
    seconds_on_page: Seconds | None = None
    scroll_percent: Annotated[int, Field(ge=1, le=100)] | None = None
    basket_from_cents: Annotated[int, Field(ge=1, le=10**9)] | None = None
    basket_left_s: Seconds | None = None
    """So many seconds without any touch of the page, something being in the basket."""
    exit_intent: bool = False
    """The pointer leaves the page at its top."""
    custom_event: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")] | None = None
    """The page says so: promobot.event(name)."""
    per_day: Annotated[int, Field(ge=1, le=20)] = 1
    """How often this rule may speak to one shopper in 24 hours."""

    @model_validator(mode="after")
    def _asks_for_something(self) -> Rule:
        if not self.model_dump(exclude_defaults=True, exclude={"per_day"}):
            raise ValueError("a rule needs at least one condition")
        return self


class TriggerBody(Body):
    """A rule, in force or not."""

    enabled: bool = True
    rule: Rule


def add_triggers(app: web.Application) -> None:
    """Serve the addresses above. Has to come before the console's own, which end in a catch-all."""
    app.router.add_get("/api/widget", widget_settings)
    one = f"/admin/api/triggers/{{trigger_id:{ID_PATTERN}}}"
    app.router.add_get("/admin/api/triggers", list_triggers)
    app.router.add_put(one, save_trigger)
    app.router.add_delete(one, remove_trigger)


async def widget_settings(request: web.Request) -> web.Response:
    """GET /api/widget."""
    settings = request.app[keys.SETTINGS]
    rules = await request.app[keys.LOG].read(trigger_rules.all_triggers)
    body = {
        "consent_version": settings.consent_version,
        "privacy_url": settings.privacy_url,
        "message_length_limit": settings.message_length_limit,
        "triggers": [{"trigger_id": one["trigger_id"], **one["rule"]} for one in rules if one["enabled"]],
    }
    # Shops' pages on other origins read it; it holds nothing of any shopper.
    return web.json_response(body, headers={"Access-Control-Allow-Origin": "*"})


async def list_triggers(request: web.Request) -> web.Response:
    """GET /admin/api/triggers."""
    await request.app[keys.GUARD].caller(request, Permission.READ)
    return web.json_response({"triggers": await request.app[keys.LOG].read(trigger_rules.all_triggers)})


async def save_trigger(request: web.Request) -> web.Response:
    """PUT /admin/api/triggers/{trigger_id}."""
    caller = await request.app[keys.GUARD].caller(request, Permission.CHANGE_OFFERS)
    body = await read_body(request, TriggerBody)
    trigger_id = request.match_info["trigger_id"]
    rule = body.rule.model_dump(exclude_defaults=True) | {"per_day": body.rule.per_day}
    if body.rule.url is not None and "*" not in body.rule.url and not body.rule.url.startswith("/"):
        raise InvalidRequest("invalid_request", "rule.url: begins with / or holds a *", field="rule.url")
    await request.app[keys.LOG].write(
        partial(
            trigger_rules.save_trigger,
            trigger_id=trigger_id,
            enabled=body.enabled,
            rule=rule,
            deed=caller.deed("save_trigger", trigger_id, enabled=body.enabled, rule=rule),
        )
    )
    return web.json_response({"trigger_id": trigger_id, "enabled": body.enabled, "rule": rule})


async def remove_trigger(request: web.Request) -> web.Response:
    """DELETE /admin/api/triggers/{trigger_id}."""
    caller = await request.app[keys.GUARD].caller(request, Permission.CHANGE_OFFERS)
    trigger_id = request.match_info["trigger_id"]
    removed = await request.app[keys.LOG].write(
        partial(trigger_rules.remove_trigger, trigger_id=trigger_id, deed=caller.deed("remove_trigger", trigger_id))
    )
    if not removed:
        raise NotFound("unknown_trigger", f"There is no rule {trigger_id}.", field="trigger_id")
    return web.json_response({"trigger_id": trigger_id})
