"""Ways to rank all products for a customer: habit, neighbours of products, factors, a network over baskets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
import torch
from scipy.sparse import csr_matrix
from torch import Tensor, nn

from studio.recommend.basket_log import Floats, Ints, ShopLog

SEED = 20171231


class Ranker(Protocol):
    """Learns from a log, then ranks."""

    def fit(self, log: ShopLog) -> None:
        """Learn from all of the log."""
        ...

    def rank(self, customers: Ints) -> Floats:
        """(N, products) higher is likelier in the next basket."""
        ...


class Popularity:
    """What everybody buys."""

    def fit(self, log: ShopLog) -> None:
        """Count."""
        self._counts = np.bincount(log.product, minlength=len(log.products)).astype(np.float64)

    def rank(self, customers: Ints) -> Floats:
        """The same for all."""
        return np.tile(self._counts / self._counts.max(), (len(customers), 1))


class Habit:
    """How often the customer bought it, fading; ties by popularity."""

    def __init__(self, half_life_days: float) -> None:
        self._half_life = half_life_days

    def fit(self, log: ShopLog) -> None:
        """Count."""
        self._counts = log.counts(half_life_days=self._half_life)
        popular = np.bincount(log.product, minlength=len(log.products))
        self._popular = 1e-6 * popular / popular.max()

    def rank(self, customers: Ints) -> Floats:
        """Faded counts."""
        ranked: Floats = self._counts[customers].toarray() + self._popular
        return ranked


class ImplicitModel:
    """A recommender of the library implicit on faded counts, its scores for every product."""

    def __init__(self, make: Callable[[], Any], *, half_life_days: float = 90.0) -> None:
        self._make, self._half_life = make, half_life_days

    def fit(self, log: ShopLog) -> None:
        """Fit."""
        self._table = csr_matrix(log.counts(half_life_days=self._half_life).log1p(), dtype=np.float32)
        # A new one each time: fitted again, implicit goes on from the old factors, whose rows are of other customers.
        self._model = self._make()
        self._model.fit(self._table, show_progress=False)

    def rank(self, customers: Ints) -> Floats:
        """Scores, those of products bought before included."""
        if hasattr(self._model, "similarity"):  # neighbours: a product of two sparse matrices
            near: Floats = (self._table[customers] @ self._model.similarity).toarray().astype(np.float64)
            return near
        factors = self._model.user_factors[customers] @ self._model.item_factors.T
        return np.asarray(factors, dtype=np.float64)


def item_neighbours() -> ImplicitModel:
    """Products that the same customers buy (cosine of BM25-like weights, 100 neighbours each)."""
    from implicit.nearest_neighbours import CosineRecommender  # noqa: PLC0415  slow to import

    return ImplicitModel(lambda: CosineRecommender(K=100, num_threads=1))


def factors() -> ImplicitModel:
    """Matrix factorisation by alternating least squares."""
    from implicit.als import AlternatingLeastSquares  # noqa: PLC0415

    def make() -> Any:
        return AlternatingLeastSquares(
            factors=64, regularization=1.0, iterations=12, use_cg=False, random_state=SEED, num_threads=1
        )

    return ImplicitModel(make)


class BasketSequence(nn.Module):
    """A GRU over a customer's baskets; a basket is the mean of its products' embeddings, which make the output too."""

    size, longest, epochs, batch = 48, 30, 8, 32

    def fit(self, log: ShopLog) -> None:
        """Learn at every basket what the next one holds. Raises ArithmeticError if the loss is no number."""
        torch.manual_seed(SEED)
        torch.set_num_threads(1)
        count = len(log.products)
        self.embedding = nn.EmbeddingBag(count + 1, self.size, mode="mean", padding_idx=count)
        nn.init.normal_(self.embedding.weight, std=0.1)
        self.gru = nn.GRU(self.size, self.size, batch_first=True)
        self.bias = nn.Parameter(torch.from_numpy(_log_share(log)).float())
        self._baskets = _last_baskets(log, self.longest)
        self._count = count
        optimiser = torch.optim.Adam(self.parameters(), lr=5e-3)
        learners = np.array([index for index, baskets in enumerate(self._baskets) if len(baskets) > 1])
        generator = np.random.default_rng(SEED)
        for _ in range(self.epochs):
            for part in np.array_split(generator.permutation(learners), -(-len(learners) // self.batch)):
                loss = self._loss(part)
                if not torch.isfinite(loss):
                    raise ArithmeticError(f"the sequence model's loss is {loss.item()}")
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()

    def rank(self, customers: Ints) -> Floats:
        """Log probabilities after the customer's last basket."""
        with torch.inference_mode():
            parts = []
            for part in np.array_split(customers, -(-len(customers) // 256)):
                memory, lengths = self._memory(part)
                last = memory[torch.arange(len(part)), torch.from_numpy(lengths - 1)]
                parts.append(torch.log_softmax(self._logits(last), dim=1).numpy())
        return np.concatenate(parts).astype(np.float64)

    def _logits(self, memory: Tensor) -> Tensor:
        return memory @ self.embedding.weight[: self._count].T + self.bias

    def _memory(self, customers: Ints) -> tuple[Tensor, Ints]:
        """(H, T, size) after each basket, and (H,) how many there are."""
        baskets = [self._baskets[customer] for customer in customers.tolist()]
        lengths = np.array([len(basket) for basket in baskets])
        flat = [basket for history in baskets for basket in history]
        offsets = np.cumsum([0, *[len(basket) for basket in flat[:-1]]])
        means = self.embedding(torch.from_numpy(np.concatenate(flat)), torch.from_numpy(offsets))
        padded = nn.utils.rnn.pad_sequence(list(torch.split(means, lengths.tolist())), batch_first=True)
        return self.gru(padded)[0], lengths

    def _loss(self, customers: Ints) -> Tensor:
        memory, lengths = self._memory(customers)
        rows, places, wanted, weight = [], [], [], []
        for row, customer in enumerate(customers.tolist()):
            for position, basket in enumerate(self._baskets[customer][1:]):
                rows += [row] * len(basket)
                places += [position] * len(basket)
                wanted.append(basket)
                weight += [1.0 / len(basket)] * len(basket)
        # One row of logits a basket, not a product: the mean over the basket's products of their log probability.
        positions = np.concatenate([np.arange(length - 1) for length in lengths])
        owner = np.repeat(np.arange(len(lengths)), lengths - 1)
        said = torch.log_softmax(self._logits(memory[torch.from_numpy(owner), torch.from_numpy(positions)]), dim=1)
        start = np.concatenate([[0], np.cumsum(lengths - 1)[:-1]])
        basket_row = start[np.array(rows)] + np.array(places)
        chosen = said[torch.from_numpy(basket_row), torch.from_numpy(np.concatenate(wanted))]
        return -(chosen * torch.tensor(weight)).sum() / len(positions)


def _log_share(log: ShopLog) -> Floats:
    counts = np.bincount(log.product, minlength=len(log.products)) + 1.0
    return np.asarray(np.log(counts / counts.sum()))


def _last_baskets(log: ShopLog, longest: int) -> list[list[Ints]]:
    """Each customer's last baskets in time; at least one, since only customers with baskets are in the log."""
    order = np.argsort(log.basket, kind="stable")
    ends = np.cumsum(np.bincount(log.basket, minlength=len(log.basket_day)))
    contents = np.split(log.product[order], ends[:-1])
    found: list[list[Ints]] = [[] for _ in log.customers]
    for basket, customer in enumerate(log.basket_customer.tolist()):
        found[customer].append(contents[basket])
    return [baskets[-longest:] for baskets in found]


def rankers() -> Mapping[str, Ranker]:
    """All single ones by the name under which their figures are written, new each time."""
    return {
        "popularity": Popularity(),
        "habit": Habit(np.inf),
        "fading_habit": Habit(60.0),
        "item_neighbours": item_neighbours(),
        "factors": factors(),
        "sequence": BasketSequence(),
    }
