"""Benefits and scopes as JSON: an object with its `kind` and the fields of that kind's class.

The one place that reads and writes them, for the storage, the offer file and the HTTP interface alike. A field that has
its default is left out. Every ValueError is one line that begins with the path of the field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from promo_engine.codecs.json_fields import read_fields, written_fields
from promo_engine.domain.benefits.benefit import Benefit
from promo_engine.domain.benefits.registry import BENEFIT_KINDS
from promo_engine.domain.benefits.scope import Scope


def benefit_to_json(benefit: Benefit) -> dict[str, Any]:
    """Return what `benefit_from_json` reads."""
    return {"kind": benefit.kind} | written_fields(benefit)


def benefit_from_json(stored: object) -> Benefit:
    """Read a benefit. A field that is null counts as absent where the kind has no such field. Raises ValueError."""
    if not isinstance(stored, Mapping):
        raise ValueError("kind: an object with the kind of the benefit is needed")
    kind = stored.get("kind")
    if not isinstance(kind, str) or kind not in BENEFIT_KINDS:
        raise ValueError(f"kind: there is no kind {kind!r}; allowed are {', '.join(BENEFIT_KINDS)}")
    of_kind = BENEFIT_KINDS[kind]
    rest = {name: value for name, value in stored.items() if name != "kind"}
    return of_kind(**read_fields(of_kind, rest, what=f"a {kind} benefit"))


def scope_to_json(scope: Scope) -> dict[str, Any]:
    """Return what `scope_from_json` reads; what is empty is left out."""
    return {field.name: sorted(getattr(scope, field.name)) for field in fields(scope) if getattr(scope, field.name)}


def scope_from_json(stored: Mapping[str, Any]) -> Scope:
    """Read what `scope_to_json` wrote."""
    return Scope(**{name: frozenset(value) for name, value in stored.items()})
