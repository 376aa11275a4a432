"""Brings the Complete Journey data set into the engine's database, with names for its categories and demo offers."""

from importlib.resources import files
from pathlib import Path


def shipped(name: str) -> Path:
    """Return a file that comes with this package: category_names.yml, product_type_names.yml or demo_offers.yml."""
    return Path(str(files(__name__) / name))
