"""What can be wrong with a request or a start.

ServiceError
├── InvalidRequest      400  the request breaks a rule
├── Unauthorized        401  no valid token
├── Forbidden           403  a valid caller, but not for this
├── NotFound            404  no such thing
├── Conflict            409  it contradicts what is recorded
├── Stale               412  the thing was changed since it was read
├── VersionNeeded       428  the request has to name the version it changes
├── TooMany             429  too fast or too much
└── Unavailable         503  a part behind the service does not answer; asking again may help
StartError                   the process cannot start; the text is the one line that the operator sees

Each ServiceError carries a stable `code`, a sentence for a person and, where one field is to blame, its name.
The numbers are the HTTP status that `http_errors` gives them; this module knows no HTTP.
"""

# ruff: noqa: N818  # the code reads better as `raise NotFound(...)`; the base class carries the word error

from __future__ import annotations


class ServiceError(Exception):
    """Base of everything that a service refuses."""

    def __init__(self, code: str, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


class InvalidRequest(ServiceError):
    """The request breaks a rule."""


class Unauthorized(ServiceError):
    """The request has no valid token."""


class Forbidden(ServiceError):
    """The caller is known but may not do this."""


class NotFound(ServiceError):
    """The thing named does not exist."""


class Conflict(ServiceError):
    """The request contradicts what is recorded."""


class Stale(ServiceError):
    """The thing was changed since it was read."""


class VersionNeeded(ServiceError):
    """The request has to name the version that it changes."""


class TooMany(ServiceError):
    """The caller is faster than the limits allow."""


class Unavailable(ServiceError):
    """A part behind the service does not answer."""


class StartError(Exception):
    """The process cannot start; the text says what is wrong and which command mends it."""
