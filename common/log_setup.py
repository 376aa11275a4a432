"""How the processes write their log: one line an entry, to stderr."""

from __future__ import annotations

import logging

LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def set_up_logging() -> None:
    """Log from INFO on."""
    logging.basicConfig(level=logging.INFO, format=LINE)
