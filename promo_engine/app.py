"""Wires the engine: the one place that knows storage, models, services and API at once.

`create_app(settings)` makes the application. Its resources open when it starts; whatever is missing then raises
StartError, whose message is one line that says what is wrong, where, and which command mends it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from functools import partial
from pathlib import Path

import aiohttp
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from common.clock import utc_now
from common.errors import StartError
from common.shop_facts import read_shop_facts
from promo_engine.api.http import keys
from promo_engine.api.monitoring.prometheus_metrics import Metrics
from promo_engine.api.routes import new_application
from promo_engine.bootstrap import Services, build_services
from promo_engine.domain.customers.live_events import OrdersSoFar, ShopMonitor
from promo_engine.files.bought_together_file import read_bought_together, stamp_of
from promo_engine.files.category_names import CategoryNames, read_category_names
from promo_engine.files.order_number_file import write_order_numbers
from promo_engine.files.source_secrets import SecretsFile
from promo_engine.models.model_registry_service import RegistryUserModelService
from promo_engine.ports.connections.shop_adapter import ShopConnections
from promo_engine.ports.models import CustomerModel, Models
from promo_engine.ports.studio_ports import ShopIdentity
from promo_engine.ports.unit_of_work import Storage
from promo_engine.ports.user_model_versions import UserModelService
from promo_engine.services.catalogue.bought_together_service import BoughtTogetherFile
from promo_engine.services.catalogue.display_names import CategoryLabels, DisplayNames
from promo_engine.services.orders.order_number_service import OrderNumberService
from promo_engine.services.plans.studio_service import StudioService
from promo_engine.settings import Settings
from promo_engine.shops.connected_shops import ADAPTERS
from promo_engine.shops.connections.connect import ShopConnector
from promo_engine.shops.connections.shop_http import ShopHttp
from promo_engine.shops.shop_api import HttpShopApi
from promo_engine.storage.database import DatabaseUrlError, open_database
from promo_engine.storage.migrate import DatabaseNotReadyError, require_migrated
from promo_engine.storage.shop_identity import read_shop_identity
from promo_engine.storage.sql_unit_of_work import SqlStorage
from studio.jobs.declared_commands import DeclaredCommands
from studio.jobs.process_jobs import CommandJobs
from studio.report.report_folder import ReportFolder

_LAST_WORDS_S = 0.5
"""Between an answer and the end of a process that is to start anew."""


def load_models(model_dir: Path, policy: str = "thompson", currency: str = "EUR") -> Models:
    """Load what training left in `model_dir`; `policy` is the kind with which learning begins. Raises StartError.

    What watches the shop speaks of amounts in `currency`.
    """
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
            make_shop_monitor=partial(make_shop_monitor, currency=currency),
        )
    except (ModelMissing, PolicyMissing) as error:
        raise StartError(str(error)) from error


def make_shop_monitor(so_far: OrdersSoFar, now: datetime, *, currency: str) -> ShopMonitor:
    """Make what watches the shop's events."""
    from studio.measure.shop_monitor import Watcher  # noqa: PLC0415
    from studio.report.money import Money  # noqa: PLC0415

    return Watcher.of(so_far, now, money=Money(currency))


def _names(path: Path, *, variable: str) -> CategoryNames:
    try:
        return read_category_names(path)
    except (OSError, ValueError) as error:
        raise StartError(f"environment variable {variable}: {error}") from error


def _labels(settings: Settings, storage: Storage) -> CategoryLabels:
    named = _names(settings.category_names, variable="PROMOBOT_CATEGORY_NAMES")
    language = read_shop_facts(settings.shop_file).locale.language
    return CategoryLabels(storage, of_file=named.of, filed=frozenset(named.friendly), language=language)


def _read_names(settings: Settings, labels: CategoryLabels) -> DisplayNames:
    return DisplayNames(
        category=labels.of,
        product_type=_names(settings.product_type_names, variable="PROMOBOT_PRODUCT_TYPE_NAMES").of,
    )


def hand_over(app: web.Application, services: Services, *, names: DisplayNames, clock: Callable[[], datetime]) -> None:
    """Give the endpoints their services, each under its own key."""
    app[keys.CLOCK] = clock
    app[keys.NAMES] = names
    app[keys.BOUGHT_TOGETHER] = services.bought_together
    app[keys.CHANGE_REQUESTS] = services.change_requests
    app[keys.CHANGE_REQUEST_SENDER] = services.change_request_sender
    app[keys.CHECKOUT] = services.checkout
    app[keys.CUSTOMERS] = services.customers
    app[keys.CUSTOMER_FINDER] = services.customer_finder
    app[keys.DECISIONS] = services.decisions
    app[keys.EXPLANATIONS] = services.explanations
    app[keys.HOSTED_CODES] = services.hosted_codes
    app[keys.HOSTED_CODE_SENDER] = services.hosted_code_sender
    app[keys.IDEMPOTENCY] = services.idempotency
    app[keys.IDENTITIES] = services.identities
    app[keys.INGEST] = services.ingest
    app[keys.LEARNER] = services.learner
    app[keys.MONITORING] = services.monitoring
    app[keys.ORDERS] = services.orders
    app[keys.OUTCOMES] = services.outcomes
    app[keys.PLANS] = services.plans
    app[keys.POLICIES] = services.policies
    app[keys.PRICE_LIST] = services.price_list
    app[keys.PRIVACY] = services.privacy
    app[keys.PROMOTIONS] = services.promotions
    app[keys.PULLS] = services.pulls
    app[keys.READINESS] = services.readiness
    app[keys.REPORTS] = services.reports
    app[keys.RUNNING_OFFERS] = services.running_offers
    app[keys.SOURCES] = services.sources
    app[keys.WEBHOOK_INBOX] = services.webhook_inbox
    app[keys.WEBHOOK_WORKER] = services.webhook_worker
    app[keys.WRITE_API] = services.write_api


