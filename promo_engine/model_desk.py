"""Versions of the user model over HTTP: `services.user_models.UserModels` over the registry.

The registry brings libraries that take seconds to import, so a move imports it and the start of the engine does not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.domain.errors import Conflict, NotFound
from promo_engine.services.user_models import ServingModel, UserModelVersion
from promo_engine.storage import user_models
from promo_engine.storage.user_models import RegisteredModel

# ruff: noqa: PLC0415  # imports inside the moves are this module's point


class ModelDesk:
    """Makes one move at a time. `restart` ends this process soon after; None leaves it as it is."""

    def __init__(self, engine: AsyncEngine, model_dir: Path, *, restart: Callable[[], None] | None = None) -> None:
        self._engine = engine
        self._model_dir = model_dir
        self._restart = restart
        self._moving = asyncio.Lock()

    async def versions(self) -> list[UserModelVersion]:
        """List all, the newest first."""
        return [_shown(one) for one in await user_models.registered(self._engine)]

    async def promote(self, model_version: str) -> ServingModel:
        """Let a version serve. Raises NotFound and Conflict."""
        async with self._moving:
            live = await user_models.live_model(self._engine)
            if live is not None and live.model_version == model_version:
                raise Conflict("serves_already", f"User model {model_version} serves already.", field="model_version")
            from promo_engine.model_registry import UnknownModel, serve

            try:
                count = await serve(self._engine, self._model_dir, model_version)
            except UnknownModel:
                message = f"There is no user model {model_version}."
                raise NotFound("unknown_model", message, field="model_version") from None
            return self._moved(model_version, live, count)

    async def roll_back(self) -> ServingModel:
        """Let the version serve that did before. Raises Conflict."""
        async with self._moving:
            from promo_engine.model_registry import UnknownModel, roll_back

            live = await user_models.live_model(self._engine)
            try:
                model_version, count = await roll_back(self._engine, self._model_dir)
            except UnknownModel:
                raise Conflict("nothing_to_roll_back", "No user model served before the live one.") from None
            return self._moved(model_version, live, count)

    def _moved(self, model_version: str, before: RegisteredModel | None, count: int) -> ServingModel:
        if self._restart is not None:
            self._restart()
        return ServingModel(
            model_version,
            before_version=None if before is None else before.model_version,
            customer_states=count,
            restarts=self._restart is not None,
        )


def _shown(one: RegisteredModel) -> UserModelVersion:
    lstm = one.metrics["user_model"]["lstm"]
    return UserModelVersion(
        model_version=one.model_version,
        parent_version=one.parent_version,
        status=one.status,
        created_at=one.created_at,
        live_since=one.live_since,
        recall_at_10=lstm["recall_at_10"],
        ndcg_at_10=lstm["ndcg_at_10"],
    )
