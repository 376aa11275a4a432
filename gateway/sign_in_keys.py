"""Public keys of the shop's own sign-in service: a JWKS document (RFC 7517) at an address or in a file.

The document is read when the first token needs it and kept for an hour. A token that names a key nobody knows makes it
read anew, since services change their keys, but at most once a minute: whoever sends made-up names costs the service
nothing. Where it cannot be read, the keys that are known go on counting.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import jwt
from yarl import URL

from common.errors import StartError, Unauthorized, Unavailable

logger = logging.getLogger(__name__)

ALGORITHM = "RS256"
KEPT_S = 3600.0
READ_AGAIN_AFTER_S = 60.0
"""Least seconds between two readings, whatever tokens say."""
_TIMEOUT = aiohttp.ClientTimeout(total=5)
_LONGEST = 256 * 1024
"""Bytes of a document; a service has a handful of keys."""
_LEAST_BITS = 2048
"""RFC 7518, 3.3."""

Keys = Mapping[str | None, jwt.PyJWK]
ReadDocument = Callable[[], Awaitable[bytes]]


class SignInKeys:
    """The keys by their ids. `read` brings the document; it raises OSError or aiohttp.ClientError where it cannot."""

    def __init__(self, read: ReadDocument, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self._keys: Keys = {}
        self._loaded_at: float | None = None
        self._tried_at: float | None = None
        self._reading = asyncio.Lock()

    async def key(self, key_id: str | None) -> jwt.PyJWK:
        """The key of this id; a token without one is of the only key.

        Raises Unauthorized (`invalid_token`) for an unknown one, Unavailable (`sign_in_unavailable`) while no key was
        ever read.
        """
        found = self._find(key_id)
        if found is None or self._is_old():
            async with self._reading:
                # Those who waited here find what the first of them has read.
                found = self._find(key_id)
                if (found is None or self._is_old()) and self._may_read():
                    await self._load()
                    found = self._find(key_id)
        if found is not None:
            return found
        if self._loaded_at is None:
            raise Unavailable("sign_in_unavailable", "The keys of the shop's sign-in cannot be read right now.")
        raise Unauthorized("invalid_token", "The token is not valid.", field="token")

    def _find(self, key_id: str | None) -> jwt.PyJWK | None:
        if key_id is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return None if key_id is None else self._keys.get(key_id)

    def _is_old(self) -> bool:
        return self._loaded_at is None or self._clock() - self._loaded_at >= KEPT_S

    def _may_read(self) -> bool:
        return self._tried_at is None or self._clock() - self._tried_at >= READ_AGAIN_AFTER_S

    async def _load(self) -> None:
        self._tried_at = self._clock()
        try:
            self._keys = read_keys(await self._read())
        except (OSError, ValueError, TimeoutError, aiohttp.ClientError) as error:
            logger.warning("The keys of the shop's sign-in cannot be read: %s", str(error) or type(error).__name__)
            return
        self._loaded_at = self._clock()


def read_keys(document: bytes) -> Keys:
    """The RSA keys that sign, by their ids; others are left out. Raises ValueError for what is no JWKS document."""
    try:
        listed = json.loads(document)["keys"]
        described = [key for key in listed if isinstance(key, dict)]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"it is no JWKS document: {error!r}") from error
    found: dict[str | None, jwt.PyJWK] = {}
    for key in described:
        if not _signs(key):
            continue
        try:
            made = jwt.PyJWK(key, algorithm=ALGORITHM)
        except jwt.PyJWTError as error:
            logger.warning("A key of the shop's sign-in is left out: %s", error)
            continue
        if made.key.key_size >= _LEAST_BITS:
            found[key.get("kid")] = made
    if not found:
        raise ValueError(f"it holds no RSA key of at least {_LEAST_BITS} bits that signs with {ALGORITHM}")
    return found


def _signs(key: Mapping[str, Any]) -> bool:
    named = key.get("kid")
    return (
        key.get("kty") == "RSA"
        and key.get("use", "sig") == "sig"
        and key.get("alg", ALGORITHM) == ALGORITHM
        and "d" not in key  # a private key in public: nobody should believe what it signs
        and (named is None or isinstance(named, str))
    )


def document_of(source: str, http: Callable[[], aiohttp.ClientSession]) -> ReadDocument:
    """How the document at an address, or in a file, is read. Raises StartError where that cannot work."""
    try:
        import cryptography  # noqa: F401, PLC0415  only who needs it has it
    except ModuleNotFoundError as error:
        raise StartError(
            "The gateway cannot start: PROMOBOT_SIGN_IN_JWKS needs cryptography; pip install 'promobot[jwks]'"
        ) from error
    if "://" not in source:
        file = Path(source)
        if not file.is_file():
            raise StartError(f"The gateway cannot start: PROMOBOT_SIGN_IN_JWKS: there is no file {source}")

        async def read_file() -> bytes:
            return await asyncio.to_thread(file.read_bytes)

        return read_file
    address = URL(source)

    async def fetch() -> bytes:
        async with http().get(address, timeout=_TIMEOUT, allow_redirects=False) as reply:
            if reply.status != 200:
                raise OSError(f"{address} answered {reply.status}")
            content = await reply.content.read(_LONGEST + 1)
            while len(content) <= _LONGEST and (more := await reply.content.read(_LONGEST)):
                content += more
            if len(content) > _LONGEST:
                raise OSError(f"{address} answered with more than {_LONGEST} bytes")
            return content

    return fetch
