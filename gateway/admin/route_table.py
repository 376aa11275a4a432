"""Every route under /admin/api, with the permission it needs: the one table that decides who may do what.

A route's summary is the first line of its handler's docstring.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from pydantic import BaseModel

from common.bodies import Body, Query
from common.endpoint import RawReply
from common.errors import Unavailable
from gateway import keys
from gateway.admin.access import account_handlers, people_handlers
from gateway.admin.access.permissions import Caller, Permission
from gateway.admin.admin_endpoint import AdminEndpoint, Done, engine_reply
from gateway.admin.admin_openapi import admin_document
from gateway.admin.inbox import (
    annotation_handlers,
    conversation_handlers,
    conversation_replies,
    conversation_requests,
    csv_export,
    takeover_handlers,
    view_handlers,
)
from gateway.admin.language import language_handlers, language_schemas, learning_handlers, learning_schemas
from gateway.admin.marketing import offer_handlers, policy_handlers, studio_handlers, trigger_handlers
from gateway.admin.monitoring import monitoring_replies, results_handlers, system_handlers
from gateway.admin.shop import change_request_handlers, dead_letter_handlers

READ, ANNOTATE, TAKE_OVER, EXPORT = Permission.READ, Permission.ANNOTATE, Permission.TAKE_OVER, Permission.EXPORT
ANSWER_CHANGES, CHANGE_OFFERS, MANAGE = Permission.ANSWER_CHANGES, Permission.CHANGE_OFFERS, Permission.MANAGE
FOR_EVERYBODY = None
"""Only for the routes by which one signs in."""

_ME = {"anyOf": [{"$ref": "#/components/schemas/Me"}, {"type": "null"}]}
_CSV = RawReply("the file", media_type="text/csv")
_YAML = RawReply("the file", media_type="application/yaml")
_MANAGED_OFFER = engine_reply("GET /v1/offers/{offer_id}")
_PROMOTION = engine_reply("GET /v1/promotions", "promotions[]")
_PROMOTION_DETAIL = RawReply("done", schema=offer_handlers.PROMOTION_DETAIL)
_PLAN = engine_reply("GET /v1/strategy/plans/{plan_id}")
_JOB = engine_reply("POST /v1/strategy/job")
_SERVING = engine_reply("POST /v1/user-model-rollbacks")


def _route(
    method: str,
    path: str,
    permission: Permission | None,
    handle: Callable[..., Awaitable[Any]],
    reply: type[BaseModel] | RawReply,
    *,
    takes: type[Body] | type[Query] | None = None,
    success: int = 200,
    errors: tuple[int, ...] = (),
) -> AdminEndpoint:
    by_engine = isinstance(reply, RawReply) and "x-engine" in str(reply.schema)
    return AdminEndpoint(
        method=method,
        path=f"/admin/api/{path}",
        summary=(inspect.getdoc(handle) or "").splitlines()[0],
        handle=handle,
        reply=reply,
        body=takes if takes is not None and issubclass(takes, Body) else None,
        query=takes if takes is not None and issubclass(takes, Query) else None,
        errors=(*errors, 503) if by_engine else errors,
        permission=permission,
        success=success,
    )


async def show_openapi(request: web.Request, _caller: Caller) -> dict[str, Any]:
    """The OpenAPI document of the console's API. Raises Unavailable for an engine of another version."""
    engine = await request.app[keys.ENGINE].openapi()
    try:
        return admin_document(ADMIN_ENDPOINTS, engine)
    except (LookupError, ValueError) as error:
        raise Unavailable("engine_unavailable", "The engine's OpenAPI document is of another version.") from error


def _access() -> tuple[AdminEndpoint, ...]:
    accounts, people = account_handlers, people_handlers
    return (
        _route("POST", "login", FOR_EVERYBODY, accounts.log_in, accounts.Me, takes=accounts.Credentials,
               errors=(401, 403, 429)),
        _route("GET", "me", FOR_EVERYBODY, accounts.show_me, RawReply("done", schema=_ME)),
        _route("POST", "logout", READ, accounts.log_out, Done),
        _route("PUT", "me/password", READ, accounts.change_own_password, accounts.Me, takes=accounts.NewPassword,
               errors=(429,)),
        _route("GET", "people", MANAGE, people.list_people, people.People),
        _route("POST", "people", MANAGE, people.add_person, Done, takes=people.NewPersonBody, success=201,
               errors=(409,)),
        _route("PUT", "people/{name}", MANAGE, people.change_person, Done, takes=people.PersonBody, errors=(404, 409)),
        _route("GET", "openapi.json", READ, show_openapi, RawReply("the document", schema={}),
               errors=(503,)),
    )  # fmt: skip


