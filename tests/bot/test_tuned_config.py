from pathlib import Path

import yaml


def test_the_tuned_configuration_is_the_usual_one_but_for_the_tuning() -> None:
    usual, tuned = (yaml.safe_load(Path("bot", name).read_text()) for name in ("config.yml", "config.tuned.yml"))
    (featurizer_settings,) = (part for part in tuned["pipeline"] if part["name"].endswith("BertFeaturizer"))
    assert featurizer_settings.pop("fine_tune") is True
    featurizer_settings.pop("fine_tuning", None)
    assert tuned == usual, "bot/config.tuned.yml has to follow bot/config.yml"
