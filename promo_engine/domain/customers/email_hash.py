"""E-mail addresses are not stored; what is stored tells whether two of them are the same."""

from __future__ import annotations

from hashlib import sha256


def email_hash(address: str) -> str:
    """SHA-256 of an e-mail address in lower case, in hexadecimal; empty for none."""
    return sha256(address.strip().lower().encode()).hexdigest() if address.strip() else ""


def email_customer_id(hashed: str) -> str | None:
    """The id of a customer who is known by an e-mail address alone; None without one."""
    return f"email:{hashed[:48]}" if hashed else None
