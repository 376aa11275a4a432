"""GET /api/widget: what any page may know of the gateway before anybody chats; nothing about the shopper."""

from __future__ import annotations

from aiohttp import web

from gateway import keys
from gateway.conversations.write import trigger_rules


async def widget_settings(request: web.Request) -> web.Response:
    """The consent, limits and enabled proactive triggers."""
    settings = request.app[keys.SETTINGS]
    triggers = await request.app[keys.LOG].read(trigger_rules.all_triggers)
    body = {
        "consent_version": settings.consent_version,
        "privacy_url": settings.privacy_url,
        "message_length_limit": settings.message_length_limit,
        "triggers": [
            {"trigger_id": trigger["trigger_id"], **trigger["rule"]} for trigger in triggers if trigger["enabled"]
        ],
    }
    # Shops' pages on other origins read it; it holds nothing of any shopper.
    return web.json_response(body, headers={"Access-Control-Allow-Origin": "*"})
