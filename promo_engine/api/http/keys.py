"""What the application carries, by type."""

from __future__ import annotations

from aiohttp import web

from promo_engine.api.monitoring.prometheus_metrics import Metrics
from promo_engine.services.engine import Engine
from promo_engine.services.learning.user_model_service import UserModelService
from promo_engine.services.plans.studio_service import StudioService

ENGINE = web.AppKey("engine", Engine)
STUDIO = web.AppKey("studio", StudioService)
METRICS = web.AppKey("metrics", Metrics)
USER_MODELS: web.AppKey[UserModelService] = web.AppKey("user_models")
