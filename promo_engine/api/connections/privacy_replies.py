"""How a request about privacy is shown."""

from __future__ import annotations

from datetime import datetime

from promo_engine.api.http.endpoint import Reply
from promo_engine.domain.connections.privacy_requests import PrivacyKind, PrivacyRequest, PrivacyState


class PrivacyReply(Reply):
    """A request about privacy, without what it is about."""

    request_id: str
    kind: PrivacyKind
    state: PrivacyState
    requested_by: str
    requested_at: datetime
    done_at: datetime | None
    counts: dict[str, int]


def privacy_reply(request: PrivacyRequest) -> PrivacyReply:
    """Show a request."""
    return PrivacyReply(
        request_id=request.request_id,
        kind=request.kind,
        state=request.state,
        requested_by=request.requested_by,
        requested_at=request.requested_at,
        done_at=request.done_at,
        counts=dict(request.counts),
    )
