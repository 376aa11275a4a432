"""Settings from the environment: what is wrong is said in one line."""

from __future__ import annotations

from typing import ClassVar

import pytest
from pydantic import Field, SecretStr

from common.base_settings import ServiceSettings, SettingsError, load_settings
from gateway.settings import Settings as GatewaySettings
from promo_engine.settings import Settings as EngineSettings


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
