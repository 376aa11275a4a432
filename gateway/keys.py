"""What the application's parts find each other by."""

from __future__ import annotations

import aiohttp
from aiohttp import web

from gateway.chat.exposures import ExposureReporter
from gateway.chat.line import WaitingLine
from gateway.chat.rooms import Rooms
from gateway.clients.bot import BotClient
from gateway.clients.engine import EngineClient
from gateway.console.guard import Guard
from gateway.console.training_files import TrainingFiles
from gateway.identity import Identity
from gateway.log.conversation_log import ConversationLog
from gateway.metrics import Metrics
from gateway.settings import Settings

SETTINGS = web.AppKey("settings", Settings)
METRICS = web.AppKey("metrics", Metrics)
IDENTITY = web.AppKey("identity", Identity)
HTTP = web.AppKey("http", aiohttp.ClientSession)
LOG = web.AppKey("log", ConversationLog)
BOT = web.AppKey("bot", BotClient)
ENGINE = web.AppKey("engine", EngineClient)
ROOMS = web.AppKey("rooms", Rooms)
LINE = web.AppKey("line", WaitingLine)
EXPOSURES = web.AppKey("exposures", ExposureReporter)
GUARD = web.AppKey("guard", Guard)
SOCKETS = web.AppKey("sockets", set[web.WebSocketResponse])
TRAINING = web.AppKey("training", TrainingFiles)
