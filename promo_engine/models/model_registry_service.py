"""Versions of the user model over HTTP: `ports.user_model_versions.UserModelService` over the registry.

The registry brings libraries that take seconds to import: the start of the engine does without, a move that is refused
too, and one that is made imports them in a thread, so that decisions are made meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.domain.errors import Conflict, NotFound
from promo_engine.ports.user_model_versions import ServingModel, UserModelVersion
from promo_engine.storage import user_model_registry as user_models
from promo_engine.storage.user_model_registry import RegisteredModel
from promo_engine.user_model.model_files import ModelMissing


class RegistryUserModelService:
    """Makes one move at a time. `restart` ends this process soon after; None leaves it as it is."""

    def __init__(self, engine: AsyncEngine, model_dir: Path, *, restart: Callable[[], None] | None = None) -> None:
        self._engine = engine
        self._model_dir = model_dir
        self._restart = restart
        self._moving = asyncio.Lock()

    async def versions(self) -> list[UserModelVersion]:
        """List all, the newest first."""
        return [_shown(model) for model in await user_models.registered(self._engine)]

    async def promote(self, model_version: str) -> ServingModel:
        """Let a version serve. Raises NotFound and Conflict."""
        async with self._moving:
            live = await user_models.live_model(self._engine)
            if live is not None and live.model_version == model_version:
                raise Conflict("serves_already", f"User model {model_version} serves already.", field="model_version")
            if all(model.model_version != model_version for model in await user_models.registered(self._engine)):
                message = f"There is no user model {model_version}."
                raise NotFound("unknown_model", message, field="model_version")
            return await self._let_serve(model_version, live)

    async def roll_back(self, *, serving_version: str | None) -> ServingModel:
        """Let the version serve that did before. Raises Conflict."""
        async with self._moving:
            live = await user_models.live_model(self._engine)
            if serving_version is not None and (live is None or live.model_version != serving_version):
                message = f"User model {serving_version} does not serve any more."
                raise Conflict("serves_no_more", message, field="serving_version")
            before = await user_models.served_before(self._engine)
            if before is None:
                raise Conflict("nothing_to_roll_back", "No user model served before the live one.")
            return await self._let_serve(before.model_version, live)

    async def _let_serve(self, model_version: str, before: RegisteredModel | None) -> ServingModel:
        serve = await asyncio.to_thread(_imported)
        try:
            count = await serve(self._engine, self._model_dir, model_version)
        except ModelMissing:
            message = f"User model {model_version} is damaged or older than this engine; train anew."
            raise Conflict("cannot_be_used", message, field="model_version") from None
        if self._restart is not None:
            self._restart()
        return ServingModel(
            model_version,
            before_version=None if before is None else before.model_version,
            customer_states=count,
            restarts=self._restart is not None,
        )


def _imported() -> Callable[[AsyncEngine, Path, str], Coroutine[Any, Any, int]]:
    from promo_engine.models.model_registry import serve  # noqa: PLC0415  late, as the module says

    return serve


def _shown(model: RegisteredModel) -> UserModelVersion:
    kind = model.metrics.get("kind", "lstm")
    figures = model.metrics["user_model"].get(kind, {})
    return UserModelVersion(
        model_version=model.model_version,
        parent_version=model.parent_version,
        status=model.status,
        created_at=model.created_at,
        live_since=model.live_since,
        kind=kind,
        recall_at_10=figures.get("recall_at_10"),
        ndcg_at_10=figures.get("ndcg_at_10"),
        list_depth=model.metrics.get("list_depth", 10),
    )
