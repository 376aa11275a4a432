from pathlib import Path

import yaml


def test_the_tuned_configuration_is_the_usual_one_but_for_the_tuning() -> None:
    usual, tuned = (yaml.safe_load(Path("bot", name).read_text()) for name in ("config.yml", "config.tuned.yml"))
    frozen, fine_tuned = (part for part in tuned["pipeline"] if part["name"].endswith("BertFeaturizer"))
    assert "fine_tune" not in frozen
    assert fine_tuned["fine_tune"] is True
    assert fine_tuned["model"] == frozen["model"]
    tuned["pipeline"].remove(fine_tuned)
    assert tuned == usual, "bot/config.tuned.yml has to follow bot/config.yml"


def test_the_classifier_and_the_fallback_have_one_threshold() -> None:
    for name in ("config.yml", "config.tuned.yml"):
        parts = {part["name"]: part for part in yaml.safe_load(Path("bot", name).read_text())["pipeline"]}
        classifier = parts["bot.intents.intent_classifier.LinearIntentClassifier"]
        assert classifier["act"] == parts["FallbackClassifier"]["threshold"] > classifier["ask"]
