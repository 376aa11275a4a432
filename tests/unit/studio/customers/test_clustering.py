from __future__ import annotations

import pandas as pd

from studio.customers.clustering import TRAITS, segment_names


def test_names_are_different_and_average_is_called_so() -> None:
    centres = pd.DataFrame(0.0, index=range(3), columns=list(TRAITS))
    centres.loc[2, ["recency_days", "weekend_share"]] = (1.0, -0.5)
    assert segment_names(centres) == ("average", "average (too)", "long away, weekday")
