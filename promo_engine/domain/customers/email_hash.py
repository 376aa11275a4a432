"""E-mail addresses, names and postcodes are not stored; what is stored tells whether two of them are the same."""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256


def email_hash(address: str) -> str:
    """SHA-256 of an e-mail address in lower case, in hexadecimal; empty for none."""
    return sha256(address.strip().lower().encode()).hexdigest() if address.strip() else ""


def name_hash(name: str, postcode: str) -> str:
    """SHA-256 of a person's name and postcode, whatever their case, accents and blanks; empty unless both are there."""
    plain = "".join(
        letter for letter in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(letter)
    )
    words, code = re.findall(r"\w+", plain), re.sub(r"[^0-9A-Za-z]", "", postcode).upper()
    return sha256(f"{' '.join(words)}/{code}".encode()).hexdigest() if words and code else ""


def email_customer_id(hashed: str) -> str | None:
    """The id of a customer who is known by an e-mail address alone; None without one."""
    return f"email:{hashed[:48]}" if hashed else None
