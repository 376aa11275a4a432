"""The input channel through which the gateway reaches Rasa: one request is one turn, and a failed turn is a failure.

    POST /webhooks/gateway/turn     200 reply, 400 invalid_request, 401 wrong_secret, 500 turn_failed, 503 not_ready
    GET  /webhooks/gateway/ready    200 once a model with a dialogue part is loaded, else 503 not_ready
    GET  /webhooks/gateway/model    200 the archive of the model that serves, 401 wrong_secret, 503 not_ready
    PUT  /webhooks/gateway/model    200 another archive serves, 400 invalid_request, 401 wrong_secret, 409 model_refused

Every error has the shape {"code", "message", "field"}. Rasa's REST channel would answer 200 with an empty list.
"""
# ruff: noqa: N818  # the name says what happened

import asyncio
import hmac
import logging
from pathlib import Path
from typing import Any, Awaitable, Callable, Dict, Mapping, Optional

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.core.processor import MessageProcessor
from rasa.shared.data import TrainingType
from rasa.shared.exceptions import RasaException
from sanic import Blueprint, Sanic, response
from sanic.exceptions import InvalidUsage
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.entities.dates import moment
from bot.turn import CHANNEL, SHOP_WORDS, ReplyChannel, play_turn

logger = logging.getLogger(__name__)

SECRET_HEADER = "X-Promobot-Secret"
TRAIN_COMMAND = (
    "rasa train --config bot/config.yml --domain bot/domain --data data/nlu data/stories --out var/models/rasa"
)


class GatewayInput(InputChannel):
    """The channel's settings: the secret that the gateway and this process share."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    @classmethod
    def name(cls) -> str:
        """Part of the channel's address and of every message's record."""
        return CHANNEL

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[str, Any]]) -> "GatewayInput":
        """Read the secret; without one the start is refused."""
        secret = str((credentials or {}).get("secret") or "").strip()
        if not secret:
            raise RasaException(
                "the gateway channel has no secret: set PROMOBOT_CHANNEL_SECRET, which bot/credentials.yml hands on"
            )
        return cls(secret)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The two routes. `on_new_message` is not used: it returns nothing, and a turn needs its result."""
        blueprint = Blueprint("promobot_gateway")

        def wrong_secret(request: Request) -> Optional[HTTPResponse]:
            if self._knows(request.headers.get(SECRET_HEADER, "")):
                return None
            return _error(401, "wrong_secret", f"The {SECRET_HEADER} header is missing or wrong.")

        @blueprint.get("/model")
        async def model(request: Request) -> HTTPResponse:
            if refusal := wrong_secret(request):
                return refusal
            if reason := why_not_ready(request.app):
                return _error(503, "not_ready", reason)
            return response.json({"model": str(request.app.ctx.agent.processor.model_path)})

        @blueprint.put("/model")
        async def serve_model(request: Request) -> HTTPResponse:
            if refusal := wrong_secret(request):
                return refusal
            try:
                archive = _archive_of(_json_of(request))
            except InvalidTurn as error:
                return _error(400, "invalid_request", f"{error.field}: {error}", error.field)
            return await _serve(request.app, archive)

        @blueprint.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            if refusal := wrong_secret(request):
                return refusal
            try:
                body = _checked(_json_of(request))
            except InvalidTurn as error:
                return _error(
                    400, "invalid_request", f"{error.field}: {error}" if error.field else str(error), error.field
                )
            if reason := why_not_ready(request.app):
                return _error(503, "not_ready", reason)
            return await _answer(request.app.ctx.agent, body)

        @blueprint.get("/ready")
        async def ready(request: Request) -> HTTPResponse:
            if reason := why_not_ready(request.app):
                return _error(503, "not_ready", reason)
            return response.json({"status": "ready", "model_id": request.app.ctx.agent.model_id})

        return blueprint

    def _knows(self, secret: str) -> bool:
        return hmac.compare_digest(secret.encode(), self._secret)


class InvalidTurn(Exception):
    """The request's body breaks the contract; `field` names where."""

    def __init__(self, message: str, field: Optional[str] = None) -> None:
        super().__init__(message)
        self.field = field