def _inbox() -> tuple[AdminEndpoint, ...]:
    path, replies, requests = "conversations/{conversation_id}", conversation_replies, conversation_requests
    show, annotate, takeover, views = conversation_handlers, annotation_handlers, takeover_handlers, view_handlers
    return (
        _route("GET", "conversations", READ, show.list_conversations, replies.ConversationPage,
               takes=requests.PageQuery, errors=(404,)),
        _route("GET", "export.csv", EXPORT, csv_export.export_conversations, _CSV, takes=requests.FilterQuery),
        _route("GET", "facets", READ, show.list_filter_values, replies.FilterValues),
        _route("GET", "pulse", READ, show.show_last_activity, replies.LastMessage),
        _route("GET", "colleagues", READ, annotate.list_colleagues, replies.Colleagues),
        _route("GET", path, READ, show.show_conversation, replies.Transcript, takes=requests.TranscriptQuery,
               errors=(404,)),
        _route("PUT", f"{path}/tags/{{tag}}", ANNOTATE, annotate.add_tag, Done, errors=(400, 404)),
        _route("DELETE", f"{path}/tags/{{tag}}", ANNOTATE, annotate.remove_tag, Done, errors=(400, 404)),
        _route("PUT", f"{path}/flag", ANNOTATE, annotate.set_flag, Done, takes=requests.FlagBody, errors=(404,)),
        _route("PUT", f"{path}/assignee", ANNOTATE, annotate.assign, Done, takes=requests.AssigneeBody, errors=(404,)),
        _route("POST", f"{path}/notes", ANNOTATE, annotate.add_note, Done, takes=requests.NoteBody, success=201,
               errors=(404,)),
        _route("PUT", f"{path}/takeover", TAKE_OVER, takeover.take_over, replies.TakenBy, errors=(404, 409)),
        _route("DELETE", f"{path}/takeover", TAKE_OVER, takeover.hand_back, replies.TakenBy, errors=(404,)),
        _route("POST", f"{path}/messages", TAKE_OVER, takeover.say, replies.Said, takes=takeover.SayBody, success=201,
               errors=(404, 409)),
        _route("GET", "decisions/{decision_id}", READ, show.show_decision,
               engine_reply("GET /v1/decisions/{decision_id}"), errors=(404,)),
        _route("GET", "decisions/{decision_id}/explanation", READ, show.explain_decision,
               engine_reply("GET /v1/decisions/{decision_id}/explanation"), errors=(404, 409)),
        _route("GET", "views", READ, views.list_views, replies.SavedViews),
        _route("PUT", "views", READ, views.save_view, Done, takes=views.ViewBody),
        _route("DELETE", "views", READ, views.remove_view, Done, takes=views.ViewName),
    )  # fmt: skip


def _language() -> tuple[AdminEndpoint, ...]:
    path, language, schemas = "conversations/{conversation_id}", language_handlers, language_schemas
    return (
        _route("PUT", f"{path}/messages/{{message_id}}/meaning", ANNOTATE, language.correct_message, Done,
               takes=schemas.MeaningBody, errors=(404,)),
        _route("GET", f"{path}/story.yml", EXPORT, language.export_story, _YAML, errors=(404,)),
        _route("GET", "language/inbox", READ, language.show_inbox, schemas.Inbox, takes=schemas.InboxQuery),
        _route("GET", "language/clusters", READ, language.show_clusters, schemas.Clusters, takes=schemas.InboxQuery),
        _route("GET", "language/confusions", READ, language.show_confusions, schemas.Confusions),
        _route("GET", "language/intents", READ, language.list_intents, schemas.Intents, errors=(503,)),
        _route("GET", "language/examples", READ, language.list_examples, schemas.Examples,
               takes=schemas.ExampleQuery, errors=(503,)),
        _route("POST", "language/examples", ANNOTATE, language.add_example, Done, takes=schemas.ExampleBody,
               success=201),
        _route("DELETE", "language/corrections/{correction_id}", ANNOTATE, language.remove_correction, Done,
               errors=(404,)),
        _route("GET", "language/corrections.yml", EXPORT, language.export_training_data, _YAML,
               takes=schemas.TrainingDataQuery),
    )  # fmt: skip


