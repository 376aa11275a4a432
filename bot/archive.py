"""Arrays of a trained component in Rasa's model archive."""

from pathlib import Path
from typing import Dict, Tuple

from safetensors import safe_open

from bot.arrays import AnyArray


def read_arrays(file: Path) -> Tuple[Dict[str, AnyArray], Dict[str, str]]:
    """The arrays and the metadata of a safetensors file; `safetensors.numpy.load_file` gives the arrays alone."""
    with safe_open(file, framework="numpy") as archive:  # type: ignore[attr-defined]  # its stub lacks the context
        return {name: archive.get_tensor(name) for name in archive.keys()}, dict(archive.metadata() or {})  # noqa: SIM118
