"""Wires the engine: the one place that knows storage, models, services and API at once.

`create_app(settings)` makes the application. Its resources open when it starts; whatever is missing then raises
StartError, whose message is one line that says what is wrong, where, and which command mends it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from functools import partial
from pathlib import Path

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from common.clock import utc_now
from common.errors import StartError
from promo_engine.api.http.keys import ENGINE, METRICS, STUDIO, USER_MODELS
from promo_engine.api.monitoring.prometheus_metrics import Metrics
from promo_engine.api.routes import new_application
from promo_engine.domain.customers.live_events import OrdersSoFar, ShopMonitor
from promo_engine.files.bought_together_file import read_pairings, stamp_of
from promo_engine.files.category_names import CategoryNames, read_category_names
from promo_engine.models.model_registry_service import RegistryUserModelService
from promo_engine.services.catalogue.bought_together_service import BoughtTogetherFile
from promo_engine.services.engine import Engine, Models
from promo_engine.services.learning.user_model_service import UserModelService
from promo_engine.services.plans.studio_service import StudioService
from promo_engine.settings import Settings
from promo_engine.storage.database import DatabaseUrlError, open_database
from promo_engine.storage.migrate import DatabaseNotReadyError, require_migrated
from promo_engine.storage.sql_unit_of_work import SqlStorage
from studio.jobs.declared_commands import DeclaredCommands
from studio.jobs.process_jobs import CommandJobs
from studio.report.report_folder import ReportFolder

_LAST_WORDS_S = 0.5
"""Between an answer and the end of a process that is to start anew."""


def load_models(model_dir: Path, policy: str = "thompson") -> Models:
    """Load what training left in `model_dir`; `policy` is the kind with which learning begins. Raises StartError."""
    # Here, not above: the models bring libraries that take a second to import, and tests bring their own models.
    from promo_engine.policies import (  # noqa: PLC0415
        PolicyMissing,
        attribution,
        first_policy,
        load_initial_policy,
        unpack_policy,
    )
    from promo_engine.user_model import ModelMissing, load_user_model  # noqa: PLC0415

    try:
        return Models(
            customer_model=load_user_model(model_dir),
            initial_policy=first_policy(load_initial_policy(model_dir), policy),
            unpack_policy=unpack_policy,
            attribution=attribution,
            make_watch=make_watch,
        )
    except (ModelMissing, PolicyMissing) as error:
        raise StartError(str(error)) from error


def make_watch(so_far: OrdersSoFar, now: datetime) -> ShopMonitor:
    """Make the watch over what happens."""
    from studio.measure.shop_monitor import Watcher  # noqa: PLC0415

    return Watcher.of(so_far, now)


def _names(path: Path, *, variable: str) -> CategoryNames:
    try:
        return read_category_names(path)
    except (OSError, ValueError) as error:
        raise StartError(f"environment variable {variable}: {error}") from error


def create_app(
    settings: Settings,
    *,
    models: Callable[[Path], Models] | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> web.Application:
    """Make the application; its database and models open when it starts. Starting raises StartError."""
    metrics = Metrics()
    app = new_application(metrics)
    app[METRICS] = metrics

    async def engine(app: web.Application) -> AsyncIterator[None]:
        async with _database(settings.engine_database_url) as database:
            loaded = (models or partial(load_models, policy=settings.policy))(settings.model_dir)
            names = _names(settings.category_names, variable="PROMOBOT_CATEGORY_NAMES")
            product_names = _names(settings.product_type_names, variable="PROMOBOT_PRODUCT_TYPE_NAMES")
            engine = Engine(
                SqlStorage(database),
                models=loaded,
                rules=settings.rules(),
                clock=clock,
                friendly_name=names.of,
                product_name=product_names.of,
                pairing_file=BoughtTogetherFile(
                    read=partial(read_pairings, settings.pairings), stamp=partial(stamp_of, settings.pairings)
                ),
            )
            await engine.stock_policy()
            app[ENGINE] = engine
            app[USER_MODELS] = _user_models(database, settings)
            metrics.watch(engine.learner.status)
            metrics.watch_live(engine.live.status)
            await engine.pacer.measure()
            tasks = [
                asyncio.create_task(engine.learner.run(), name="learner"),
                asyncio.create_task(engine.pacer.run(), name="pacer"),
                asyncio.create_task(engine.codes.run(), name="codes"),
                asyncio.create_task(engine.shelf.warm(), name="shelf"),
                asyncio.create_task(engine.live.run(), name="live"),
            ]
            yield
            for task in tasks:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def studio(app: web.Application) -> AsyncIterator[None]:
        environment = {
            "PROMOBOT_ENGINE_DATABASE_URL": settings.engine_database_url,
            "PROMOBOT_REPORTS_DIR": str(settings.reports_dir),
        }
        jobs = CommandJobs(environment=environment, clock=clock) if settings.engine_workers == 1 else None
        commands = DeclaredCommands()
        app[STUDIO] = StudioService(
            commands=commands,
            documents=ReportFolder(settings.reports_dir, made_by=commands.documents()),
            jobs=jobs,
            clock=clock,
        )
        yield
        if jobs is not None:
            await jobs.cancel()

    app.cleanup_ctx.extend([engine, studio])
    return app


def _user_models(database: AsyncEngine, settings: Settings) -> UserModelService:
    def restart() -> None:
        # The answer goes out first; with several processes the others end with this one.
        asyncio.get_running_loop().call_later(_LAST_WORDS_S, os.kill, os.getpid(), signal.SIGTERM)

    return RegistryUserModelService(
        database, settings.model_dir, restart=restart if settings.restart_for_model else None
    )


@contextlib.asynccontextmanager
async def _database(url: str) -> AsyncIterator[AsyncEngine]:
    try:
        database = open_database(url)
    except DatabaseUrlError as error:
        raise StartError(f"environment variable PROMOBOT_ENGINE_DATABASE_URL: {error}") from error
    try:
        await require_migrated(database)
        yield database
    except DatabaseNotReadyError as error:
        raise StartError(str(error)) from error
    finally:
        await database.dispose()
