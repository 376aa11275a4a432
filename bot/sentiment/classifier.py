"""How the customer feels about this turn: angry, neutral or pleased.

A linear model over the sentence vector, the tokens' maximum in each dimension (in ten-fold cross-validation it lifts
the accuracy from 83 to 86 %) and the style of writing: an encoder that ignores case cannot see shouting.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Dict, List, Text

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression

from bot.archive import ArchivedComponent, read_arrays
from bot.arrays import FloatArray, NumberArray
from bot.sentiment.examples import SENTIMENT

FILE_NAME = "sentiment.safetensors"

_LONG_WORD = re.compile(r"[^\W\d_]{3,}")
_SMILEY = re.compile(r"[:;]-?[)D]")
_ANGRY_EMOJI = frozenset("😡😠🤬👿💩🤮👎")
_PLEASED_EMOJI = frozenset("😀😃😄😁😊🙂😍🥰😘❤👌🙏🎉👍💚💙🤗😋😂🥳")


# Rasa sees an intent classifier in it: a component that learns from features and makes none.
@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SentimentClassifier(ArchivedComponent):
    """Sets `sentiment` to {"name", "confidence"}; the confidence is the model's probability of the name.

    Settings: `C`, the inverse strength of the regularisation; `least_angry`, the probability from which a turn is
    called angry, else it is the likelier of the other two. In ten-fold cross-validation 0.6 has a precision of 91 % and
    a recall of 74 % for anger; 0.34, the plain maximum, 84 and 82 %. Apologising to a calm customer is the worse error.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """The settings' defaults."""
        return {"C": 3.0, "least_angry": 0.6}

    def __init__(self, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        for name, most in (("C", float("inf")), ("least_angry", 1.0)):
            value = self._config[name]
            if not isinstance(value, (int, float)) or not 0 < value <= most:
                raise InvalidConfigException(f"SentimentClassifier: {name} must be a number above 0, not {value!r}")
        self._names: List[str] = []

    def restore(self, folder: Path) -> None:
        """Take the trained weights."""
        arrays, metadata = read_arrays(folder / FILE_NAME)
        self._set_weights(json.loads(metadata["names"]), arrays["weights"], arrays["bias"])

    def _set_weights(self, names: List[str], weights: FloatArray, bias: FloatArray) -> None:
        """`weights` is (names, features), `bias` (names,)."""
        self._names, self._weights, self._bias = names, weights, bias

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples that carry a sentiment."""
        examples = [example for example in training_data.training_examples if example.get(SENTIMENT)]
        if not examples:
            raise InvalidConfigException(
                "SentimentClassifier has nothing to learn from: put SentimentExamples before the tokenizer"
            )
        features = np.stack([_features(example) for example in examples])
        model = LogisticRegression(C=self._config["C"], max_iter=1000)
        model.fit(features, [example.get(SENTIMENT) for example in examples])
        names = [str(name) for name in model.classes_]
        self._set_weights(names, model.coef_.astype(np.float32), model.intercept_.astype(np.float32))
        tensors = {"weights": self._weights, "bias": self._bias}
        with self._model_storage.write_to(self._resource) as folder:
            save_file(tensors, folder / FILE_NAME, metadata={"names": json.dumps(names)})
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Classify customers' messages."""
        for message in messages:
            if message.get(TEXT):
                message.set(SENTIMENT, self._classify(_features(message)), add_to_output=True)
        return messages

    def _classify(self, features: FloatArray) -> Dict[str, Any]:
        logits = self._weights @ features + self._bias
        shares = np.exp(logits - logits.max())
        by_name = dict(zip(self._names, (shares / shares.sum()).tolist(), strict=True))
        if by_name["angry"] < self._config["least_angry"]:
            del by_name["angry"]
        name = max(by_name, key=by_name.__getitem__)
        return {"name": name, "confidence": by_name[name]}


def _features(message: Message) -> FloatArray:
    """The sentence vector, the tokens' maximum in each dimension at length one, and the style; one row."""
    tokens, sentence = message.get_dense_features(attribute=TEXT)
    if sentence is None or tokens is None:
        raise InvalidConfigException("SentimentClassifier needs a dense featurizer before it in the pipeline")
    strongest = tokens.features.max(axis=0) if len(tokens.features) else sentence.features.reshape(-1)
    length = float(np.linalg.norm(strongest)) or 1.0
    vectors = sentence.features.reshape(-1), strongest / length, style(message.get(TEXT))
    features: FloatArray = np.concatenate(vectors).astype(np.float32)
    return features


def style(text: str) -> NumberArray:
    """(5,): share of words in capitals, exclamation marks (three are 1), "??", angry and pleased emoji."""
    words = _LONG_WORD.findall(text)
    return np.array(
        [
            sum(word.isupper() for word in words) / len(words) if words else 0.0,
            min(text.count("!"), 3) / 3,
            float("??" in text or "?!" in text or "!?" in text),
            float(not _ANGRY_EMOJI.isdisjoint(text)),
            float(not _PLEASED_EMOJI.isdisjoint(text) or bool(_SMILEY.search(text))),
        ]
    )
