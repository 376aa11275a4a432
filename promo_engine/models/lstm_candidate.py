"""The LSTM of a training: fitted where there is enough to learn from, and measured against the counts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from promo_engine.models.model_levels import Leads
from promo_engine.models.training_material import Material
from promo_engine.user_model.model import LstmCustomerModel
from promo_engine.user_model.model_settings import ModelSettings, PrivacySettings, TrainingError, continued
from promo_engine.user_model.shop_model import ShopCustomerModel
from promo_engine.user_model.stepped_model import SteppedModel
from promo_engine.user_model.training import validation


@dataclass(frozen=True)
class Candidate:
    """What became of the attempt."""

    model: ShopCustomerModel | None = None
    metrics: dict[str, Any] = field(default_factory=dict)
    """To be recorded of its training."""
    failure: str | None = None
    """Why there is none though there was enough to learn from, as half a sentence."""


def fit_candidate(
    material: Material, *, privacy: PrivacySettings | None, start_from: ShopCustomerModel | None
) -> Candidate:
    """Fit an LSTM unless the shop is too small. What goes wrong in the numbers is a `failure`, not an error."""
    if not material.tries_lstm:
        return Candidate()
    try:
        model, metrics = _fit(material, privacy=privacy, start_from=start_from)
    except TrainingError as error:
        return Candidate(failure=str(error))
    except ModuleNotFoundError as error:
        if error.name != "torch" or privacy is not None:
            raise
        return Candidate(failure="torch is not installed: pip install 'promobot[train]'")
    if not model.finite:
        return Candidate(failure="some of its weights are no numbers")
    return Candidate(ShopCustomerModel(model, material.index), metrics)


def measure(
    material: Material, candidate: Candidate, live: ShopCustomerModel | None
) -> tuple[Leads, dict[str, Any], Candidate]:
    """All leads over the counts on the unseen weeks, the LSTM's or the counts' figures there, and the candidate.

    A candidate whose expectations are no numbers is one no more. A live model of other categories is not compared.
    """
    if not len(material.history.known.basket_day):
        return Leads(), {}, candidate
    yardstick = material.counts(before_day=material.unseen_from)
    history, training = material.history.known, material.training
    before = live if live is not None and _comparable(live, material) else None
    lead_of_live = None if before is None else _lead_or_none(material, before, yardstick)
    if candidate.model is None:
        return Leads(live=lead_of_live), validation.compare(yardstick, history, training), candidate
    model = candidate.model.model
    try:
        leads = Leads(
            lstm=validation.lead(model, yardstick, history, training),
            live=lead_of_live,
            against_live=None if before is None else validation.lead(model, before.model, history, training),
        )
        return leads, validation.compare(model, history, training, counts=yardstick), candidate
    except TrainingError as error:
        figures = validation.compare(yardstick, history, training)
        return Leads(live=lead_of_live), figures, Candidate(failure=str(error))


def _comparable(live: ShopCustomerModel, material: Material) -> bool:
    return live.kind == LstmCustomerModel.kind and live.index.category_ids == material.index.category_ids


def _lead_or_none(material: Material, model: ShopCustomerModel, yardstick: SteppedModel) -> validation.Lead | None:
    try:
        return validation.lead(model.model, yardstick, material.history.known, material.training)
    except TrainingError:
        return None


def _fit(
    material: Material, *, privacy: PrivacySettings | None, start_from: ShopCustomerModel | None
) -> tuple[LstmCustomerModel, dict[str, Any]]:
    from promo_engine.user_model.training import fit  # noqa: PLC0415  torch takes seconds to import

    history, training = material.history.known, material.training
    shape = ModelSettings(category_count=material.category_count, horizons_days=material.horizons_days)
    if privacy is not None:
        from promo_engine.user_model.training import private  # noqa: PLC0415  so does opacus

        model, spent = private.run(history, model=shape, training=training, privacy=privacy)
        return model, {"privacy": asdict(spent)}
    first = _same_shape(start_from, material, shape)
    if first is not None:
        training = continued(training)
    model, report = fit.run(history, model=shape, training=training, start_from=first)
    losses = {"training_losses": list(report.training_losses), "stopping_losses": list(report.stopping_losses)}
    return model, {"fit": losses}


def _same_shape(
    start_from: ShopCustomerModel | None, material: Material, shape: ModelSettings
) -> LstmCustomerModel | None:
    """The model whose weights can be gone on from: an LSTM of the same categories and horizons."""
    if start_from is None or not isinstance(start_from.model, LstmCustomerModel):
        return None
    return start_from.model if _comparable(start_from, material) and start_from.model.settings == shape else None