def create_app(
    settings: Settings,
    *,
    models: Callable[[Path], Models] | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> web.Application:
    """Make the application; its database and models open when it starts. Starting raises StartError."""
    metrics = Metrics()
    app = new_application(metrics)
    app[keys.METRICS] = metrics

    async def serve(app: web.Application) -> AsyncIterator[None]:
        async with _database(settings.engine_database_url) as database, aiohttp.ClientSession() as http:
            loaded = (models or partial(load_models, policy=settings.policy, currency=settings.shop_currency))(
                settings.model_dir
            )
            await _require_own_model(database, loaded.customer_model, settings.model_dir)
            storage, secrets = SqlStorage(database), SecretsFile(settings.shop_secrets)
            labels = _labels(settings, storage)
            await labels.learn()
            names = _read_names(settings, labels)
            services = build_services(
                storage,
                access=ShopConnector(ShopHttp(http), secrets=secrets, mail=settings.mail_server(), clock=clock),
                models=loaded,
                rules=settings.rules(),
                clock=clock,
                names=names,
                bought_together_file=BoughtTogetherFile(
                    read=partial(read_bought_together, settings.pairings), stamp=partial(stamp_of, settings.pairings)
                ),
                connections=ShopConnections(ADAPTERS, secrets, HttpShopApi(http)),
            )
            await services.policies.stock(loaded.initial_policy)
            hand_over(app, services, names=names, clock=clock)
            app[keys.SHOP_ZONE] = settings.zone
            order_numbers = OrderNumberService(
                storage,
                setting=settings.order_number,
                hand_out=partial(write_order_numbers, settings.order_number_file),
            )
            app[keys.ORDER_NUMBERS] = order_numbers
            app[keys.USER_MODELS] = _user_models(database, settings)
            app[keys.SHOP] = _shop(database, currency=settings.shop_currency)
            metrics.watch(services.learner.status)
            metrics.watch_baskets(services.decisions.unknown_in_baskets)
            metrics.watch_live(services.monitoring.status)
            metrics.watch_webhooks(services.webhook_worker.status)
            metrics.watch_model(lambda: services.readiness.waiting_categories)
            metrics.watch_changes(services.change_request_sender.status)
            metrics.watch_hosted_codes(services.hosted_code_sender.status)
            await services.pacer.measure()
            tasks = [
                asyncio.create_task(services.learner.run(), name="learner"),
                asyncio.create_task(services.pacer.run(), name="pacer"),
                asyncio.create_task(services.codes.run(), name="codes"),
                asyncio.create_task(services.change_request_sender.run(), name="change requests"),
                asyncio.create_task(services.hosted_code_sender.run(), name="codes at the shop"),
                asyncio.create_task(order_numbers.run(), name="order numbers"),
                asyncio.create_task(labels.run(), name="names of categories"),
                asyncio.create_task(services.price_list.warm(), name="price list"),
                asyncio.create_task(services.monitoring.run(), name="monitoring"),
                asyncio.create_task(services.webhook_worker.run(), name="webhooks"),
                asyncio.create_task(services.pulls.run(), name="pulls"),
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
        app[keys.STUDIO] = StudioService(
            commands=commands,
            documents=ReportFolder(settings.reports_dir, made_by=commands.documents()),
            jobs=jobs,
            shop=app[keys.SHOP],
            clock=clock,
        )
        yield
        if jobs is not None:
            await jobs.cancel()

    app.cleanup_ctx.extend([serve, studio])
    return app


def _shop(database: AsyncEngine, *, currency: str) -> Callable[[], Awaitable[ShopIdentity]]:
    async def read() -> ShopIdentity:
        return await read_shop_identity(database, currency=currency)

    return read


def _user_models(database: AsyncEngine, settings: Settings) -> UserModelService:
    def restart() -> None:
        # The answer goes out first; with several processes the others end with this one.
        asyncio.get_running_loop().call_later(_LAST_WORDS_S, os.kill, os.getpid(), signal.SIGTERM)

    return RegistryUserModelService(
        database, settings.model_dir, restart=restart if settings.restart_for_model else None
    )


async def _require_own_model(database: AsyncEngine, model: CustomerModel, model_dir: Path) -> None:
    from promo_engine.models.model_owner import ForeignModel, require_own_model  # noqa: PLC0415  late, as above
    from promo_engine.user_model import ShopCustomerModel  # noqa: PLC0415

    if not isinstance(model, ShopCustomerModel):  # a hand-made one belongs to nobody
        return
    try:
        await require_own_model(database, model, model_dir)
    except ForeignModel as error:
        raise StartError(str(error)) from error


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
