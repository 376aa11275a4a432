"""What else ranks the categories a household buys next: counts, neighbours, factors, trees, an LSTM over baskets.

Every rival has `fit`, which may look at everything before the validation weeks and choose its settings by Recall@10 on
the validation cases, and `rank`, which scores all categories of test cases knowing what is known at each. A rival with
two outputs, one for each task, says so by `task`.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.user_model.boosted_trees import GradientBoosting
from benchmarks.user_model.tasks import HORIZON_DAYS, Cases, Material, Scores, Task, ranking_quality
from promo_engine.user_model.purchase_history import Floats, Ints, PurchaseHistory

_Setting = TypeVar("_Setting")
SEED = 20171231
_TUNED_ON = 500
"""Validation cases on which neighbour methods choose their settings; all would take minutes."""


class Rival(Protocol):
    """A way to rank categories."""

    def fit(self, material: Material) -> None:
        """Learn, and choose settings."""
        ...

    def rank(self, cases: Cases, task: Task) -> Scores:
        """(N, categories) higher is sooner."""
        ...


def rivals() -> dict[str, Rival]:
    """All by the name under which their figures are written."""
    return {
        "popularity": Popularity(),
        "personal_frequency": Frequency((np.inf,)),
        "decayed_frequency": Frequency((30.0, 60.0, 120.0, 240.0)),
        "tifuknn": Neighbours(_tifuknn, [{"alpha": a, "group_decay_rate": g} for a in (0.7, 0.9) for g in (0.8, 1.0)]),
        "upcf": Neighbours(_upcf, [{"recency": r, "locality": q} for r in (10, 50, 0) for q in (1, 5)]),
        "itemknn": Factors(_itemknn, [{"K": k} for k in (20, 100, 300)]),
        "als": Factors(_als, [{"factors": f, "regularization": r} for f in (16, 64) for r in (0.1, 10.0)]),
        "gradient_boosting": GradientBoosting(),
        "gradient_boosting_share": GradientBoosting(share=True),
        "basket_lstm": BasketLstm(),
    }


def popularity(history: PurchaseHistory) -> Floats:
    """(categories,) purchases per purchase."""
    return np.bincount(history.step_category, minlength=history.category_count) / max(len(history.step_day), 1)


def counts(history: PurchaseHistory, *, half_life_days: float = np.inf, now: float = 0.0) -> Floats:
    """(customers, categories) purchases, fading towards `now`."""
    table = np.zeros((history.customer_count, history.category_count))
    weight = np.exp2((history.step_day - now) / half_life_days)
    np.add.at(table, (history.basket_customer[history.step_basket], history.step_category), weight)
    return table


class Popularity:
    """What everybody buys."""

    def fit(self, material: Material) -> None:
        """Nothing to learn."""

    def rank(self, cases: Cases, task: Task) -> Scores:
        """The same for every household."""
        return np.broadcast_to(popularity(cases.known), cases.bought.shape)


class Frequency:
    """How often the household bought it, purchases fading with the best of some half-lives; ties by popularity."""

    def __init__(self, half_lives_days: Sequence[float]) -> None:
        self._half_lives = half_lives_days
        self._chosen = half_lives_days[0]

    def fit(self, material: Material) -> None:
        """Choose the half-life."""
        self._chosen = best_of(self._half_lives, material.validation, self._ranked)

    def rank(self, cases: Cases, task: Task) -> Scores:
        """Faded counts."""
        return self._ranked(self._chosen, cases)

    def _ranked(self, half_life: float, cases: Cases) -> Scores:
        # A common factor per household changes no ranking, so that all can fade towards one moment.
        faded = counts(cases.known, half_life_days=half_life, now=float(cases.day.max()))
        return faded[cases.customer] + 1e-6 * popularity(cases.known)


def best_of(settings: Sequence[_Setting], cases: Cases, rank: Callable[[_Setting, Cases], Scores]) -> _Setting:
    """The setting with the best Recall@10; the only one without asking."""
    if len(settings) == 1:
        return settings[0]
    return max(
        settings, key=lambda setting: float(ranking_quality(rank(setting, cases), cases.bought, depth=10)[:, 0].mean())
    )


def some_of(cases: Cases, count: int) -> Cases:
    """So many of the cases, drawn with a fixed seed."""
    if len(cases.day) <= count:
        return cases
    drawn = np.sort(np.random.default_rng(SEED).choice(len(cases.day), count, replace=False))
    return replace(cases, customer=cases.customer[drawn], day=cases.day[drawn], bought=cases.bought[drawn])


class Neighbours:
    """A next-basket recommender of cornac, fitted on what is known when the cases are asked."""

    def __init__(self, make: Callable[..., Any], settings: Sequence[dict[str, Any]]) -> None:
        self._make, self._settings = make, settings
        self._chosen = settings[0]

    def fit(self, material: Material) -> None:
        """Choose among the settings."""
        self._chosen = best_of(self._settings, some_of(material.validation, _TUNED_ON), self._ranked)

    def rank(self, cases: Cases, task: Task) -> Scores:
        """Scores by the baskets of each household."""
        return self._ranked(self._chosen, cases)

    def _ranked(self, settings: dict[str, Any], cases: Cases) -> Scores:
        from cornac.data import BasketDataset  # noqa: PLC0415  slow to import

        logging.getLogger("cornac").setLevel(logging.ERROR)
        known = cases.known
        lines = np.argsort(known.step_basket, kind="stable")
        owner = known.basket_customer[known.step_basket[lines]]
        rows = zip(owner.tolist(), known.step_basket[lines].tolist(), known.step_category[lines].tolist(), strict=True)
        data = BasketDataset.build(list(rows), seed=SEED)
        model = self._make(**settings).fit(data)
        column = np.array([data.iid_map.get(category, -1) for category in range(known.category_count)])
        users = np.array([data.uid_map[customer] for customer in cases.customer.tolist()])
        said = np.concatenate([model.scores(part) for part in np.array_split(users, -(-len(users) // 256))])
        return np.where(column >= 0, said[:, column], 0.0) + 1e-6 * popularity(known)


def _tifuknn(**settings: Any) -> Any:
    from cornac.models import TIFUKNN  # noqa: PLC0415

    class AllAtOnce(TIFUKNN):  # type: ignore[misc]
        """cornac 3.0.1 averages its neighbours to one number for all items; the paper averages item by item."""

        def scores(self, users: Ints) -> Scores:
            own = self.user_vectors[users]
            _, near = self.tree.query(own, k=min(self.n_neighbors, len(self.user_vectors)))
            joined: Scores = self.alpha * own + (1 - self.alpha) * self.user_vectors[near].mean(axis=1)
            return joined

    return AllAtOnce(n_neighbors=300, within_decay_rate=1.0, n_groups=7, verbose=False, **settings)


def _upcf(**settings: Any) -> Any:
    import similaripy  # noqa: PLC0415
    from cornac.models import UPCF  # noqa: PLC0415
    from scipy.sparse import csr_matrix  # noqa: PLC0415

    class AllAtOnce(UPCF):  # type: ignore[misc]
        """cornac 3.0.1 counts and scores users one by one in minutes; newer releases of similaripy crash on its row."""

        def _get_user_wise_popularity(self, basket_items: list[list[int]]) -> Any:
            recent = basket_items[-self.recency :] if self.recency > 0 else basket_items
            count = Counter(category for basket in recent for category in set(basket))
            share = np.array(list(count.values()), dtype=np.float32) / len(recent)
            return csr_matrix((share, ([0] * len(count), list(count))), shape=(1, self.total_items))

        def scores(self, users: Ints) -> Scores:
            near = similaripy.asymmetric_cosine(
                self.user_item_matrix, alpha=self.asymmetry, target_rows=users.tolist(), verbose=False
            )
            weight = csr_matrix(near.tocsr()).power(self.locality)[users]
            # There, whoever is asked for stands beside themselves among the users: they count twice.
            joined: Scores = (weight @ self.user_wise_popularity + self.user_wise_popularity[users]).toarray()
            return joined

    return AllAtOnce(asymmetry=0.25, verbose=False, **settings)


class Factors:
    """A recommender of implicit on the table of counts."""

    def __init__(self, make: Callable[..., Any], settings: Sequence[dict[str, Any]]) -> None:
        self._make, self._settings = make, settings
        self._chosen = settings[0]

    def fit(self, material: Material) -> None:
        """Choose among the settings."""
        self._chosen = best_of(self._settings, material.validation, self._ranked)

    def rank(self, cases: Cases, task: Task) -> Scores:
        """Scores of all categories, those bought before included."""
        return self._ranked(self._chosen, cases)

    def _ranked(self, settings: dict[str, Any], cases: Cases) -> Scores:
        from scipy.sparse import csr_matrix  # noqa: PLC0415

        table = csr_matrix(np.log1p(counts(cases.known)).astype(np.float32))
        model = self._make(**settings)
        model.fit(table, show_progress=False)
        ids, said = model.recommend(
            cases.customer, table[cases.customer], N=table.shape[1], filter_already_liked_items=False
        )
        scores = np.zeros(cases.bought.shape)
        np.put_along_axis(scores, np.maximum(ids, 0), np.where(ids >= 0, said, 0.0), axis=1)
        return scores + 1e-6 * popularity(cases.known)


def _itemknn(**settings: Any) -> Any:
    from implicit.nearest_neighbours import CosineRecommender  # noqa: PLC0415

    return CosineRecommender(num_threads=1, **settings)


def _als(**settings: Any) -> Any:
    from implicit.als import AlternatingLeastSquares  # noqa: PLC0415

    return AlternatingLeastSquares(iterations=15, random_state=SEED, num_threads=1, **settings)


class BasketLstm(nn.Module):
    """An LSTM over a household's whole baskets, each the sum of its categories' embeddings; one output a task."""

    size, hidden, longest, epochs = 48, 64, 60, 8

    def fit(self, material: Material) -> None:
        """Learn at every basket of the training weeks what comes next, for some epochs, the best by validation kept."""
        torch.manual_seed(SEED)
        torch.set_num_threads(1)
        count = material.history.category_count
        self.embedding = nn.Linear(count, self.size)
        self.lstm = nn.LSTM(self.size + 1, self.hidden, batch_first=True)
        self.out = nn.ModuleDict({task: nn.Linear(self.hidden, count) for task in ("next_basket", "next_week")})
        known = material.history.select(before_day=material.validation_from)
        households = np.flatnonzero(np.diff(known.customer_start) > 2)
        optimiser = torch.optim.Adam(self.parameters(), lr=3e-3)
        generator = np.random.default_rng(SEED)
        best, kept = 0.0, {name: value.clone() for name, value in self.state_dict().items()}
        for _ in range(self.epochs):
            for part in np.array_split(generator.permutation(households), -(-len(households) // 64)):
                loss = self._loss(known, part)
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
            said = self.rank(material.validation, "next_basket")
            quality = float(ranking_quality(said, material.validation.bought, depth=10)[:, 0].mean())
            if quality > best:
                best, kept = quality, {name: value.clone() for name, value in self.state_dict().items()}
        self.load_state_dict(kept)

    def rank(self, cases: Cases, task: Task) -> Scores:
        """Logits after the household's last known basket."""
        scores = np.zeros(cases.bought.shape)
        with torch.inference_mode():
            for part in np.array_split(np.arange(len(cases.day)), -(-len(cases.day) // 256)):
                baskets, gaps, _ = self._read(cases.known, cases.customer[part])
                scores[part] = self.out[task](self._memories(baskets, gaps)[:, -1]).numpy()
        return scores

    def _memories(self, baskets: Tensor, gaps: Tensor) -> Tensor:
        memories: Tensor = self.lstm(torch.cat([self.embedding(baskets), gaps[..., None]], dim=2))[0]
        return memories

    def _loss(self, history: PurchaseHistory, households: Ints) -> Tensor:
        baskets, gaps, day = self._read(history, households)
        memories = self._memories(baskets, gaps)[:, :-1]
        real = (day[:, :-1] > 0).float()
        week = torch.zeros_like(baskets[:, :-1])
        for ahead in range(1, 8):  # baskets of the next seven days are hardly ever more
            soon = (day[:, ahead:] - day[:, :-ahead] <= HORIZON_DAYS) & (day[:, :-ahead] > 0)
            held = baskets[:, ahead:] * soon[..., None]
            week[:, : held.shape[1]] = torch.maximum(week[:, : held.shape[1]], held[:, : week.shape[1]])
        total = torch.zeros(())
        for task, wanted in (("next_basket", baskets[:, 1:]), ("next_week", week)):
            losses = functional.binary_cross_entropy_with_logits(self.out[task](memories), wanted, reduction="none")
            total = total + (losses.mean(dim=2) * real).sum() / real.sum()
        return total

    def _read(self, history: PurchaseHistory, households: Ints) -> tuple[Tensor, Tensor, Tensor]:
        """The last baskets (H, T, categories), gaps and days (H, T), padded in front; a padding's day is 0."""
        start, end = history.customer_start[households], history.customer_start[households + 1]
        first = np.maximum(start, end - self.longest)
        length = int((end - first).max())
        position = np.full(len(history.basket_day), -1)
        row = np.zeros(len(history.basket_day), dtype=np.int64)
        for number, (low, high) in enumerate(zip(first.tolist(), end.tolist(), strict=True)):
            position[low:high] = np.arange(length - (high - low), length)
            row[low:high] = number
        steps = position[history.step_basket] >= 0
        baskets = np.zeros((len(households), length, history.category_count), dtype=np.float32)
        of = history.step_basket[steps]
        baskets[row[of], position[of], history.step_category[steps]] = 1.0
        day = np.zeros((len(households), length), dtype=np.float64)
        used = np.flatnonzero(position >= 0)
        day[row[used], position[used]] = history.basket_day[used]
        gap = np.diff(day, axis=1, prepend=0.0)
        gap[(day == 0) | (gap > 10_000)] = 0.0
        return torch.from_numpy(baskets), torch.from_numpy(np.log1p(gap) / 4.0).float(), torch.from_numpy(day)
