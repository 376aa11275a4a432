"""What can be wrong with a request to the engine.

EngineError
├── InvalidRequest          400  the request breaks a rule that its schema cannot express
├── NotFound                404  no such customer, offer, decision, order
├── NotYours                403  it exists, but belongs to another conversation or customer
├── Conflict                409  it contradicts what is already recorded
├── Stale                   412  somebody has changed the thing since it was read
├── VersionNeeded           428  the request has to say which version of the thing it changes
└── Unavailable             503  the engine cannot answer now; asking again may help

Each error carries a stable `code`, a sentence for a person and, where one field is to blame, that field's name.
The numbers are the HTTP status that `api/errors.py` gives them; this package knows no HTTP.
"""

# ruff: noqa: N818  # the code reads better as `raise NotFound(...)`; the base class carries the word error

from __future__ import annotations


class EngineError(Exception):
    """Base of everything the engine refuses."""

    def __init__(self, code: str, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


class InvalidRequest(EngineError):
    """The request is well formed but breaks a rule."""


class NotFound(EngineError):
    """The thing named does not exist."""


class NotYours(EngineError):
    """The thing named belongs to another conversation or customer."""


class Conflict(EngineError):
    """The request contradicts what is already recorded."""


class Stale(EngineError):
    """The thing was changed since it was read."""


class VersionNeeded(EngineError):
    """The request has to say which version it changes."""


class Unavailable(EngineError):
    """The engine cannot answer now."""
