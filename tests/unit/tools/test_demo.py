"""A command of promobot on a demo shop: it has the databases of the shop that `make demo` runs."""

from __future__ import annotations

import os
import sys

import pytest

from tools.demo.__main__ import main
from tools.demo_shops import DEMO_SHOPS


class HandedOverError(Exception):
    """The process would be another program now."""


@pytest.mark.parametrize("name", DEMO_SHOPS)
def test_it_hands_over_with_the_shops_databases_but_for_what_is_set(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {"PROMOBOT_REPORTS_DIR": "elsewhere"}
    handed: list[list[str]] = []

    def execv(_path: str, words: list[str]) -> None:
        handed.append(words)
        raise HandedOverError

    monkeypatch.setattr(os, "environ", environment)
    monkeypatch.setattr(os, "execv", execv)
    monkeypatch.setattr(os, "chdir", lambda _folder: None)
    monkeypatch.setattr(sys, "argv", ["demo", "--shop", name, "admin", "create", "ada", "--password-stdin"])
    with pytest.raises(HandedOverError):
        main()
    assert handed == [[sys.executable, "-m", "promo_engine.cli", "admin", "create", "ada", "--password-stdin"]]
    wanted = DEMO_SHOPS[name].databases(DEMO_SHOPS[name].folder) | {"PROMOBOT_REPORTS_DIR": "elsewhere"}
    assert {variable: environment[variable] for variable in wanted} == wanted
    assert environment["PROMOBOT_CHANNEL_SECRET"]
