"""Wires the gateway."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from http import HTTPStatus

import aiohttp
from aiohttp import web

from common.http_errors import error_middleware
from common.i18n.translations import ENGLISH, reply_languages
from common.shop_facts import read_shop_facts
from common.shop_words import shop_words
from gateway import keys
from gateway.admin.access.guard import Guard
from gateway.admin.access.passwords import Passwords
from gateway.admin.console_pages import add_console
from gateway.admin.inbox.engine_notes import EngineNotes
from gateway.admin.language.training_files import TrainingFiles
from gateway.chat.channels import Channels, Turn
from gateway.chat.chat_socket import chat_socket, close_sockets
from gateway.chat.code_news import CodeNews
from gateway.chat.exposure_reporter import ExposureReporter
from gateway.chat.handover_queue import HandoverQueue
from gateway.chat.sentiment_reporter import SentimentReporter
from gateway.chat.turns import Turns
from gateway.clients.bot_client import BotClient
from gateway.clients.engine_client import EngineClient
from gateway.conversations.conversation_log import open_log
from gateway.conversations.read import transcripts
from gateway.identity import Identity, SignInService
from gateway.learning.bot_learning import BotLearning
from gateway.metrics import Metrics
from gateway.privacy.privacy_requests import PrivacyRequests
from gateway.settings import Settings
from gateway.sign_in_keys import SignInKeys, document_of
from gateway.web import health, shopper_sessions
from gateway.web.demo_shop import add_demo_shop
from gateway.web.shop_rates import RequestRate
from gateway.web.shop_requests import add_shop_routes
from gateway.web.static_pages import add_headers, add_pages, check_web_build
from gateway.web.widget_settings import widget_settings

FAILURE = "Something went wrong on our side."
BODY_LIMIT = 32 * 1024
"""Bytes of a request's body: a note of 4,000 characters, each escaped, with room to spare."""


def create_app(settings: Settings) -> web.Application:
    """The gateway's application. Raises StartError if the web page is not built or the shop's file cannot be used."""
    check_web_build(settings.web_dir)
    app = web.Application(middlewares=[error_middleware(code_of=_code_of, failure=FAILURE)], client_max_size=BODY_LIMIT)
    app[keys.SETTINGS] = settings
    app[keys.FACTS] = read_shop_facts(settings.shop_file)
    app[keys.METRICS] = Metrics()
    app[keys.SOCKETS] = set()
    app[keys.SHOP_RATE] = RequestRate(settings.shop_requests_per_minute)
    app[keys.HOOK_RATE] = RequestRate(settings.webhooks_per_minute)
    app[keys.TRAINING] = TrainingFiles(settings.nlu_dir, settings.flows_dir)
    app[keys.IDENTITY] = Identity(
        secret=settings.token_secret.get_secret_value(),
        demo_sign_in=settings.demo_sign_in,
        lifetime_s=settings.token_lifetime_s,
        sign_in=_sign_in_service(app, settings) if settings.sign_in_jwks else None,
    )
    app.router.add_get("/ws", chat_socket)
    app.router.add_post("/api/session", shopper_sessions.create_session)
    app.router.add_get("/api/demo/customers", shopper_sessions.demo_customers)
    app.router.add_get("/health", health.health)
    app.router.add_get("/ready", health.ready)
    app.router.add_get("/metrics", health.metrics)
    add_demo_shop(app)
    add_shop_routes(app)
    app.router.add_get("/api/widget", widget_settings)
    add_console(app, settings.web_dir / "console")
    add_pages(app, settings.web_dir)
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(close_sockets)
    app.cleanup_ctx.extend([_clients, _log, _learning, _chat])
    return app


def _code_of(status: int) -> str:
    return HTTPStatus(status).phrase.lower().replace(" ", "_")


def _sign_in_service(app: web.Application, settings: Settings) -> SignInService:
    return SignInService(
        SignInKeys(document_of(settings.sign_in_jwks, lambda: app[keys.HTTP])),
        issuer=settings.sign_in_issuer,
        audience=settings.sign_in_audience,
        customer_claim=settings.sign_in_customer_claim,
    )


