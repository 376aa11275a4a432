"""Bring a demo shop's data into its database and train both models, each only if what it reads has changed.

    python -m tools.train                    everything of Trail & Tarn
    python -m tools.train --shop larder      everything of Larder & Lane
    python -m tools.train shop               the data, the user model and the first policy
    python -m tools.train language           the Rasa model, and the words of the goods that it needs

Made: the engine's database with the shop's data and offers, the user model with its first policy, what goes with what,
the Rasa model. Training twice on the same content does nothing the second time.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from sqlalchemy import func, select

from promo_engine.domain.catalogue.shop_catalogue import DEMO_SOURCES
from promo_engine.shops.trail_and_tarn.pictures import picture
from promo_engine.shops.trail_and_tarn.simulation import Simulation
from promo_engine.storage.database import open_database
from promo_engine.storage.repositories.shop.catalogue_stamps import OFFERS_IMPORT
from promo_engine.storage.tables import imports, orders
from tools.demo_shops import DEMO_SHOPS, DemoShop, add_shop_option
from tools.learning.learned_articles import write_articles
from tools.once import ROOT, once
from tools.rasa_training import TrainingError, check_rasa_model, check_yaml, newest_model, run_with_bar

BOT_PYTHON = ROOT / ".venv" / "bot" / "bin" / "python"
PROMOBOT = (sys.executable, "-m", "promo_engine.cli")
RASA_TRAIN = [
    *("--config", "bot/config.yml", "--domain", "bot/domain"),
    *("--data", "data/nlu", "data/stories"),
]
RASA_SOURCES = ("bot", "data/nlu", "data/flows", "data/stories", "data/help", "data/sentiment", "data/i18n")
WORD_FILES = ("category_names.yml", "product_names.yml")
ENGINE_STORAGE = "promo_engine/storage"
console = Console()


def main() -> int:
    """Train whatever is out of date; 0 when every model is current."""
    parser = argparse.ArgumentParser(prog="python -m tools.train", description="Train what is out of date.")
    add_shop_option(parser)
    parser.add_argument("part", nargs="?", choices=["shop", "language"], help="left out: both")
    arguments = parser.parse_args()
    training = Training(DEMO_SHOPS[arguments.shop])
    try:
        if arguments.part != "language" or training.shop.simulated:
            training.engine_data()
        if arguments.part != "language":
            training.user_model()
            training.bought_together()
        if arguments.part != "shop":
            training.language()
    except TrainingError as error:
        print(f"train: {error}", file=sys.stderr)
        return 1
    return 0


class Training:
    """The steps for one shop. Each runs only if what it reads has changed, or if the database is another one."""

    def __init__(self, shop: DemoShop) -> None:
        """Take the shop's files, but for those that a person's own settings name."""
        self.shop = shop
        self.settings = {**shop.settings(), **shop.databases(shop.folder), **os.environ}

    def promobot(self, *arguments: str) -> None:
        """Run one promobot command in the foreground; it shows its own progress."""
        if subprocess.run([*PROMOBOT, *arguments], cwd=ROOT, env=self.settings, check=False).returncode != 0:
            raise TrainingError(f"`promobot {' '.join(arguments)}` failed; its last line says why")

    def engine_data(self) -> None:
        """Tables, the shop's data, its offers."""
        console.rule(f"the data of {self.shop.title}", style="dim")
        self.shop.folder.mkdir(parents=True, exist_ok=True)
        self.promobot("migrate")
        if self.data_in_place() is None:  # a new database, whatever was done to an earlier one
            for step in ("data", "offers", "user-model"):
                (self.shop.stamps / step).unlink(missing_ok=True)
        self._once(
            "data",
            inputs=[
                f"promo_engine/shops/{self.shop.package}",
                f"{ENGINE_STORAGE}/migrations",
                "requirements/engine.txt",
            ],
            outputs=[],
            step=lambda: self.promobot(*self.shop.source_command),
            also=" ".join(self.shop.source_command),
        )
        self._once(
            "offers",
            inputs=[self.shop.offers, "promo_engine/files/offer_file.py"],
            outputs=[],
            step=lambda: self.promobot("load-offers", str(self.shop.offers)),
            also=str(self.data_in_place()),
        )

        if self.shop.simulated:
            once(
                "pictures",
                inputs=[f"promo_engine/shops/{self.shop.package}"],
                outputs=[self.shop.pictures],
                step=lambda: draw_pictures(self.shop.pictures),
                stamps=self.shop.language / "stamps",
            )

    def data_in_place(self) -> str | None:
        """What filled the engine's database, and when or until when. None for an empty one."""

        async def read() -> str | None:
            database = open_database(self.settings["PROMOBOT_ENGINE_DATABASE_URL"])
            try:
                async with database.connect() as connection:
                    imported = select(imports.c.name, imports.c.finished_at).where(imports.c.name != OFFERS_IMPORT)
                    simulated = (
                        select(orders.c.source_id, func.max(orders.c.placed_at))
                        .where(orders.c.source_id.in_(DEMO_SOURCES))
                        .group_by(orders.c.source_id)
                    )
                    rows = [row for query in (imported, simulated) for row in await connection.execute(query)]
                    return "; ".join(f"{name} {at.isoformat()}" for name, at in sorted(rows)) or None
            finally:
                await database.dispose()

        return asyncio.run(read())

    def user_model(self) -> None:
        """The user model, the policy's warm start and every customer's state."""
        console.rule("the user model and the first policy", style="dim")
        self._once(
            "user-model",
            inputs=[
                "promo_engine/user_model",
                "promo_engine/policies",
                "promo_engine/models",
                f"{ENGINE_STORAGE}/history_arrays.py",
            ],
            outputs=[Path(self.settings["PROMOBOT_MODEL_DIR"]) / "settings.json"],
            step=lambda: self.promobot("train"),
            also=str(self.data_in_place()),
        )

    def bought_together(self) -> None:
        """What goes with what, for recommendations in the chat."""
        console.rule("what goes with what", style="dim")
        self._once(
            "pairings",
            inputs=[
                "promo_engine/files/bought_together_file.py",
                "promo_engine/domain/catalogue/bought_together.py",
                *(f"studio/{name}.py" for name in ("data/preparation", "data/sales_history")),
                *(f"studio/products/{name}.py" for name in ("mine_bought_together", "product_features")),
                "requirements/engine.txt",
            ],
            outputs=[self.settings["PROMOBOT_PAIRINGS"]],
            step=lambda: self.promobot("strategy", "bought-together"),
            also=str(self.data_in_place()),
        )

    def language(self) -> None:
        """The Rasa model: language understanding and dialogue, with the words for this shop's goods."""
        console.rule("the language and dialogue model", style="dim")
        if self.shop.simulated:
            self._words()
        words = [self.shop.words / name for name in WORD_FILES]

        def step() -> None:
            check_yaml(*RASA_SOURCES)
            log = ROOT / "var" / "log" / f"train-rasa-{self.shop.name}.log"
            # What was learned in the console is trained along, but is no reason to train: that is the gateway's own.
            learned = Path(self.settings["PROMOBOT_LEARNED_DIR"])
            data = [*RASA_TRAIN, str(learned / "nlu")] if (learned / "nlu").exists() else RASA_TRAIN
            own, articles = Path(self.settings["PROMOBOT_HELP_DIR"]), learned / "articles"
            if write_articles(ROOT / "data" / "help", own, learned, articles):
                self.settings["PROMOBOT_HELP_DIR"] = str(articles)
            command = [str(BOT_PYTHON), "-m", "rasa", "train", *data, "--out", str(self.shop.rasa_models)]
            run_with_bar("Rasa", command, log=log, usual_s=60, settings=self.settings)
            check_rasa_model(newest_model(self.shop.rasa_models))

        self._once(
            "rasa-model",
            inputs=[*RASA_SOURCES, self.shop.help_articles, *words, "requirements/bot.txt"],
            outputs=[self.shop.rasa_models],
            step=step,
            also=os.environ.get("ATEN_CPU_CAPABILITY", "default"),  # other instructions train another model
            stamps=self.shop.language / "stamps",
        )
        console.print(f"Rasa model: {newest_model(self.shop.rasa_models).relative_to(ROOT)}")

    def _words(self) -> None:
        """What shoppers call the goods, from titles and categories in the database."""
        self._once(
            "words",
            inputs=[
                "promo_engine/cli/shop_words.py",
                "promo_engine/domain/catalogue/product_words.py",
                f"{ENGINE_STORAGE}/titled_products.py",
            ],
            outputs=[self.shop.words / name for name in WORD_FILES],
            step=lambda: self.promobot("shop", "words", "--out", str(self.shop.words)),
            also=str(self.data_in_place()),
        )

    def _once(self, name: str, **step: Any) -> None:
        once(name, **{"stamps": self.shop.stamps, **step})


def draw_pictures(folder: Path) -> None:
    """A file for each product of Trail & Tarn and for each of its colours, as its catalogue names them."""
    folder.mkdir(parents=True, exist_ok=True)
    for style in Simulation().styles:
        name = style.product_id.lower()
        (folder / f"{name}.svg").write_text(picture(style), encoding="utf-8")
        for colour in style.colours:
            (folder / f"{name}-{colour}.svg").write_text(picture(style, colour), encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
