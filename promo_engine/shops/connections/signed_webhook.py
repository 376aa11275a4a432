"""Changes told to any shop: one signed POST, which the shop may answer at once or later.

The body is JSON: `change_request_id`, `kind`, `order_id`, `number`, `lines`, `reason`, `new_address`, `payment`,
`difference_cents`, `customer_id`, `asked_at`. Lines are `variant_id`, `quantity` and `new_variant_id`. It is
signed like every webhook of ours (`shops/signatures.py`); `Idempotency-Key` is the request's id. A reply of 200 may say
`{"state": "confirmed" | "refused", "reference": "…", "reason": "…"}`; 202, or no state, means that the shop decides
later. 400, 409 and 422 refuse.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from promo_engine.domain.customers.change_requests import ChangeRequest, ChangeState, ShopAnswer
from promo_engine.domain.customers.order_report import StoredOrder
from promo_engine.ports.shop.shop_access import ShopUnreachableError
from promo_engine.shops.connections.shop_http import ShopHttp
from promo_engine.shops.signatures import sign

_REFUSING = (400, 409, 422)


class SignedWebhook:
    """The address at which a shop hears of changes."""

    def __init__(self, http: ShopHttp, *, url: str, secret: str, clock: Callable[[], datetime]) -> None:
        self._http = http
        self._url = url
        self._secret = secret
        self._clock = clock

    async def send(self, request: ChangeRequest, stored: StoredOrder) -> ShopAnswer:
        """Tell the shop. Raises ShopUnreachableError."""
        content = json.dumps(
            {
                "change_request_id": request.change_request_id,
                "kind": request.kind,
                "order_id": request.order_id,
                "number": stored.order.shown_number,
                "lines": [vars(line) for line in request.lines],
                "reason": request.reason,
                "new_address": request.details,
                "payment": request.payment,
                "difference_cents": request.difference_cents,
                "customer_id": request.customer_id,
                "asked_at": request.asked_at.isoformat(),
            }
        ).encode()
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": request.change_request_id,
            "X-Promobot-Signature": sign(content, self._secret, at=self._clock()),
        }
        reply = await self._http.send("POST", self._url, headers=headers, data=content)
        said = reply.body if isinstance(reply.body, dict) else {}
        reference, reason = str(said.get("reference") or "")[:128], str(said.get("reason") or "")[:500]
        if reply.status in _REFUSING:
            return ShopAnswer(ChangeState.REFUSED, reference, reason)
        if reply.status >= 300:
            raise ShopUnreachableError(f"POST {self._url.partition('?')[0]}: status {reply.status}")
        states = {"confirmed": ChangeState.CONFIRMED, "refused": ChangeState.REFUSED}
        return ShopAnswer(states.get(str(said.get("state")), ChangeState.SENT), reference, reason)
