"""What can be wrong with a request or a frame.

GatewayError
├── InvalidRequest      the frame or body breaks a rule
├── Unauthorized        no valid token
├── Forbidden           valid, but not for this
├── NotFound            no such thing
├── Conflict            somebody else was faster
├── TooMany             too fast or too much
└── Unavailable         a part behind the gateway does not answer
StartError              the process cannot start; its text is the one line the operator sees

Each GatewayError carries a stable `code`, a sentence for a person and, where one field is to blame, its name.
`web_errors` turns them into HTTP answers, `chat.frames` into error frames; both have the same three fields.
"""

# ruff: noqa: N818  # the code reads better as `raise NotFound(...)`; the base class carries the word error

from __future__ import annotations


class GatewayError(Exception):
    """Base of everything the gateway refuses."""

    def __init__(self, code: str, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


class InvalidRequest(GatewayError):
    """The request breaks a rule."""


class Unauthorized(GatewayError):
    """There is no valid token."""


class Forbidden(GatewayError):
    """The token is valid but does not open this."""


class NotFound(GatewayError):
    """The thing named does not exist."""


class Conflict(GatewayError):
    """The thing is no longer as the request takes it to be."""


class TooMany(GatewayError):
    """The shopper is faster than the limits allow."""


class Unavailable(GatewayError):
    """A part behind the gateway does not answer."""


class StartError(Exception):
    """The process cannot start; the text says what is wrong and which command mends it."""
