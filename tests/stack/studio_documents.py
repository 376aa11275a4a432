"""Documents of the studio for a stack under test, by its real commands over a part of the real sales.

The whole year takes the commands some ten minutes. Here they read the sales of a few hundred real customers of the
stack's own database, and the response to prices is fitted to a made panel.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from studio.commands.campaign import generate_command as generate
from studio.commands.campaign import optimise_command as optimise
from studio.commands.campaign import price_command as price
from studio.commands.insight import customers_command as customers
from studio.commands.insight import forecast_command as forecast
from studio.commands.insight import measure_command as measure
from studio.commands.insight import response_command as response
from studio.commands.operations import privacy_command as privacy
from studio.commands.operations import staffing_command as staffing
from studio.commands.operations import stock_command as stock
from studio.data.sales_history import SalesHistory
from studio.forecast import demand_forecast
from studio.generate import proposals
from studio.generate.generators import GenerationSettings
from studio.response.response_model import fit_response
from tests.unit.studio.response.test_response_model import made_panel

CUSTOMERS = 200
QUICK = GenerationSettings(pool=300, epochs=40, hidden=16, batch=16)
COMMANDS: tuple[tuple[ModuleType, dict[str, int]], ...] = (
    (customers, {}),
    (response, {}),
    (generate, {"count": 40}),
    (optimise, {"evaluations": 1000}),
    (measure, {}),
    (price, {}),
    (staffing, {}),
    (privacy, {}),
    (forecast, {}),
    (stock, {}),
)


def make_documents(folder: Path, patch: pytest.MonkeyPatch, *, whole: SalesHistory) -> None:
    """Run the commands over the first customers of a history; their pages and documents are in `folder` then."""
    history = whole.of_customers(sorted(whole.lines["customer_id"].unique())[:CUSTOMERS])
    panel = made_panel(categories=3)
    model = fit_response(panel, draws=20)
    patch.setattr(response, "fit", lambda _history: (panel, model))
    patch.setattr(proposals, "propose", partial(proposals.propose, settings=QUICK))
    patch.setattr(demand_forecast, "COMBINED", ("theta",))  # the learned ones train for a minute
    for module, params in COMMANDS:
        for name, instead in (("read_history", lambda: history), ("read_response", lambda _history: model)):
            if hasattr(module, name):
                patch.setattr(module, name, instead)
        module.COMMAND.run(module.COMMAND.params(**params, reports=folder))