def _suggestions() -> tuple[AdminEndpoint, ...]:
    path, learning, schemas = "language/suggestions/{suggestion_id}", learning_handlers, learning_schemas
    return (
        _route("GET", "language/suggestions", READ, learning.list_suggestions, schemas.Suggestions,
               takes=schemas.SuggestionsQuery, errors=(503,)),
        _route("POST", "language/suggestions", ANNOTATE, learning.group_now, schemas.OpenSuggestions, errors=(503,)),
        _route("PUT", f"{path}/acceptance", ANNOTATE, learning.accept_suggestion, Done, takes=schemas.AcceptanceBody,
               errors=(404, 409)),
        _route("PUT", f"{path}/dismissal", ANNOTATE, learning.dismiss_suggestion, Done, errors=(404, 409)),
        _route("DELETE", f"{path}/decision", ANNOTATE, learning.reopen_suggestion, Done, errors=(404, 409)),
        _route("GET", "language/trainings", READ, learning.list_trainings, schemas.Trainings),
        _route("POST", "language/trainings", MANAGE, learning.start_training, Done, success=201, errors=(409, 503)),
        _route("PUT", "language/trainings/{training_id}/undo", MANAGE, learning.undo_training, schemas.Undone,
               errors=(404, 409, 503)),
    )  # fmt: skip


def _marketing() -> tuple[AdminEndpoint, ...]:
    offers, triggers = offer_handlers, trigger_handlers
    new, change, move = offers.NewBody, offers.ChangeBody, offers.MoveBody
    refused = (404, 409)
    return (
        _route("GET", "offers", READ, offers.list_offers, offers.PromotionsWithOffers, takes=offers.OffersQuery,
               errors=(503,)),
        _route("POST", "offers", CHANGE_OFFERS, offers.create_offer, _MANAGED_OFFER, takes=new, success=201,
               errors=refused),
        _route("PUT", "offers/{offer_id}", CHANGE_OFFERS, offers.change_offer, _MANAGED_OFFER, takes=change,
               errors=refused),
        _route("POST", "offers/{offer_id}/transitions", CHANGE_OFFERS, offers.move_offer, _MANAGED_OFFER, takes=move,
               errors=refused),
        _route("POST", "promotions", CHANGE_OFFERS, offers.create_promotion, _PROMOTION, takes=new, success=201,
               errors=refused),
        _route("GET", "promotions/{promotion_id}", READ, offers.show_promotion, _PROMOTION_DETAIL, errors=(404,)),
        _route("PUT", "promotions/{promotion_id}", CHANGE_OFFERS, offers.change_promotion, _PROMOTION, takes=change,
               errors=refused),
        _route("POST", "promotions/{promotion_id}/transitions", CHANGE_OFFERS, offers.move_promotion, _PROMOTION,
               takes=move, errors=refused),
        _route("GET", "triggers", READ, triggers.list_triggers, triggers.Triggers),
        _route("PUT", "triggers/{trigger_id}", CHANGE_OFFERS, triggers.save_trigger, triggers.SavedTrigger,
               takes=triggers.TriggerBody, errors=(404,)),
        _route("DELETE", "triggers/{trigger_id}", CHANGE_OFFERS, triggers.remove_trigger, triggers.TriggerId,
               errors=(404,)),
    )  # fmt: skip


def _learning() -> tuple[AdminEndpoint, ...]:
    policies = policy_handlers
    return (
        _route("GET", "policies", READ, policies.list_policies, engine_reply("GET /v1/policies")),
        _route("GET", "policies/{version}/verdict", READ, policies.show_verdict,
               engine_reply("GET /v1/policies/{version}/verdict"), errors=(400, 404, 409)),
        _route("POST", "policies/{version}/promotion", MANAGE, policies.promote_policy,
               engine_reply("POST /v1/policies/{version}/promotion"), errors=(400, 404, 409)),
        _route("POST", "policy-rollbacks", MANAGE, policies.roll_back_policy,
               engine_reply("POST /v1/policy-rollbacks"), takes=policies.RollbackBody, errors=(404, 409)),
        _route("GET", "user-models", READ, policies.list_user_models, engine_reply("GET /v1/user-models")),
        _route("POST", "user-models/{model_version}/promotion", MANAGE, policies.promote_user_model, _SERVING,
               errors=(404, 409)),
        _route("POST", "user-model-rollbacks", MANAGE, policies.roll_back_user_model, _SERVING,
               takes=policies.ModelRollbackBody, errors=(409,)),
    )  # fmt: skip


