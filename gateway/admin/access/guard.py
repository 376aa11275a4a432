"""Authentication and authorisation of admins: sessions by cookie, the CSRF token, roles, a limit on wrong passwords."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from aiohttp import web

from common.access.failure_brake import FailureBrake
from common.caller_auth import holds_bearer_token, same_secret
from common.clock import utc_now
from common.errors import Forbidden, InvalidRequest, TooMany, Unauthorized
from gateway.admin.access.passwords import Passwords
from gateway.admin.access.permissions import TOKEN_HOLDER, Caller, Permission
from gateway.conversations.audit import admin_accounts
from gateway.conversations.conversation_log import ConversationLog

COOKIE = "promobot_admin"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = {"GET", "HEAD"}
TOUCH_EVERY = timedelta(minutes=1)
FAILURE_LIMIT = 10
FAILURE_PERIOD_S = 300.0


class Guard:
    """Signs admins in and out and identifies the caller of a request."""

    def __init__(
        self,
        *,
        log: ConversationLog,
        passwords: Passwords,
        admin_token: str,
        session_s: int,
        idle_s: int,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.passwords = passwords
        self.clock = clock
        self._log = log
        self._admin_token = admin_token
        self._session = timedelta(seconds=session_s)
        self._idle = timedelta(seconds=idle_s)
        self._failures = FailureBrake(limit=FAILURE_LIMIT, period_s=FAILURE_PERIOD_S)

    async def sign_in(self, *, name: str, password: str, old_token: str | None) -> tuple[str, Caller]:
        """A new session's token. Raises Unauthorized (`wrong_password`) and TooMany (`too_many_attempts`)."""
        known = await self._known(name=name, password=password)
        if known is None:
            raise Unauthorized("wrong_password", "The name or the password is wrong.", field="password")
        if self.passwords.is_outdated(known.password_hash):
            hashed = await self.passwords.hash(password)
            await self._log.write(partial(admin_accounts.rehash, name=name, password_hash=hashed))
        token = secrets.token_urlsafe(32)
        caller = Caller(name=known.name, role=known.role, csrf_token=secrets.token_urlsafe(32))
        entry = caller.entry("sign_in", known.name)
        await self._log.write(
            partial(
                admin_accounts.open_session,
                token_hash=_hash(token),
                csrf_token=caller.csrf_token or "",
                replaced_hash=None if old_token is None else _hash(old_token),
                expired=entry.at - self._session,
                entry=entry,
            )
        )
        return token, caller

    async def change_own_password(self, caller: Caller, *, old: str, new: str) -> tuple[str, Caller]:
        """End all sessions of the caller and begin one under the new password; its token.

        Raises InvalidRequest (`wrong_password`) and TooMany (`too_many_attempts`).
        """
        if await self._known(name=caller.name, password=old) is None:
            raise InvalidRequest("wrong_password", "That is not your password.", field="old")
        change = partial(
            admin_accounts.change_admin,
            name=caller.name,
            role=None,
            password_hash=await self.passwords.hash(new),
            disabled=None,
            entry=caller.entry("own_password", caller.name),
        )
        await self._log.write(change)
        return await self.sign_in(name=caller.name, password=new, old_token=None)

    async def sign_out(self, token: str) -> None:
        """End a session."""
        await self._log.write(partial(admin_accounts.close_session, token_hash=_hash(token)))

    async def caller(self, request: web.Request, permission: Permission) -> Caller:
        """The caller, if permitted. Raises Unauthorized (`unauthorized`) and Forbidden (`csrf`, `role`)."""
        caller = self._token_holder(request) or await self._of_session(request)
        if request.method not in SAFE_METHODS:
            require_same_origin(request)
            sent = request.headers.get(CSRF_HEADER, "")
            if caller.csrf_token is not None and not same_secret(sent, caller.csrf_token):
                raise Forbidden("csrf", "The request does not come from the console; load the page again.")
        if not caller.may(permission):
            raise Forbidden("role", f"The role {caller.role} may not do this.")
        return caller

    def _token_holder(self, request: web.Request) -> Caller | None:
        return TOKEN_HOLDER if holds_bearer_token(request, self._admin_token) else None

    async def _of_session(self, request: web.Request) -> Caller:
        token = request.cookies.get(COOKIE)
        session = None
        if token:
            session = await self._log.read(partial(admin_accounts.find_session, token_hash=_hash(token)))
        now = self.clock()
        if (
            token is None
            or session is None
            or now - session.created_at > self._session
            or now - session.seen_at > self._idle
        ):
            raise Unauthorized("unauthorized", "Sign in first.")
        if now - session.seen_at > TOUCH_EVERY:
            await self._log.write(partial(admin_accounts.touch_session, token_hash=_hash(token), at=now))
        return Caller(name=session.name, role=session.role, csrf_token=session.csrf_token)

    async def _known(self, *, name: str, password: str) -> admin_accounts.Admin | None:
        """Who may sign in under this password. Raises TooMany (`too_many_attempts`)."""
        self._brake(name)
        admin = await self._log.read(partial(admin_accounts.find_admin, name=name))
        known = admin if admin is not None and admin.disabled_at is None else None
        if await self.passwords.matches(password, None if known is None else known.password_hash) and known is not None:
            self._failures.succeeded(name)
            return known
        self._failures.failed(name)
        return None

    def _brake(self, name: str) -> None:
        if self._failures.holds(name):
            raise TooMany("too_many_attempts", "Too many wrong passwords. Wait five minutes.", field="password")


def require_same_origin(request: web.Request) -> None:
    """Raises Forbidden (`csrf`) if a browser says that another site's page sends this."""
    origin = request.headers.get("Origin")
    if origin is not None and origin.partition("://")[2] != request.host:
        raise Forbidden("csrf", "The request comes from another site.")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
