"""Settings of the gateway, read from environment variables with the prefix PROMOBOT_."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field, HttpUrl, SecretStr, ValidationInfo, field_validator

from common.base_settings import ServiceSettings, SettingsError, load_settings
from common.errors import StartError

Secret = Annotated[SecretStr, Field(min_length=32)]


class Settings(ServiceSettings):
    """What the gateway needs to know. Secrets have no defaults."""

    renamed: ClassVar[dict[str, str]] = {"line_refresh_s": "handover_refresh_s"}
    shop_facts: ClassVar[dict[str, str]] = {"locale": "language"}

    gateway_host: str = "127.0.0.1"
    gateway_port: int = Field(default=8080, ge=1, le=65535)
    gateway_database_url: str = "sqlite+aiosqlite:///var/gateway.db"
    rasa_url: HttpUrl = HttpUrl("http://127.0.0.1:5005")
    engine_url: HttpUrl = HttpUrl("http://127.0.0.1:8090")
    actions_url: HttpUrl = HttpUrl("http://127.0.0.1:5055")
    """Rasa calls it; the gateway only checks its health."""
    web_dir: Path = Path(str(files("gateway.web") / "dist"))
    """The built pages; those of the package unless you build your own."""
    locale: str = "en"
    nlu_dir: Path = Path("data/nlu")
    """The bot's training data, which the console shows beside what is added in it."""
    flows_dir: Path = Path("data/flows")
    """The bot's flows, for the titles of its intents."""
    articles_dir: Path = Path("data/help")
    """Help articles of every shop."""
    help_dir: Path | None = None
    """The shop's own help articles."""
    rasa_results_dir: Path = Path("results")
    """Where `rasa test nlu` wrote its reports."""

    channel_secret: Secret
    token_secret: Secret
    admin_token: Secret

    demo_sign_in: bool = True
    demo_pictures_dir: Path | None = None
    """Pictures of the demo shop's products, served as /pictures/PRODUCT.svg; none: there are no such addresses."""
    token_lifetime_s: int = Field(default=12 * 3600, ge=60)
    sign_in_jwks: str = Field(default="", pattern=r"^(https://\S+|http://(127\.0\.0\.1|localhost)(:\d+)?/\S*|[^:]+)?$")
    """Public keys of the shop's own sign-in service, whose RS256 tokens then count: an https address, or a file."""
    sign_in_issuer: str = Field(default="", validate_default=True)
    """What `iss` of such a token has to be."""
    sign_in_audience: str = Field(default="", validate_default=True)
    """What `aud` of such a token has to be, or to hold."""
    sign_in_customer_claim: str = Field(default="sub", min_length=1)
    """The claim of such a token that holds the customer's id at the shop."""

    console_session_s: int = Field(default=12 * 3600, ge=60)
    """How long an admin stays signed in at most, and see `console_idle_s`."""
    console_idle_s: int = Field(default=2 * 3600, ge=60)
    """How long an admin stays signed in without doing anything."""
    argon2_memory_kib: int = Field(default=64 * 1024, ge=8)
    """Memory of one check of a password (RFC 9106 names 64 MiB where memory is short)."""

    bot_timeout_s: float = Field(default=10.0, gt=0)
    engine_timeout_s: float = Field(default=2.0, gt=0)
    bot_start_patience_s: float = Field(default=180.0, ge=0)
    """How long messages left unanswered by the last run wait for the bot to become ready."""

    learned_dir: Path = Path("var/learned")
    """Where accepted examples and the models trained with them are kept; the bot's training reads the examples."""
    training_command: str = ""
    """Trains and checks a new model of the bot (docs/learning.md); empty: what is accepted waits for the next training
    by hand."""
    learning_hour: int = Field(default=2, ge=-1, le=23)
    """The hour (UTC) at which unanswered messages are grouped; -1: only when somebody asks for it."""
    learning_days: int = Field(default=30, ge=1)
    """How old a message may be that is grouped."""
    learning_quiet_s: float = Field(default=60.0, ge=0)
    """Seconds after the last accepted example before a training begins by itself."""
    learning_refresh_s: float = Field(default=10.0, gt=0)
    """Seconds between two looks whether a training is due."""

    consent_version: str = Field(default="1", pattern=r"^[\w.-]{1,32}$")
    """Version of the privacy notice above the first message; a new version asks for consent again."""
    privacy_url: str = ""
    """Address of the shop's privacy policy, linked from the notice; empty for none."""
    picture_hosts: str = Field(default="", pattern=r"^(https://[\w.:-]+( |$))*$")
    """Where the shop's pictures lie, such as `https://cdn.shop.example`, several by blanks: the pages that the gateway
    serves may show them. A shop's own pages say so in their own policy."""
    proactive_per_day: int = Field(default=2, ge=0)
    """How often the bot may speak first to one shopper in 24 hours, over all triggers."""
    proactive_pause_s: float = Field(default=60.0, ge=0)
    """Seconds after the last message of a conversation in which the bot does not speak first."""
    handover_refresh_s: float = Field(default=2.0, gt=0)
    """Seconds between two looks whether the queue for a person has moved."""

    code_news_refresh_s: float = Field(default=3.0, gt=0)
    """Seconds between two looks whether a code is ready that a shopper was told to wait for."""

    history_limit: int = Field(default=100, ge=1, le=1000)
    queue_limit: int = Field(default=5, ge=1)
    """Messages of one conversation that may wait for the bot at once."""
    message_length_limit: int = Field(default=2000, ge=1)
    """Characters of one message."""
    frame_size_limit: int = Field(default=32 * 1024, ge=1024)
    """Bytes of one WebSocket frame: the longest message, every character escaped, with room to spare."""
    rate_limit_frames: int = Field(default=40, ge=1)
    """Frames one connection may send in `rate_limit_period_s`, at once or spread out."""
    rate_limit_period_s: float = Field(default=10.0, gt=0)
    shop_requests_per_minute: int = Field(default=1200, ge=1)
    """Requests that one source's token may send a minute, at once or spread out."""
    webhooks_per_minute: int = Field(default=12_000, ge=1)
    """Webhooks that one source may send a minute; more are answered 429, and the shop sends them again."""
    heartbeat_s: float = Field(default=25.0, gt=0)
    hello_timeout_s: float = Field(default=10.0, gt=0)

    @property
    def help_folders(self) -> tuple[Path, ...]:
        """Of help articles; those of the shop's own stand in place of others with their id."""
        return (self.articles_dir,) if self.help_dir is None else (self.articles_dir, self.help_dir)

    @field_validator("sign_in_issuer", "sign_in_audience")
    @classmethod
    def _needed_for_sign_in(cls, value: str, info: ValidationInfo) -> str:
        # Without them every token that the service makes, for whatever application, would open an account here.
        if info.data.get("sign_in_jwks") and not value:
            raise ValueError("is needed where the keys of a sign-in service are named")
        return value


def read_settings() -> Settings:
    """Read the environment.

    Raises StartError with one line that names every wrong variable and the command that writes the secrets.
    """
    try:
        return load_settings(Settings)
    except SettingsError as error:
        if not error.faults:
            raise StartError(f"The gateway cannot start: {error}") from error
        wrong = "; ".join(f"{fault.variable}: {fault.message.lower()}" for fault in error.faults)
        raise StartError(
            f"The gateway cannot start: {wrong}. `promobot init` writes a shop's secrets to secrets.env, "
            "`make setup` a checkout's to var/secrets.env."
        ) from error
