"""The shops that the demo can be: where each comes from, and where it keeps what was made of it.

Trail & Tarn is simulated and built in; Larder & Lane is the public Complete Journey data as a shop. Each has a database
and models of its own, so that both can be had at once.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from tools.once import ROOT

SHOPS_FOLDER = ROOT / "promo_engine" / "shops"


@dataclass(frozen=True)
class DemoShop:
    """One of them. What it is made into lies under `folder`."""

    name: str
    """As in `make demo SHOP=trail`."""
    title: str
    package: str
    """Its folder in promo_engine/shops."""
    source_command: tuple[str, ...]
    """The words after `promobot` that fill its database."""
    offers: Path
    folder: Path
    language: Path
    """Folder of the goods' words and pictures and of the bot's models: any number of customers has the same."""
    customer: str
    """Somebody with orders who is shown offers, to talk to the bot as."""
    simulated: bool = False
    """Whether nothing of it exists: then the bot learns the goods' names from its database, else they stand in data/,
    and its products have drawn pictures."""

    @property
    def shop_file(self) -> Path:
        """What the shop promises."""
        return SHOPS_FOLDER / self.package / "shop.yml"

    @property
    def words(self) -> Path:
        """Folder of the goods' names that the bot is trained with."""
        return self.language / "words" if self.simulated else ROOT / "data"

    @property
    def help_articles(self) -> Path:
        """Folder of its own help articles, beside those of every shop."""
        return SHOPS_FOLDER / self.package / "help"

    @property
    def pictures(self) -> Path:
        """Folder of its products' pictures."""
        return self.language / "pictures"

    @property
    def rasa_models(self) -> Path:
        """Folder of its Rasa models, the newest of which is used."""
        return self.language / "models" / "rasa"

    @property
    def stamps(self) -> Path:
        """Folder of the notes of what its steps have read (tools/once.py)."""
        return self.folder / "stamps"

    def databases(self, folder: Path) -> dict[str, str]:
        """Environment variables that put what a running shop writes into a folder."""
        return {
            "PROMOBOT_ENGINE_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'engine.db'}",
            "PROMOBOT_GATEWAY_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'gateway.db'}",
            "PROMOBOT_REPORTS_DIR": str(folder / "reports"),
            "PROMOBOT_ORDER_NUMBER_FILE": str(folder / "order_numbers.json"),
            "PROMOBOT_LEARNED_DIR": str(folder / "learned"),
        }

    def settings(self) -> dict[str, str]:
        """Environment variables that name what was trained and what the shop promises."""
        made = {
            "PROMOBOT_DEMO_PICTURES_DIR": str(self.pictures),
            "PROMOBOT_WORDS_DIR": str(self.words),
            "PROMOBOT_CATEGORY_NAMES": str(self.words / "category_names.yml"),
        }
        return {
            "PROMOBOT_MODEL_DIR": str(self.folder / "models" / "user_model"),
            "PROMOBOT_PAIRINGS": str(self.folder / "models" / "pairings.json"),
            "PROMOBOT_SHOP_FILE": str(self.shop_file),
            "PROMOBOT_HELP_DIR": str(self.help_articles),
            **(made if self.simulated else {}),
        }


TRAIL = DemoShop(
    name="trail",
    title="Trail & Tarn",
    package="trail_and_tarn",
    source_command=("shop", "simulate"),
    offers=SHOPS_FOLDER / "trail_and_tarn" / "demo_offers.yml",
    folder=ROOT / "var" / "shops" / "trail",
    language=ROOT / "var" / "shops" / "trail",
    customer="tt-06637",
    simulated=True,
)
LARDER = DemoShop(
    name="larder",
    title="Larder & Lane",
    package="completejourney",
    source_command=("import", "completejourney"),
    offers=ROOT / "data" / "offers" / "demo.yml",
    folder=ROOT / "var",
    language=ROOT / "var",
    customer="1228",
)
DEMO_SHOPS = {shop.name: shop for shop in (TRAIL, LARDER)}


def add_shop_option(parser: argparse.ArgumentParser) -> None:
    """Let a command take `--shop`; the default is Trail & Tarn, which needs no download."""
    choices = "; ".join(f"{shop.name}: {shop.title}" for shop in DEMO_SHOPS.values())
    parser.add_argument("--shop", choices=DEMO_SHOPS, default=TRAIL.name, help=f"{choices} (default: %(default)s)")
