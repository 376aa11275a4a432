"""Changes told to people: a mail to the shop's service, which decides and answers the customer itself."""

from __future__ import annotations

import asyncio
import smtplib
from dataclasses import dataclass, field
from email.message import EmailMessage

from promo_engine.domain.customers.change_requests import ChangeKind, ChangeRequest, ChangeState, ShopAnswer
from promo_engine.domain.customers.order_report import StoredOrder
from promo_engine.ports.shop.shop_access import ShopUnreachableError

_WISHES = {
    ChangeKind.CANCEL: "cancel the order",
    ChangeKind.RETURN: "return the order",
    ChangeKind.ADDRESS: "send the order to another address",
    ChangeKind.PAYMENT: "pay the order otherwise",
    ChangeKind.ITEMS: "have other options of what is in the order",
    ChangeKind.EXCHANGE: "exchange what arrived for other options",
    ChangeKind.ACCOUNT_ADDRESS: "have another address in their account",
}


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in; the engine's PROMOBOT_SMTP_ settings."""

    host: str
    port: int = 587
    sender: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    starttls: bool = True
    timeout_s: float = 8.0


class MailToService:
    """Writes one mail a request. The same request again is the same Message-ID, which mail servers drop as a copy."""

    def __init__(self, server: MailServer, *, to: str) -> None:
        self._server = server
        self._to = to

    async def send(self, request: ChangeRequest, stored: StoredOrder) -> ShopAnswer:
        """Hand the mail in. Raises ShopUnreachableError."""
        mail = self._mail(request, stored)
        try:
            await asyncio.to_thread(self._hand_in, mail)
        except (smtplib.SMTPException, OSError) as error:
            raise ShopUnreachableError(f"mail by {self._server.host}:{self._server.port}: {error}") from error
        return ShopAnswer(ChangeState.SENT, reference=str(mail["Message-ID"])[:128])

    def _mail(self, request: ChangeRequest, stored: StoredOrder) -> EmailMessage:
        number = stored.order.shown_number
        domain = self._server.sender.partition("@")[2] or "localhost"
        mail = EmailMessage()
        mail["Subject"] = f"Order {number}: the customer wants to {_WISHES[request.kind]}"
        mail["From"], mail["To"] = self._server.sender, self._to
        mail["Message-ID"] = f"<{request.change_request_id}@{domain}>"
        lines = [
            f"  {line.quantity} x {line.variant_id}" + (f" for {line.new_variant_id}" if line.new_variant_id else "")
            for line in request.lines
        ]
        mail.set_content(
            "\n".join(
                [
                    f"In the chat, a customer asked to {_WISHES[request.kind]}.",
                    "",
                    f"Order: {number} ({request.order_id})",
                    f"Asked: {request.asked_at:%Y-%m-%d %H:%M} UTC",
                    *(["Only:", *lines] if lines else []),
                    *([f"New address: {request.details}"] if request.details else []),
                    *([f"Payment: {request.payment}"] if request.payment else []),
                    *(
                        [f"Told to cost more: {request.difference_cents} cents"]
                        if request.difference_cents is not None
                        else []
                    ),
                    *([f"Reason: {request.reason}"] if request.reason else []),
                    "",
                    "Nothing has been changed, and the customer was promised nothing but an answer by e-mail.",
                    f"Request {request.change_request_id}",
                ]
            )
        )
        return mail

    def _hand_in(self, mail: EmailMessage) -> None:
        server = self._server
        with smtplib.SMTP(server.host, server.port, timeout=server.timeout_s) as connection:
            if server.starttls:
                connection.starttls()
            if server.user:
                connection.login(server.user, server.password)
            connection.send_message(mail)
