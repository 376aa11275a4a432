"""Typed keys of what the application carries."""

from __future__ import annotations

import aiohttp
from aiohttp import web

from common.shop_facts import ShopFacts
from gateway.admin.access.guard import Guard
from gateway.admin.language.training_files import TrainingFiles
from gateway.chat.channels import Channels
from gateway.chat.code_news import CodeNews
from gateway.chat.exposure_reporter import ExposureReporter
from gateway.chat.handover_queue import HandoverQueue
from gateway.clients.bot_client import BotClient
from gateway.clients.engine_client import EngineClient
from gateway.conversations.conversation_log import ConversationLog
from gateway.identity import Identity
from gateway.learning.bot_learning import BotLearning
from gateway.metrics import Metrics
from gateway.privacy.privacy_requests import PrivacyRequests
from gateway.settings import Settings
from gateway.web.shop_rates import RequestRate

SETTINGS = web.AppKey("settings", Settings)
FACTS = web.AppKey("facts", ShopFacts)
METRICS = web.AppKey("metrics", Metrics)
IDENTITY = web.AppKey("identity", Identity)
HTTP = web.AppKey("http", aiohttp.ClientSession)
LOG = web.AppKey("log", ConversationLog)
BOT = web.AppKey("bot", BotClient)
ENGINE = web.AppKey("engine", EngineClient)
CHANNELS = web.AppKey("channels", Channels)
HANDOVER_QUEUE = web.AppKey("handover_queue", HandoverQueue)
EXPOSURES = web.AppKey("exposures", ExposureReporter)
GUARD = web.AppKey("guard", Guard)
SOCKETS = web.AppKey("sockets", set[web.WebSocketResponse])
CODE_NEWS = web.AppKey("code_news", CodeNews)
PRIVACY = web.AppKey("privacy", PrivacyRequests)
SHOP_RATE = web.AppKey("shop_rate", RequestRate)
HOOK_RATE = web.AppKey("hook_rate", RequestRate)
LEARNING = web.AppKey("learning", BotLearning)
TRAINING = web.AppKey("training", TrainingFiles)
