"""Wires what writes a shop, for commands that run beside the engine or without it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from promo_engine.cli.command_line import CommandError, read_settings_or_stop

if TYPE_CHECKING:
    import aiohttp
    from sqlalchemy.ext.asyncio import AsyncEngine

    from promo_engine.services.connections.privacy_service import PrivacyService
    from promo_engine.services.connections.pull_service import PullService

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant


def pulls(database: AsyncEngine, http: aiohttp.ClientSession) -> PullService:
    """The service that pulls. Raises CommandError without a user model, which orders move."""
    from promo_engine.files.source_secrets import SecretsFile
    from promo_engine.ports.connections.shop_adapter import ShopConnections
    from promo_engine.services.checkout.hosted_redemptions import HostedRedemptions
    from promo_engine.services.connections.pull_service import PullService
    from promo_engine.services.connections.shop_writer import ShopWriter
    from promo_engine.services.connections.state_rebuilder import StateRebuilder
    from promo_engine.shops.connected_shops import ADAPTERS
    from promo_engine.shops.shop_api import HttpShopApi
    from promo_engine.storage.sql_unit_of_work import SqlStorage
    from promo_engine.user_model import ModelMissing, load_user_model

    settings = read_settings_or_stop()
    storage = SqlStorage(database)
    try:
        model = load_user_model(settings.model_dir)
    except ModelMissing as error:
        raise CommandError(str(error)) from error
    writer = ShopWriter(
        states=StateRebuilder(model),
        privacy=privacy(database),
        redemptions=HostedRedemptions(clock=_now),
        clock=_now,
    )
    shops = ShopConnections(ADAPTERS, SecretsFile(settings.shop_secrets), HttpShopApi(http))
    return PullService(storage, shops=shops, writer=writer, clock=_now)


def privacy(database: AsyncEngine) -> PrivacyService:
    """The service that exports and forgets."""
    from promo_engine.services.connections.privacy_service import PrivacyService
    from promo_engine.storage.sql_unit_of_work import SqlStorage

    return PrivacyService(SqlStorage(database), clock=_now)


def _now() -> datetime:
    return datetime.now(UTC)
