"""Settings from the environment: what is wrong is said in one line."""

from __future__ import annotations

import re
from typing import ClassVar

import pytest
from pydantic import Field, SecretStr

from common.base_settings import ServiceSettings, SettingsError, load_settings
from gateway.settings import Settings as GatewaySettings
from promo_engine.settings import Settings as EngineSettings
from tools.once import ROOT


class Settings(ServiceSettings):
    renamed: ClassVar[dict[str, str]] = {"old_port": "new_port"}

    new_port: int = Field(default=80, le=100)
    password: SecretStr


def test_fields_are_read_from_their_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOBOT_NEW_PORT", "81")
    monkeypatch.setenv("PROMOBOT_PASSWORD", "secret")
    assert load_settings(Settings).new_port == 81


def test_an_earlier_name_is_refused_with_the_name_of_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOBOT_OLD_PORT", "81")
    with pytest.raises(SettingsError) as refused:
        load_settings(Settings)
    assert str(refused.value) == "PROMOBOT_OLD_PORT is now PROMOBOT_NEW_PORT: rename the variable."


def test_every_fault_is_kept_and_what_is_missing_shows_no_other_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOBOT_NEW_PORT", "9999")
    with pytest.raises(SettingsError, match=r"PROMOBOT_NEW_PORT=9999: .*less than or equal to 100") as refused:
        load_settings(Settings)
    assert [(fault.variable, fault.given) for fault in refused.value.faults] == [
        ("PROMOBOT_NEW_PORT", "9999"),
        ("PROMOBOT_PASSWORD", ""),
    ]


@pytest.mark.parametrize("settings", [GatewaySettings, EngineSettings])
def test_earlier_names_lead_to_fields_that_exist(settings: type[ServiceSettings]) -> None:
    for earlier, today in settings.renamed.items():
        assert earlier not in settings.model_fields
        assert today in settings.model_fields


@pytest.mark.parametrize(
    ("settings", "earlier", "today"),
    [
        (EngineSettings, "PROMOBOT_STRANGER_WEIGHT", "PROMOBOT_ANONYMOUS_WEIGHT"),
        (EngineSettings, "PROMOBOT_GATE_SILENCE_VALUE", "PROMOBOT_GATE_NO_OFFER_VALUE"),
        (GatewaySettings, "PROMOBOT_LINE_REFRESH_S", "PROMOBOT_HANDOVER_REFRESH_S"),
    ],
)
def test_every_variable_that_was_renamed_is_refused_with_its_new_name(
    settings: type[ServiceSettings], earlier: str, today: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(earlier, "0.5")
    with pytest.raises(SettingsError) as refused:
        load_settings(settings)
    assert str(refused.value) == f"{earlier} is now {today}: rename the variable."


def test_no_page_names_a_variable_by_an_earlier_name_or_a_part_of_its_name() -> None:
    earlier = {f"PROMOBOT_{name.upper()}" for kind in (GatewaySettings, EngineSettings) for name in kind.renamed}
    for page in sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").glob("*")]):
        text = page.read_text(encoding="utf-8")
        assert not set(re.findall(r"PROMOBOT_[A-Z_]+", text)) & earlier, page
        assert not re.search(r"`PROMOBOT_[A-Z_]+`, `_[A-Z_]+`", text), f"{page}: nobody finds a part of a name"
