"""What the application carries, by type."""

from __future__ import annotations

from aiohttp import web

from promo_engine.api.metrics import Metrics
from promo_engine.services.engine import Engine
from promo_engine.services.studio import Studio
from promo_engine.services.user_models import UserModels

ENGINE = web.AppKey("engine", Engine)
STUDIO = web.AppKey("studio", Studio)
METRICS = web.AppKey("metrics", Metrics)
USER_MODELS: web.AppKey[UserModels] = web.AppKey("user_models")
