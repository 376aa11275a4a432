"""`promobot shop words`: what shoppers call the goods, for the training of the bot."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from promo_engine.cli.command_line import CommandError, read_settings_or_stop, say, with_database
from promo_engine.domain.catalogue.product_words import ProductWords, product_words

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

# ruff: noqa: PLC0415  # imports inside the command keep --help instant

CATEGORIES_FILE = "category_names.yml"
PRODUCTS_FILE = "product_names.yml"
_HEAD = (
    "# Made by `promobot shop words` from titles and categories; words of your own go into the file for --synonyms.\n"
)


def words(arguments: argparse.Namespace) -> None:
    """Write both files. Raises CommandError for a database without categories or a wrong file of synonyms."""
    from common.shop_facts import read_shop_facts
    from promo_engine.storage.titled_products import read_titled_products

    language = read_shop_facts(read_settings_or_stop().shop_file).locale.language

    async def run(database: AsyncEngine) -> ProductWords:
        categories, products = await read_titled_products(database, language=language)
        return product_words(categories, products)

    learned: ProductWords = with_database(run)
    if not learned.labels:
        raise CommandError("there are no categories yet; import the shop's products: promobot shop import --help")
    names = {category: list(found) for category, found in learned.names.items()}
    for category, further in _synonyms(arguments.synonyms, known=set(learned.labels)).items():
        names[category] = sorted({*names.get(category, ()), *further})
        for other in set(names) - {category}:  # a word of the shop's own file has one meaning
            names[other] = [word for word in names[other] if word not in further]
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
        for file, content in ((CATEGORIES_FILE, dict(learned.labels)), (PRODUCTS_FILE, names)):
            text = yaml.safe_dump(content, allow_unicode=True, sort_keys=True, width=120)
            (arguments.out / file).write_text(_HEAD + text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{arguments.out} cannot be written: {error.strerror}") from error
    say(f"{len(learned.labels):,} categories and {sum(map(len, names.values())):,} words in {arguments.out}")


def _synonyms(path: Path | None, *, known: set[str]) -> dict[str, list[str]]:
    if path is None:
        return {}
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CommandError(f"{path}: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise CommandError(f"{path}: lists of words by category are needed, such as `Camping > Tents: [bivouac]`")
    for category, listed in content.items():
        if category not in known:
            raise CommandError(f"{path}: there is no category {category}")
        if not isinstance(listed, list) or not all(isinstance(word, str) for word in listed):
            raise CommandError(f"{path}: {category}: a list of words is needed")
    return {category: [word.lower() for word in listed] for category, listed in content.items()}
