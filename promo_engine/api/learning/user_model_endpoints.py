"""The user model's versions under /v1/user-models: listed, promoted, rolled back."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web
from pydantic import Field

from promo_engine.api.http.endpoint import Body, Endpoint, Reply, path_id
from promo_engine.api.http.keys import POLICIES, USER_MODELS


class UserModelReply(Reply, from_attributes=True):
    """A trained version; recall and NDCG are of weeks that it has not seen, at `list_depth`; null: not measured."""

    model_version: str
    parent_version: str | None
    status: str
    created_at: datetime
    live_since: datetime | None
    kind: str
    recall_at_10: float | None
    ndcg_at_10: float | None
    list_depth: int


class UserModelsReply(Reply):
    """Versions, the newest first, and the one with which this process decides."""

    running_version: str
    models: list[UserModelReply]


class ServingReply(Reply, from_attributes=True):
    """The version that serves from now on, or, without `restarts`, once the engine is started again."""

    model_version: str
    before_version: str | None
    customer_states: int
    restarts: bool


class UserModelRollbackBody(Body):
    """Which version is to go."""

    serving_version: str | None = Field(
        default=None,
        max_length=64,
        description="refused if another one serves, so that a request sent twice moves once",
    )


async def list_user_models(request: web.Request) -> UserModelsReply:
    """List versions."""
    found = await request.app[USER_MODELS].versions()
    return UserModelsReply(
        running_version=request.app[POLICIES].model_version,
        models=[UserModelReply.model_validate(version) for version in found],
    )


async def promote_user_model(request: web.Request) -> ServingReply:
    """Let a version serve."""
    moved = await request.app[USER_MODELS].promote(path_id(request, "model_version"))
    return ServingReply.model_validate(moved)


async def roll_back_user_model(request: web.Request, body: UserModelRollbackBody) -> ServingReply:
    """Let the version serve that did before."""
    moved = await request.app[USER_MODELS].roll_back(serving_version=body.serving_version)
    return ServingReply.model_validate(moved)


ENDPOINTS = (
    Endpoint("GET", "/v1/user-models", "List user models", list_user_models, UserModelsReply),
    Endpoint(
        "POST",
        "/v1/user-models/{model_version}/promotion",
        "Let a user model serve",
        promote_user_model,
        ServingReply,
        errors=(400, 404, 409),
        takes_key=False,  # what serves already is refused
    ),
    Endpoint(
        "POST",
        "/v1/user-model-rollbacks",
        "Bring the user model before back",
        roll_back_user_model,
        ServingReply,
        body=UserModelRollbackBody,
        errors=(400, 409),
        takes_key=False,  # the body names the version that is to go
    ),
)
