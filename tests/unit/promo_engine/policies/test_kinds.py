"""The registry of policies, and snapshots that earlier versions of the engine wrote."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any

import numpy as np
import pytest

from promo_engine.domain.benefits.registry import BENEFIT_KINDS
from promo_engine.policies import (
    KINDS,
    ThompsonSamplingPolicy,
    ThompsonSettings,
    UniformPolicy,
    first_policy,
    unpack_policy,
    with_settings,
)
from promo_engine.policies.features import FEATURES
from promo_engine.settings import SettingsError, read_settings
from tools.once import ROOT

STORED_SETTINGS = {
    "exploration": 0.02,
    "least_exploration": 0.002,
    "exploration_rewards": 20.0,
    "silence_value": 0.1,
    "noise_variance": 0.15,
    "prior_variance": 0.02,
    "evidence": True,
    "retention": 1.0,
    "alarm_delta": 0.002,
    "least_offered": 0.0,
    "candidates": 60,
    "draws": 128,
    "boldness": 0.5,
}
"""The head of a snapshot as promobot 0.9 wrote it."""
KINDS_OF_STORED_POLICIES = 9
"""Kinds of benefit that promobot 0.9 had."""
STORED_STATE = {"version": 2, "reward_count": 50, "alarms": 0, "squares": 17.5, "weight": 50.0}


def stored_snapshot(**head: object) -> bytes:
    """A snapshot of Thompson sampling in the format of promobot 0.9."""
    count = len(FEATURES)
    arrays: dict[str, Any] = {
        "array_gram": np.eye(count)[None],
        "array_moment": np.linspace(-1.0, 1.0, count)[None],
        "array_surprises": np.zeros(3),
    }
    content: dict[str, Any] = {
        "kind": "thompson",
        "settings": STORED_SETTINGS,
        "state": STORED_STATE,
        "features": list(FEATURES),
    }
    file = io.BytesIO()
    np.savez(file, head=np.frombuffer(json.dumps(content | head).encode(), dtype=np.uint8), **arrays)
    return file.getvalue()


def head_of(snapshot: bytes) -> dict[str, Any]:
    with np.load(io.BytesIO(snapshot)) as archive:
        return dict(json.loads(archive["head"].tobytes()))


def test_a_snapshot_of_an_earlier_version_decides_with_its_settings_and_is_written_as_it_was() -> None:
    policy = unpack_policy(stored_snapshot())
    assert isinstance(policy, ThompsonSamplingPolicy)
    assert policy.settings == ThompsonSettings(no_offer_value=0.1, posterior_samples=128, posterior_scale=0.5)
    assert (policy.version, policy.reward_count, policy.sums.weight) == (2, 50, 50.0)
    assert policy.to_bytes() == stored_snapshot()


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ({"kind": "oracle"}, "there is no policy 'oracle'; there are fixed, greedy"),
        ({"features": ["bias"]}, "made with other features"),
        ({"settings": {"temperature": 1.0}}, "temperature"),
    ],
)
def test_a_snapshot_that_cannot_be_used_says_why_in_one_line(head: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        unpack_policy(stored_snapshot(**head))
    assert "\n" not in str(caught.value)


def test_the_names_of_features_stay_those_of_stored_policies() -> None:
    """With another feature no stored policy loads any more. A new kind of benefit is free to: its own are left out."""
    kinds_since = list(BENEFIT_KINDS)[KINDS_OF_STORED_POLICIES:]
    names = "\n".join(name for name in FEATURES if name.removesuffix("*affinity") not in kinds_since).encode()
    assert hashlib.blake2b(names, digest_size=8).hexdigest() == "d40aca7bb472c0c8"


@pytest.mark.parametrize("name", ["no_offer_value", "silence_value"])
def test_a_setting_has_its_name_of_now_and_that_in_snapshots(name: str) -> None:
    policy = with_settings(ThompsonSamplingPolicy.unlearnt(), {name: 0.2})
    assert isinstance(policy, ThompsonSamplingPolicy)
    assert policy.settings.no_offer_value == 0.2
    assert head_of(policy.to_bytes())["settings"]["silence_value"] == 0.2


def test_a_setting_that_a_policy_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="temperature"):
        with_settings(ThompsonSamplingPolicy.unlearnt(), {"temperature": 1.0})
    with pytest.raises(ValueError, match="'uniform' has no settings"):
        with_settings(UniformPolicy(), {"exploration": 0.1})


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_set_begins_and_is_in_the_docs(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOBOT_POLICY", kind)
    assert read_settings().policy == kind
    policy = first_policy(ThompsonSamplingPolicy.unlearnt(), kind)
    assert type(policy) is KINDS[kind]
    assert head_of(policy.to_bytes())["kind"] == kind
    page = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    table = page.split("## Which one")[1].split("\n## ")[0]
    assert f"`{kind}`" in table


def test_the_default_is_the_first_kind_and_another_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMOBOT_POLICY", raising=False)
    assert read_settings().policy == next(iter(KINDS))
    with pytest.raises(ValueError, match="there is no policy 'oracle'"):
        first_policy(ThompsonSamplingPolicy.unlearnt(), "oracle")
    monkeypatch.setenv("PROMOBOT_POLICY", "oracle")
    with pytest.raises(SettingsError, match="PROMOBOT_POLICY"):
        read_settings()