async def _clients(app: web.Application) -> AsyncIterator[None]:
    settings = app[keys.SETTINGS]
    # The queues bound what is asked of the bot at once; the connector must not be a second, hidden queue.
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        app[keys.HTTP] = http
        app[keys.BOT] = BotClient(
            http,
            rasa_url=str(settings.rasa_url),
            secret=settings.channel_secret.get_secret_value(),
            locale=settings.locale,
            shop_words=shop_words(app[keys.FACTS]),
            shop_words_in={
                language: shop_words(app[keys.FACTS], language) for language in reply_languages() if language != ENGLISH
            },
            timeout_s=settings.bot_timeout_s,
        )
        app[keys.ENGINE] = EngineClient(http, engine_url=str(settings.engine_url), timeout_s=settings.engine_timeout_s)
        yield


async def _log(app: web.Application) -> AsyncIterator[None]:
    settings = app[keys.SETTINGS]
    async with open_log(settings.gateway_database_url, app[keys.METRICS]) as log:
        app[keys.LOG] = log
        app[keys.GUARD] = Guard(
            log=log,
            passwords=Passwords(memory_kib=settings.argon2_memory_kib),
            admin_token=settings.admin_token.get_secret_value(),
            session_s=settings.console_session_s,
            idle_s=settings.console_idle_s,
        )
        yield


async def _learning(app: web.Application) -> AsyncIterator[None]:
    settings = app[keys.SETTINGS]
    learning = app[keys.LEARNING] = BotLearning(
        bot=app[keys.BOT],
        log=app[keys.LOG],
        training=app[keys.TRAINING],
        help_folders=settings.help_folders,
        folder=settings.learned_dir.resolve(),
        command=settings.training_command,
        hour=None if settings.learning_hour < 0 else settings.learning_hour,
        days=settings.learning_days,
        quiet_s=settings.learning_quiet_s,
        refresh_s=settings.learning_refresh_s,
    )
    await learning.start()
    yield
    await learning.close()


async def _chat(app: web.Application) -> AsyncIterator[None]:
    """Start what plays turns, first those that the last run left unanswered."""
    settings = app[keys.SETTINGS]
    log = app[keys.LOG]
    metrics = app[keys.METRICS]
    sentiments = SentimentReporter(engine=app[keys.ENGINE])
    sentiments.start()
    turns = Turns(
        bot=app[keys.BOT],
        log=log,
        metrics=metrics,
        sentiments=sentiments,
        bot_start_patience_s=settings.bot_start_patience_s,
    )
    channels = app[keys.CHANNELS] = Channels(turns.play, queue_limit=settings.queue_limit, metrics=metrics)
    exposures = app[keys.EXPOSURES] = ExposureReporter(engine=app[keys.ENGINE], log=log, metrics=metrics)
    await exposures.start()
    queue = app[keys.HANDOVER_QUEUE] = HandoverQueue(log=log, channels=channels, refresh_s=settings.handover_refresh_s)
    queue.start()
    for left in await log.read(transcripts.unanswered):
        turn = Turn(
            message_id=left.message_id,
            client_message_id=left.client_message_id,
            text=left.text,
            payload=left.payload,
            sent_at=left.sent_at,
            received_at=time.monotonic(),
            recovered=True,
        )
        channels.recover(left.conversation, turn)
    notes = EngineNotes(engine=app[keys.ENGINE], log=log)
    notes.start()
    privacy = app[keys.PRIVACY] = PrivacyRequests(engine=app[keys.ENGINE], log=log, channels=channels)
    privacy.start()
    news = app[keys.CODE_NEWS] = CodeNews(
        engine=app[keys.ENGINE], log=log, channels=channels, refresh_s=settings.code_news_refresh_s
    )
    news.start()
    yield
    await news.close()
    await privacy.close()
    await queue.close()
    await notes.close()
    await channels.close()
    await exposures.close()
    await sentiments.close()
