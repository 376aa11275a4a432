"""Every request the console makes, with the permission it needs; and the pages themselves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from gateway import keys
from gateway.console import (
    conversations,
    language,
    offers,
    people,
    policies,
    results,
    sign_in,
    studio,
    system,
    takeover,
    views,
)
from gateway.console.guard import Caller, Permission
from gateway.errors import NotFound, StartError

Guarded = Callable[[web.Request, Caller], Awaitable[web.StreamResponse]]

_ONE = "/admin/api/conversations/{conversation_id}"
ROUTES: tuple[tuple[str, str, Guarded, Permission], ...] = (
    ("POST", "/admin/api/logout", sign_in.log_out, Permission.READ),
    ("PUT", "/admin/api/me/password", sign_in.change_own_password, Permission.READ),
    ("GET", "/admin/api/conversations", conversations.list_conversations, Permission.READ),
    ("GET", "/admin/api/export.csv", conversations.export, Permission.EXPORT),
    ("GET", "/admin/api/facets", conversations.list_facets, Permission.READ),
    ("GET", "/admin/api/pulse", conversations.pulse, Permission.READ),
    ("GET", _ONE, conversations.show_conversation, Permission.READ),
    ("PUT", f"{_ONE}/tags/{{tag}}", conversations.add_tag, Permission.ANNOTATE),
    ("DELETE", f"{_ONE}/tags/{{tag}}", conversations.remove_tag, Permission.ANNOTATE),
    ("PUT", f"{_ONE}/flag", conversations.set_flag, Permission.ANNOTATE),
    ("PUT", f"{_ONE}/assignee", conversations.assign, Permission.ANNOTATE),
    ("PUT", f"{_ONE}/messages/{{message_id}}/meaning", language.correct_message, Permission.ANNOTATE),
    ("GET", f"{_ONE}/story.yml", language.export_story, Permission.EXPORT),
    ("POST", f"{_ONE}/notes", conversations.add_note, Permission.ANNOTATE),
    ("PUT", f"{_ONE}/takeover", takeover.take_over, Permission.TAKE_OVER),
    ("DELETE", f"{_ONE}/takeover", takeover.hand_back, Permission.TAKE_OVER),
    ("POST", f"{_ONE}/messages", takeover.say, Permission.TAKE_OVER),
    ("GET", "/admin/api/decisions/{decision_id}", conversations.show_decision, Permission.READ),
    ("GET", "/admin/api/decisions/{decision_id}/explanation", conversations.explain_decision, Permission.READ),
    ("GET", "/admin/api/offers", offers.list_offers, Permission.READ),
    ("POST", "/admin/api/offers", offers.create_offer, Permission.CHANGE_OFFERS),
    ("PUT", "/admin/api/offers/{offer_id}", offers.change_offer, Permission.CHANGE_OFFERS),
    ("POST", "/admin/api/offers/{offer_id}/transitions", offers.move_offer, Permission.CHANGE_OFFERS),
    ("POST", "/admin/api/promotions", offers.create_promotion, Permission.CHANGE_OFFERS),
    ("GET", "/admin/api/promotions/{promotion_id}", offers.show_promotion, Permission.READ),
    ("PUT", "/admin/api/promotions/{promotion_id}", offers.change_promotion, Permission.CHANGE_OFFERS),
    ("POST", "/admin/api/promotions/{promotion_id}/transitions", offers.move_promotion, Permission.CHANGE_OFFERS),
    ("GET", "/admin/api/language/inbox", language.inbox, Permission.READ),
    ("GET", "/admin/api/language/clusters", language.clusters, Permission.READ),
    ("GET", "/admin/api/language/confusions", language.confusions, Permission.READ),
    ("GET", "/admin/api/language/intents", language.intents, Permission.READ),
    ("GET", "/admin/api/language/examples", language.examples, Permission.READ),
    ("POST", "/admin/api/language/examples", language.add_example, Permission.ANNOTATE),
    ("DELETE", "/admin/api/language/corrections/{correction_id}", language.remove, Permission.ANNOTATE),
    ("GET", "/admin/api/language/corrections.yml", language.export_training_data, Permission.EXPORT),
    ("GET", "/admin/api/views", views.list_views, Permission.READ),
    ("PUT", "/admin/api/views", views.save_view, Permission.READ),
    ("DELETE", "/admin/api/views", views.remove_view, Permission.READ),
    ("GET", "/admin/api/colleagues", conversations.list_colleagues, Permission.READ),
    ("GET", "/admin/api/people", people.list_people, Permission.MANAGE),
    ("POST", "/admin/api/people", people.add_person, Permission.MANAGE),
    ("PUT", "/admin/api/people/{name}", people.change_person, Permission.MANAGE),
    ("GET", "/admin/api/results", results.show_results, Permission.READ),
    ("GET", "/admin/api/policies", policies.list_policies, Permission.READ),
    ("GET", "/admin/api/policies/{version}/verdict", policies.judge, Permission.READ),
    ("POST", "/admin/api/policies/{version}/promotion", policies.promote, Permission.MANAGE),
    ("POST", "/admin/api/policy-rollbacks", policies.roll_back, Permission.MANAGE),
    ("GET", "/admin/api/user-models", policies.list_user_models, Permission.READ),
    ("POST", "/admin/api/user-models/{model_version}/promotion", policies.promote_user_model, Permission.MANAGE),
    ("POST", "/admin/api/user-model-rollbacks", policies.roll_back_user_model, Permission.MANAGE),
    ("GET", "/admin/api/strategy/documents", studio.list_documents, Permission.READ),
    ("GET", "/admin/api/strategy/documents/{name}", studio.show_document, Permission.READ),
    ("GET", "/admin/api/strategy/job", studio.show_job, Permission.READ),
    ("POST", "/admin/api/strategy/job", studio.start_job, Permission.CHANGE_OFFERS),
    ("DELETE", "/admin/api/strategy/job", studio.cancel_job, Permission.CHANGE_OFFERS),
    ("GET", "/admin/api/strategy/plans", studio.list_plans, Permission.READ),
    ("GET", "/admin/api/strategy/plans/{plan_id}", studio.show_plan, Permission.READ),
    ("POST", "/admin/api/strategy/plans/{plan_id}/approval", studio.approve_plan, Permission.CHANGE_OFFERS),
    ("POST", "/admin/api/strategy/plans/{plan_id}/stop", studio.stop_plan, Permission.CHANGE_OFFERS),
    ("POST", "/admin/api/strategy/plans/{plan_id}/watch", studio.watch_plan, Permission.CHANGE_OFFERS),
    ("GET", "/admin/api/system", system.show_system, Permission.READ),
    ("GET", "/admin/api/audit", system.show_audit, Permission.MANAGE),
)


def add_console(app: web.Application, folder: Path) -> None:
    """Serve the API and the built pages under /admin. Raises StartError if they are not built."""
    app.router.add_post("/admin/api/login", sign_in.log_in)
    app.router.add_get("/admin/api/me", sign_in.me)
    for method, path, handler, permission in ROUTES:
        # Not allow_head: a HEAD would do all the work of a GET for nothing.
        app.router.add_route(method, path, _guarded(handler, permission))
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
