"""Snapshots of policies: npz archives without pickles, with a JSON head that names the kind and the features."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from promo_engine.policies.features import FEATURES

STORED_SETTINGS = {"no_offer_value": "silence_value", "posterior_scale": "boldness", "posterior_samples": "draws"}
"""Settings whose name in snapshots is an older one, so that every version of the engine reads every snapshot."""
_CURRENT_SETTINGS = {stored: current for current, stored in STORED_SETTINGS.items()}

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True, eq=False)
class Packed:
    """What `pack` was given."""

    kind: str
    settings: dict[str, Any]
    state: dict[str, Any]
    arrays: Mapping[str, NDArray[Any]]


def pack(
    kind: str,
    *,
    settings: DataclassInstance | None = None,
    state: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]] | None = None,
) -> bytes:
    """The same bytes for the same policy. `state` is of JSON's types; floats keep every bit."""
    known = {} if settings is None else asdict(settings)
    head = {
        "kind": kind,
        "settings": {STORED_SETTINGS.get(name, name): value for name, value in known.items()},
        "state": dict(state),
        "features": list(FEATURES),
    }
    buffer = io.BytesIO()
    named = {f"array_{name}": value for name, value in (arrays or {}).items()}
    np.savez(buffer, head=np.frombuffer(json.dumps(head).encode(), dtype=np.uint8), **named)  # type: ignore[arg-type]
    return buffer.getvalue()


def current_names(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The same settings by the names they have now."""
    return {_CURRENT_SETTINGS.get(name, name): value for name, value in settings.items()}


@contextlib.contextmanager
def opened(snapshot: bytes, *, kind: str | None = None) -> Iterator[Packed]:
    """The inverse of `pack`. Raises ValueError if it is damaged, of other features or of another kind than the named.

    So does whatever the caller does with it inside and does not fit.
    """
    try:
        with np.load(io.BytesIO(snapshot), allow_pickle=False) as archive:
            head = json.loads(archive["head"].tobytes())
            if tuple(head["features"]) != FEATURES:
                raise ValueError("it was made with other features")
            if kind is not None and head["kind"] != kind:
                raise ValueError(f"it is a policy of the kind {head['kind']}, not {kind}")
            arrays = {name.removeprefix("array_"): archive[name] for name in archive.files if name.startswith("array_")}
        yield Packed(head["kind"], current_names(head["settings"]), head["state"], arrays)
    except (KeyError, TypeError, EOFError, BadZipFile) as error:
        raise ValueError(f"it is damaged or was made otherwise: {error}") from error
