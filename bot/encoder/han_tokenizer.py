"""Tokens of Chinese text: every Han character alone, every run of other letters or digits whole.

That is how the Chinese BERTs read it, so each token has a vector of its own and no word list is needed. Punctuation is
no token, as in Rasa's WhitespaceTokenizer.
"""

import re
from typing import Any, Dict, List, Text

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.nlu.tokenizers.whitespace_tokenizer import WhitespaceTokenizer
from rasa.shared.nlu.training_data.message import Message

# CJK Unified Ideographs with extension A, the compatibility ones, and the planes of extensions B to H.
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN = re.compile(rf"[{_HAN}]|[^\W{_HAN}]+")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class HanTokenizer(Tokenizer):
    """Settings are those of WhitespaceTokenizer."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """The settings' defaults."""
        return WhitespaceTokenizer.get_default_config()

    def tokenize(self, message: Message, attribute: Text) -> List[Token]:
        """The tokens of one text; a text of nothing but punctuation or emoji is one token."""
        text = message.get(attribute)
        tokens = [Token(match.group(), match.start()) for match in _TOKEN.finditer(text)] or [Token(text, 0)]
        return self._apply_token_pattern(tokens)