def _studio() -> tuple[AdminEndpoint, ...]:
    studio, plan = studio_handlers, "strategy/plans/{plan_id}"
    return (
        _route("GET", "strategy/commands", READ, studio.list_commands, engine_reply("GET /v1/strategy/commands")),
        _route("GET", "strategy/documents", READ, studio.list_documents, engine_reply("GET /v1/strategy/documents")),
        _route("GET", "strategy/documents/{name}", READ, studio.show_document,
               engine_reply("GET /v1/strategy/documents/{name}"), errors=(404,)),
        _route("GET", "strategy/job", READ, studio.show_job, engine_reply("GET /v1/strategy/job")),
        _route("POST", "strategy/job", CHANGE_OFFERS, studio.start_job, _JOB, takes=studio.JobBody, success=201,
               errors=(409,)),
        _route("DELETE", "strategy/job", CHANGE_OFFERS, studio.cancel_job, _JOB, errors=(404, 409)),
        _route("GET", "strategy/plans", READ, studio.list_plans, engine_reply("GET /v1/strategy/plans")),
        _route("GET", plan, READ, studio.show_plan, _PLAN, errors=(404,)),
        _route("POST", f"{plan}/approval", CHANGE_OFFERS, studio.approve_plan, _PLAN, errors=(404, 409)),
        _route("POST", f"{plan}/stop", CHANGE_OFFERS, studio.stop_plan, _PLAN, errors=(404, 409)),
        _route("POST", f"{plan}/watch", CHANGE_OFFERS, studio.check_stop_rules,
               engine_reply("POST /v1/strategy/plans/{plan_id}/watch"), errors=(404, 409)),
    )  # fmt: skip


def _monitoring() -> tuple[AdminEndpoint, ...]:
    results, system, replies = results_handlers, system_handlers, monitoring_replies
    return (
        _route("GET", "results", READ, results.show_results, replies.Results, takes=results.ResultsQuery),
        _route("GET", "system", READ, system.show_system, replies.SystemState),
        _route("GET", "audit", MANAGE, system.show_audit, replies.AuditPage, takes=system.AuditQuery),
    )  # fmt: skip


def _shop() -> tuple[AdminEndpoint, ...]:
    changes, change = change_request_handlers, "change-requests/{change_request_id}"
    letters, letter = dead_letter_handlers, "dead-letters/{number}"
    return (
        _route("GET", "change-requests", READ, changes.list_changes, engine_reply("GET /v1/change-requests"),
               takes=changes.ChangesQuery),
        _route("GET", change, READ, changes.show_change, engine_reply("GET /v1/change-requests/{change_request_id}"),
               errors=(404,)),
        _route("POST", f"{change}/answer", ANSWER_CHANGES, changes.answer_change,
               engine_reply("POST /v1/change-requests/{change_request_id}/answer"), takes=changes.ChangeAnswerBody,
               errors=(404,)),
        _route("POST", f"{change}/retry", ANSWER_CHANGES, changes.retry_change,
               engine_reply("POST /v1/change-requests/{change_request_id}/retry"), errors=(404, 409)),
        _route("GET", "dead-letters", READ, letters.list_dead_letters, engine_reply("GET /v1/webhooks/dead")),
        _route("GET", letter, MANAGE, letters.show_dead_letter, engine_reply("GET /v1/webhooks/dead/{number}"),
               errors=(404,)),
        _route("POST", "dead-letters/retry", MANAGE, letters.retry_dead_letters,
               engine_reply("POST /v1/webhooks/dead/retry")),
        _route("POST", f"{letter}/retry", MANAGE, letters.retry_dead_letter,
               engine_reply("POST /v1/webhooks/dead/{number}/retry"), errors=(404, 409)),
    )  # fmt: skip


ADMIN_ENDPOINTS = (
    *_access(), *_inbox(), *_language(), *_suggestions(), *_marketing(), *_learning(), *_studio(), *_shop(),
    *_monitoring(),
)  # fmt: skip