def why_not_ready(app: Sanic) -> Optional[str]:
    """One sentence that says what is missing, or None when turns can be played."""
    agent: Optional[Agent] = getattr(app.ctx, "agent", None)
    if agent is None or not agent.is_ready() or agent.processor is None:
        return (
            f"No model is loaded, or one of an older bot that cannot be read (see the log). Train one: {TRAIN_COMMAND}"
        )
    if agent.processor.model_metadata.training_type in (TrainingType.NLU, TrainingType.CORE):
        return f"The model knows only half of the bot. Train it with --domain bot/domain: {TRAIN_COMMAND}"
    return None


async def _serve(app: Sanic, archive: Path) -> HTTPResponse:
    """Load the archive beside the model that serves, then let it take over; turns go on meanwhile."""
    agent: Agent = app.ctx.agent

    def load() -> MessageProcessor:
        return MessageProcessor(
            model_path=archive,
            tracker_store=agent.tracker_store,
            lock_store=agent.lock_store,
            action_endpoint=agent.action_endpoint,
            generator=agent.nlg,
        )

    try:
        processor = await asyncio.get_running_loop().run_in_executor(None, load)
    except Exception as error:
        logger.exception("The model %s cannot be loaded; the one before serves on.", archive)
        return _error(409, "model_refused", f"The model cannot be loaded: {error!r}"[:300], "model")
    if processor.model_metadata.training_type in (TrainingType.NLU, TrainingType.CORE):
        return _error(409, "model_refused", "The model knows only half of the bot.", "model")
    # As Agent.load_model does, but at once and not in another thread: no turn sees half of it.
    agent.processor, agent.domain = processor, processor.domain
    agent.tracker_store.domain = processor.domain
    if isinstance(agent.nlg, TemplatedNaturalLanguageGenerator):
        agent.nlg.responses = processor.domain.responses
    logger.info("The model %s serves now.", archive)
    return response.json({"model": str(archive)})


def _archive_of(body: Any) -> Path:
    """The model archive that a request names. Raises InvalidTurn."""
    named = body.get("model") if isinstance(body, dict) else None
    if not isinstance(named, str) or not named.endswith(".tar.gz") or not Path(named).is_file():
        raise InvalidTurn("must be the path of a model archive on this machine", "model")
    return Path(named)


async def _answer(agent: Agent, body: Mapping[str, Any]) -> HTTPResponse:
    metadata = {**body.get("metadata", {}), "message_id": body["message_id"]}
    message = UserMessage(
        text=body["text"],
        output_channel=ReplyChannel(),
        sender_id=body["sender_id"],
        input_channel=CHANNEL,
        message_id=body["message_id"],
        metadata=metadata,
    )
    try:
        reply = await play_turn(agent, message, carried_slots=metadata.get("carried_slots") or {})
    except Exception:
        logger.exception("Turn %s of conversation %s failed.", body["message_id"], body["sender_id"])
        return _error(500, "turn_failed", "The bot could not handle this message.")
    return response.json(reply)


def _json_of(request: Request) -> Any:
    try:
        return request.json
    except InvalidUsage as error:
        raise InvalidTurn("the body is not valid JSON") from error


def _checked(body: Any) -> Mapping[str, Any]:
    """The body as the contract has it. Raises InvalidTurn."""
    if not isinstance(body, dict):
        raise InvalidTurn("the body must be a JSON object")
    for field in ("sender_id", "message_id", "text"):
        if not isinstance(body.get(field), str) or not body[field].strip():
            raise InvalidTurn("must be a non-empty string", field)
    metadata = body.get("metadata", {})
    if not isinstance(metadata, dict):
        raise InvalidTurn("must be an object", "metadata")
    for field in ("carried_slots", SHOP_WORDS):
        if not isinstance(metadata.get(field) or {}, dict):
            raise InvalidTurn("must be an object", f"metadata.{field}")
    if "sent_at" in metadata and not _is_moment(metadata["sent_at"]):
        raise InvalidTurn("must be a time as ISO 8601 with its zone", "metadata.sent_at")
    turn_count = metadata.get("turn_count", 1)
    if type(turn_count) is not int or turn_count < 1:
        raise InvalidTurn("must be a whole number from 1", "metadata.turn_count")
    return body


def _is_moment(value: Any) -> bool:
    try:
        return moment(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _error(status: int, code: str, message: str, field: Optional[str] = None) -> HTTPResponse:
    return response.json({"code": code, "message": message, "field": field}, status=status)
