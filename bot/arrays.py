"""The types of numpy arrays that the bot's modules hand to each other; shapes stand in the docstrings."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
NumberArray = NDArray[np.floating[Any]]
"""Of whatever precision a library returns."""
AnyArray = NDArray[Any]
