"""What every test shares, in both environments."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from hypothesis import settings

# As `promobot serve` and the studio have it, before numpy is imported: more threads only wait for each other. With a
# worker on each core they cost ten times the arithmetic.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# A busy machine is no failure, and the same examples every time: what fails once fails again.
settings.register_profile("promobot", deadline=None, derandomize=True)
settings.load_profile("promobot")

DEAR_FIXTURES = (
    "stack",
    "own_shop",
    "trail",
    "trail_studio",
    "whole_import",
    "cut_package",
    "real_shop",
    "trained",
    "frames",
    "rasa",
    "browser",
)
"""Fixtures that take seconds to make and are made once a worker: the whole bot, imports, trainings, Rasa, Chromium."""


@pytest.hookimpl(wrapper=True, tryfirst=True)  # pytest-xdist reads the groups in the same hook
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None]:
    """One worker runs all tests of such a fixture, so that it is made once. The largest group starts first."""
    if not config.pluginmanager.hasplugin("xdist"):  # the bot's environment has none
        return (yield)
    groups: list[tuple[pytest.Item, str]] = []
    for item in items:
        for name in DEAR_FIXTURES:
            if name in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.xdist_group(name))
                groups.append((item, name))
                break
    yield
    if config.getoption("loadgroup", default=False):  # in a worker
        for item, name in groups:
            _name_group(item, name)


def _name_group(item: pytest.Item, name: str) -> None:
    """pytest-xdist 3.8 tells groups by the end of a test's id, but writes it where pytest 9.2 no longer reads ids."""
    ending = f"@{name}"
    if item.nodeid.endswith(ending):
        return
    item._id = type(item._id).parse(item.nodeid + ending)
    assert item.nodeid.endswith(ending), "the tests of one worker would silently be spread over all"
