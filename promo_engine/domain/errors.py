"""What the engine refuses: the kinds of `common.errors`, under the engine's roof.

`Forbidden` is a thing that belongs to another conversation or customer.
"""

from common.errors import (
    Conflict,
    Forbidden,
    InvalidRequest,
    NotFound,
    ServiceError,
    Stale,
    TooMany,
    Unavailable,
    VersionNeeded,
)

__all__ = [
    "Conflict",
    "Forbidden",
    "InvalidRequest",
    "NotFound",
    "ServiceError",
    "Stale",
    "TooMany",
    "Unavailable",
    "VersionNeeded",
]
