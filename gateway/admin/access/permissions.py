"""What each role of the console may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from common.clock import utc_now
from gateway.conversations.audit.audit_log import AuditEntry


class Permission(Enum):
    """What the roles differ in."""

    READ = "read"
    ANNOTATE = "annotate"
    TAKE_OVER = "take_over"
    ANSWER_CHANGES = "answer_changes"
    EXPORT = "export"
    CHANGE_OFFERS = "change_offers"
    MANAGE = "manage"


ROLES: dict[str, frozenset[Permission]] = {
    "viewer": frozenset({Permission.READ}),
    "agent": frozenset(
        {
            Permission.READ,
            Permission.ANNOTATE,
            Permission.TAKE_OVER,
            Permission.ANSWER_CHANGES,
            Permission.EXPORT,
        }
    ),
    "marketer": frozenset({Permission.READ, Permission.ANNOTATE, Permission.CHANGE_OFFERS, Permission.EXPORT}),
    "admin": frozenset(Permission),
}


@dataclass(frozen=True)
class Caller:
    """The admin or script that sends a request."""

    name: str
    role: str
    csrf_token: str | None
    """None for the holder of the admin token, which no browser sends by itself."""

    def entry(self, action: str, subject: str, **details: object) -> AuditEntry:
        """An audit entry about what the caller does now."""
        return AuditEntry(name=self.name, action=action, subject=subject, at=utc_now(), details=details)

    def may(self, permission: Permission) -> bool:
        """Whether the role has the permission."""
        return permission in ROLES[self.role]


TOKEN_HOLDER = Caller(name="admin-token", role="viewer", csrf_token=None)
"""Scripts with PROMOBOT_ADMIN_TOKEN: they read."""
