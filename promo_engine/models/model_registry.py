"""Moves versions of the user model between the folder that serves and the registry in the database."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.models.training_data import shop_history
from promo_engine.policies.initial_policy_file import POLICY
from promo_engine.storage import user_model_registry as user_models
from promo_engine.storage.history_arrays import PurchaseRows, read_purchases, replace_states
from promo_engine.user_model.model_files import SETTINGS, WEIGHTS, load_user_model, read_settings
from promo_engine.user_model.shop_model import ShopCustomerModel

if TYPE_CHECKING:
    from promo_engine.user_model.training.validation import Lead

METRICS = "metrics.json"
FILES = (WEIGHTS, POLICY, METRICS, SETTINGS)
"""Of a model folder; the settings come last, since a folder with settings is complete."""


class UnknownModel(Exception):  # noqa: N818  named after what is wrong, like the domain's errors
    """The registry holds no such version; the message is one line that says what to run."""


@dataclass(frozen=True)
class Release:
    """What became of a version that was to serve."""

    model_version: str
    promoted: bool
    lead: Lead | None
    """Against the version that served; None if there was none to compare with."""

    def __str__(self) -> str:
        said = "" if self.lead is None else f": {self.lead} against the live one"
        if self.promoted:
            return f"user model {self.model_version} serves{said}"
        return (
            f"user model {self.model_version} is kept as a candidate, the live one serves on{said}; "
            f"`promobot model promote {self.model_version}` lets it serve all the same"
        )


def pack(folder: Path) -> bytes:
    """The files of a model folder as one zip archive, the same bytes for the same files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in FILES:
            archive.writestr(zipfile.ZipInfo(name), (folder / name).read_bytes(), zipfile.ZIP_DEFLATED)
    return content.getvalue()


def unpack(archive: bytes, folder: Path) -> None:
    """Put the files in place one by one, the settings last."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SETTINGS).unlink(missing_ok=True)
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        for name in FILES:
            new = folder / f"{name}.new"
            new.write_bytes(files.read(name))
            new.replace(folder / name)


def unpacked(archive: bytes) -> ShopCustomerModel:
    """The model of an archive. Raises ModelMissing if it is damaged."""
    with TemporaryDirectory() as folder:
        unpack(archive, Path(folder))
        return load_user_model(Path(folder))


async def enter(engine: AsyncEngine, model: ShopCustomerModel, parent_version: str | None, archive: bytes) -> None:
    """Register a version by its archive, as a candidate if it is new."""
    with TemporaryDirectory() as folder:
        unpack(archive, Path(folder))
        await user_models.register(
            engine,
            model_version=model.version,
            parent_version=parent_version,
            archive=archive,
            category_ids=model.index.category_ids,
            trained_on=read_settings(Path(folder))["trained_on"],
            metrics=json.loads((Path(folder) / METRICS).read_text(encoding="utf-8")),
        )


async def serve(engine: AsyncEngine, model_dir: Path, model_version: str, *, rows: PurchaseRows | None = None) -> int:
    """Let a registered version serve: its customers' states, then its files, then its status. Returns how many states.

    An engine that runs keeps the version it started with until it is started again. Raises UnknownModel.
    """
    archive = await user_models.archive_of(engine, model_version)
    if archive is None:
        raise UnknownModel(f"there is no user model {model_version}; `promobot model list` shows all")
    count = await store_states(engine, unpacked(archive), rows or await read_purchases(engine))
    unpack(archive, model_dir)
    await user_models.make_live(engine, model_version)
    return count


async def roll_back(engine: AsyncEngine, model_dir: Path) -> tuple[str, int]:
    """Let the version serve that did before; returns it and the count of states. Raises UnknownModel."""
    before = await user_models.served_before(engine)
    if before is None:
        raise UnknownModel("no user model served before the live one; `promobot model list` shows all")
    return before.model_version, await serve(engine, model_dir, before.model_version)


async def store_states(engine: AsyncEngine, model: ShopCustomerModel, rows: PurchaseRows) -> int:
    """Compute and store the state of every customer who bought something."""
    # Seconds of arithmetic: in a thread, so that an engine that runs decides on meanwhile.
    computed = await asyncio.to_thread(lambda: model.states(shop_history(rows, model.index)))
    last = {customer: rows.basket_at[index] for index, customer in enumerate(rows.basket_customer.tolist())}
    states = [
        (rows.customer_ids[customer], state, last[customer])
        for customer, state in enumerate(computed)
        if customer in last
    ]
    await replace_states(engine, model_version=model.version, states=states)
    return len(states)
