"""Every request the console makes, with the permission it needs; and the pages themselves."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from common.errors import NotFound, StartError
from gateway import keys
from gateway.admin.access import account_handlers, people_handlers
from gateway.admin.access.guard import Caller, Permission
from gateway.admin.inbox import conversation_handlers, takeover_handlers, view_handlers
from gateway.admin.language import language_handlers
from gateway.admin.marketing import offer_handlers, policy_handlers, studio_handlers
from gateway.admin.monitoring import results_handlers, system_handlers

Guarded = Callable[[web.Request, Caller], Awaitable[web.StreamResponse]]

_ONE = "/admin/api/conversations/{conversation_id}"
ROUTES: tuple[tuple[str, str, Guarded, Permission], ...] = (
    ("POST", "/admin/api/logout", account_handlers.log_out, Permission.READ),
    ("PUT", "/admin/api/me/password", account_handlers.change_own_password, Permission.READ),
    ("GET", "/admin/api/conversations", conversation_handlers.list_conversations, Permission.READ),
    ("GET", "/admin/api/export.csv", conversation_handlers.export, Permission.EXPORT),
    ("GET", "/admin/api/facets", conversation_handlers.list_facets, Permission.READ),
    ("GET", "/admin/api/pulse", conversation_handlers.pulse, Permission.READ),
    ("GET", _ONE, conversation_handlers.show_conversation, Permission.READ),
    ("PUT", f"{_ONE}/tags/{{tag}}", conversation_handlers.add_tag, Permission.ANNOTATE),
    ("DELETE", f"{_ONE}/tags/{{tag}}", conversation_handlers.remove_tag, Permission.ANNOTATE),
    ("PUT", f"{_ONE}/flag", conversation_handlers.set_flag, Permission.ANNOTATE),
    ("PUT", f"{_ONE}/assignee", conversation_handlers.assign, Permission.ANNOTATE),
    ("PUT", f"{_ONE}/messages/{{message_id}}/meaning", language_handlers.correct_message, Permission.ANNOTATE),
    ("GET", f"{_ONE}/story.yml", language_handlers.export_story, Permission.EXPORT),
    ("POST", f"{_ONE}/notes", conversation_handlers.add_note, Permission.ANNOTATE),
    ("PUT", f"{_ONE}/takeover", takeover_handlers.take_over, Permission.TAKE_OVER),
    ("DELETE", f"{_ONE}/takeover", takeover_handlers.hand_back, Permission.TAKE_OVER),
    ("POST", f"{_ONE}/messages", takeover_handlers.say, Permission.TAKE_OVER),
    ("GET", "/admin/api/decisions/{decision_id}", conversation_handlers.show_decision, Permission.READ),
    ("GET", "/admin/api/decisions/{decision_id}/explanation", conversation_handlers.explain_decision, Permission.READ),
    ("GET", "/admin/api/offers", offer_handlers.list_offers, Permission.READ),
    ("POST", "/admin/api/offers", offer_handlers.create_offer, Permission.CHANGE_OFFERS),
    ("PUT", "/admin/api/offers/{offer_id}", offer_handlers.change_offer, Permission.CHANGE_OFFERS),
    ("POST", "/admin/api/offers/{offer_id}/transitions", offer_handlers.move_offer, Permission.CHANGE_OFFERS),
    ("POST", "/admin/api/promotions", offer_handlers.create_promotion, Permission.CHANGE_OFFERS),
    ("GET", "/admin/api/promotions/{promotion_id}", offer_handlers.show_promotion, Permission.READ),
    ("PUT", "/admin/api/promotions/{promotion_id}", offer_handlers.change_promotion, Permission.CHANGE_OFFERS),
    (
        "POST",
        "/admin/api/promotions/{promotion_id}/transitions",
        offer_handlers.move_promotion,
        Permission.CHANGE_OFFERS,
    ),
    ("GET", "/admin/api/language/inbox", language_handlers.inbox, Permission.READ),
    ("GET", "/admin/api/language/clusters", language_handlers.clusters, Permission.READ),
    ("GET", "/admin/api/language/confusions", language_handlers.confusions, Permission.READ),
    ("GET", "/admin/api/language/intents", language_handlers.intents, Permission.READ),
    ("GET", "/admin/api/language/examples", language_handlers.examples, Permission.READ),
    ("POST", "/admin/api/language/examples", language_handlers.add_example, Permission.ANNOTATE),
    ("DELETE", "/admin/api/language/corrections/{correction_id}", language_handlers.remove, Permission.ANNOTATE),
    ("GET", "/admin/api/language/corrections.yml", language_handlers.export_training_data, Permission.EXPORT),
    ("GET", "/admin/api/views", view_handlers.list_views, Permission.READ),
    ("PUT", "/admin/api/views", view_handlers.save_view, Permission.READ),
    ("DELETE", "/admin/api/views", view_handlers.remove_view, Permission.READ),
    ("GET", "/admin/api/colleagues", conversation_handlers.list_colleagues, Permission.READ),
    ("GET", "/admin/api/people", people_handlers.list_people, Permission.MANAGE),
    ("POST", "/admin/api/people", people_handlers.add_person, Permission.MANAGE),
    ("PUT", "/admin/api/people/{name}", people_handlers.change_person, Permission.MANAGE),
    ("GET", "/admin/api/results", results_handlers.show_results, Permission.READ),
    ("GET", "/admin/api/policies", policy_handlers.list_policies, Permission.READ),
    ("GET", "/admin/api/policies/{version}/verdict", policy_handlers.judge, Permission.READ),
    ("POST", "/admin/api/policies/{version}/promotion", policy_handlers.promote, Permission.MANAGE),
    ("POST", "/admin/api/policy-rollbacks", policy_handlers.roll_back, Permission.MANAGE),
    ("GET", "/admin/api/user-models", policy_handlers.list_user_models, Permission.READ),
    ("POST", "/admin/api/user-models/{model_version}/promotion", policy_handlers.promote_user_model, Permission.MANAGE),
    ("POST", "/admin/api/user-model-rollbacks", policy_handlers.roll_back_user_model, Permission.MANAGE),
    ("GET", "/admin/api/strategy/documents", studio_handlers.list_documents, Permission.READ),
    ("GET", "/admin/api/strategy/documents/{name}", studio_handlers.show_document, Permission.READ),
    ("GET", "/admin/api/strategy/job", studio_handlers.show_job, Permission.READ),
    ("POST", "/admin/api/strategy/job", studio_handlers.start_job, Permission.CHANGE_OFFERS),
    ("DELETE", "/admin/api/strategy/job", studio_handlers.cancel_job, Permission.CHANGE_OFFERS),
    ("GET", "/admin/api/strategy/plans", studio_handlers.list_plans, Permission.READ),
    ("GET", "/admin/api/strategy/plans/{plan_id}", studio_handlers.show_plan, Permission.READ),
    ("POST", "/admin/api/strategy/plans/{plan_id}/approval", studio_handlers.approve_plan, Permission.CHANGE_OFFERS),
    ("POST", "/admin/api/strategy/plans/{plan_id}/stop", studio_handlers.stop_plan, Permission.CHANGE_OFFERS),
    ("POST", "/admin/api/strategy/plans/{plan_id}/watch", studio_handlers.watch_plan, Permission.CHANGE_OFFERS),
    ("GET", "/admin/api/system", system_handlers.show_system, Permission.READ),
    ("GET", "/admin/api/audit", system_handlers.show_audit, Permission.MANAGE),
)


def add_console(app: web.Application, folder: Path) -> None:
    """Serve the API and the built pages under /admin. Raises StartError if they are not built."""
    app.router.add_post("/admin/api/login", account_handlers.log_in)
    app.router.add_get("/admin/api/me", account_handlers.me)
    for method, path, handler, permission in ROUTES:
        # Not allow_head: a HEAD would do all the work of a GET for nothing. aiohttp's own {name} takes no braces, which
        # a tag may have.
        app.router.add_route(method, re.sub(r"{(\w+)}", r"{\1:[^/]+}", path), _guarded(handler, permission))
    app.router.add_route("*", "/admin/api/{rest:.*}", _nothing)
    index = folder / "index.html"
    if not index.is_file():
        raise StartError(f"The gateway cannot start: {folder} has no index.html. `make setup` builds the console.")

    async def page(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(index)

    if (folder / "assets").is_dir():
        app.router.add_static("/admin/assets", folder / "assets")
    app.router.add_get("/admin", page)
    # The pages' own addresses: which of them is shown the script decides.
    app.router.add_get("/admin/{rest:.*}", page)


def _guarded(handler: Guarded, permission: Permission) -> Handler:
    async def guarded(request: web.Request) -> web.StreamResponse:
        caller = await request.app[keys.GUARD].caller(request, permission)
        return await handler(request, caller)

    return guarded


async def _nothing(_request: web.Request) -> web.StreamResponse:
    raise NotFound("not_found", "There is nothing here.")
