"""Amounts for people, in the currency of the sales. The only place where the studio writes money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from promo_engine.domain.money import Currency


@dataclass(frozen=True)
class Money:
    """Writes amounts of one currency. Cents are its minor units, whatever they are called.

    >>> Money("EUR").words(123_450)
    '€1,234.50'
    >>> Money("JPY").main(500)
    500.0
    """

    code: str
    """ISO 4217."""

    def words(self, cents: float, *, whole: bool = False) -> str:
        """An amount as a sentence has it; `whole` leaves the minor units out."""
        from babel.numbers import format_currency  # noqa: PLC0415  slow to import

        pattern = "¤#,##0;-¤#,##0" if whole else None
        return format_currency(
            self.main(cents), self.code, pattern, locale="en", currency_digits=not whole, decimal_quantization=True
        )

    def main(self, cents: Any) -> Any:
        """Cents in units of the currency, of a number or an array of them, as tables and pictures have them."""
        return cents / 10 ** Currency(self.code).decimals

    def column(self, title: str) -> str:
        """The heading of a column of such amounts: `value, EUR`."""
        return f"{title}, {self.code}"
