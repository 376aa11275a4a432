"""All kinds of benefit by their names, in their lasting order. A file in this folder with a kind in it is enough."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from pkgutil import iter_modules

from promo_engine.domain import benefits
from promo_engine.domain.benefits.benefit import Benefit


def listed(classes: Iterable[type[Benefit]]) -> Mapping[str, type[Benefit]]:
    """Return classes by kind, by ordinal. Raises ValueError where two share one."""
    kinds: dict[str, type[Benefit]] = {}
    ordinals: dict[int, str] = {}
    for found in sorted(classes, key=lambda each: each.ordinal):
        if found.kind in kinds or found.ordinal in ordinals:
            raise ValueError(f"benefits: {found.__name__} has the kind or the ordinal of another one")
        kinds[found.kind], ordinals[found.ordinal] = found, found.kind
    return kinds


def _found() -> Iterable[type]:
    for module in iter_modules(benefits.__path__, f"{benefits.__name__}."):
        if module.name != __name__:
            names = vars(import_module(module.name)).values()
            yield from (each for each in names if isinstance(each, type) and each.__module__ == module.name)


BENEFIT_KINDS: Mapping[str, type[Benefit]] = listed(
    each for each in _found() if issubclass(each, Benefit) and each is not Benefit
)
