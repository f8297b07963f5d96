"""Amounts: decimals outside, whole ten-thousandths of the currency's unit in the database."""

from __future__ import annotations

from decimal import Decimal

from server.errors import Invalid

UNIT = 10_000
MOST = 10**12
"""In units of the currency; more than that is a mistake of the sender's."""


def kept(amount: Decimal, field: str = "amount") -> int:
    """A decimal as it is kept. Raises `Invalid` naming `field` for what is no amount."""
    if not amount.is_finite() or abs(amount) > MOST:
        raise Invalid(fields={field: "is no amount of money"})
    scaled = amount * UNIT
    if scaled != scaled.to_integral_value():
        raise Invalid(fields={field: "has more than four decimal places"})
    return int(scaled)


def shown(kept: int) -> Decimal:
    """A kept amount as a decimal without needless zeros: 1200, 12.5."""
    whole, rest = divmod(kept, UNIT)
    return Decimal(whole) if rest == 0 else (Decimal(kept) / UNIT).normalize()
