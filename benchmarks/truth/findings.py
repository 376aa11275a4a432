"""One estimate beside its truth, and what many of them show: bias, error, and how often intervals hold the truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

_Z95 = 1.959964


@dataclass(frozen=True)
class Finding:
    """One estimate of one simulated shop."""

    part: str
    method: str
    of: str
    truth: float
    estimate: float
    standard_error: float | None = None
    interval: tuple[float, float] | None = None
    """95 %; from the standard error where it is None."""

    @property
    def held(self) -> bool | None:
        """Whether the 95 % interval holds the truth; None without one."""
        if self.interval is not None:
            return self.interval[0] <= self.truth <= self.interval[1]
        if self.standard_error is None:
            return None
        return abs(self.estimate - self.truth) <= _Z95 * self.standard_error


def summarise(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """A row for each part, method and thing estimated: means over seeds, bias with its standard error, coverage."""
    grouped: dict[tuple[str, str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        grouped[finding.part, finding.method, finding.of].append(finding)
    rows = []
    for (part, method, of), some in grouped.items():
        errors = np.array([finding.estimate - finding.truth for finding in some])
        held = [finding.held for finding in some if finding.held is not None]
        rows.append(
            {
                "part": part,
                "method": method,
                "of": of,
                "runs": len(some),
                "truth": float(np.mean([finding.truth for finding in some])),
                "estimate": float(np.mean([finding.estimate for finding in some])),
                "bias": float(errors.mean()),
                "bias_error": float(errors.std(ddof=1) / len(errors) ** 0.5) if len(errors) > 1 else None,
                "root_mean_square_error": float(np.sqrt((errors**2).mean())),
                "coverage_95": float(np.mean(held)) if held else None,
            }
        )
    return rows
