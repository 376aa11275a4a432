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
    head = {
        "kind": kind,
        "settings": {} if settings is None else asdict(settings),
        "state": dict(state),
        "features": list(FEATURES),
    }
    buffer = io.BytesIO()
    named = {f"array_{name}": value for name, value in (arrays or {}).items()}
    np.savez(buffer, head=np.frombuffer(json.dumps(head).encode(), dtype=np.uint8), **named)  # type: ignore[arg-type]
    return buffer.getvalue()


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
        yield Packed(head["kind"], head["settings"], head["state"], arrays)
    except (KeyError, TypeError, EOFError, BadZipFile) as error:
        raise ValueError(f"it is damaged or was made otherwise: {error}") from error
