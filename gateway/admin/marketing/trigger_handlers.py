"""Proactive triggers: rules by which the widget speaks first.

All conditions of a rule have to hold at once; then the engine is asked, which may decide for no offer. Caps are counted
by shopper in the log, so that a cleared browser does not reset them for somebody who is signed in.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Annotated, Any

from aiohttp import web

from common.bodies import Body, Reply
from common.errors import NotFound
from gateway import keys
from gateway.admin.access.permissions import Caller
from gateway.admin.admin_endpoint import DescribedAs, IsoTime, reply_of
from gateway.conversations.write import trigger_rules
from gateway.web.trigger_rule import TriggerRule

TRIGGER_ID = re.compile(r"[a-z0-9-]{1,64}")
RuleJson = Annotated[dict[str, Any], DescribedAs(TriggerRule)]


class TriggerBody(Body):
    """A rule, in force or not."""

    enabled: bool = True
    rule: TriggerRule


class SavedTrigger(Reply):
    """A trigger as it was saved."""

    trigger_id: str
    enabled: bool
    rule: RuleJson


class Trigger(SavedTrigger):
    """A trigger and who changed it last."""

    changed_at: IsoTime
    changed_by: str


class Triggers(Reply):
    """All triggers, by id."""

    triggers: list[Trigger]


class TriggerId(Reply):
    """A trigger that was removed."""

    trigger_id: str


async def list_triggers(request: web.Request, _caller: Caller) -> Triggers:
    """All proactive triggers, by id."""
    return reply_of(Triggers, {"triggers": await request.app[keys.LOG].read(trigger_rules.all_triggers)})


async def save_trigger(request: web.Request, caller: Caller, body: TriggerBody) -> SavedTrigger:
    """Add or replace a proactive trigger."""
    trigger_id = _trigger_id(request)
    rule = body.rule.model_dump(exclude_defaults=True) | {"per_day": body.rule.per_day}
    await request.app[keys.LOG].write(
        partial(
            trigger_rules.save_trigger,
            trigger_id=trigger_id,
            enabled=body.enabled,
            rule=rule,
            entry=caller.entry("save_trigger", trigger_id, enabled=body.enabled, rule=rule),
        )
    )
    return SavedTrigger(trigger_id=trigger_id, enabled=body.enabled, rule=rule)


async def remove_trigger(request: web.Request, caller: Caller) -> TriggerId:
    """Remove a proactive trigger. Raises NotFound (`unknown_trigger`)."""
    trigger_id = _trigger_id(request)
    removed = await request.app[keys.LOG].write(
        partial(trigger_rules.remove_trigger, trigger_id=trigger_id, entry=caller.entry("remove_trigger", trigger_id))
    )
    if not removed:
        raise NotFound("unknown_trigger", f"There is no rule {trigger_id}.", field="trigger_id")
    return TriggerId(trigger_id=trigger_id)


def _trigger_id(request: web.Request) -> str:
    """The id in the path. Raises NotFound for an id that no trigger can have."""
    trigger_id = request.match_info["trigger_id"]
    if not TRIGGER_ID.fullmatch(trigger_id):
        raise NotFound("not_found", "There is nothing here.")
    return trigger_id
