"""Generators that propose whole strategies for a goal: a conditional LSTM decoder and a variational autoencoder.

Both learn what the best strategies of a random pool look like, by goal, and write the nine places of a strategy in
turn; the grammar masks what may not follow, so each one can be carried out. They stand beside two rivals that learn
nothing: templates, as a marketer writes them, and random search with as many scored draws as the generators' pool.
Sources: Sutskever, Vinyals, Le 2014; Kingma and Welling 2014; Sohn, Lee, Yan 2015 (conditional VAE).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from torch import Tensor, nn

from studio.generate.strategies import DEPTHS, KINDS, PLACES, Grammar, Strategy, Tokens
from studio.progress import Track, quiet
from studio.response.scoring import GOALS

Score = Callable[[Strategy, str], float]


@dataclass(frozen=True)
class GenerationSettings:
    """Sizes and lengths; small, since nine places of a few values each need no more."""

    pool: int = 6_000
    """Random strategies that are scored."""
    best: float = 0.1
    """Share of the pool, by goal, that is learned from."""
    hidden: int = 64
    latent: int = 8
    epochs: int = 30
    batch: int = 128
    beta: float = 0.3
    """Weight of the VAE's divergence from its prior."""
    seed: int = 1


class LstmDecoder(nn.Module):
    """Writes a strategy place by place, knowing the goal."""

    def __init__(self, sizes: Sequence[int], *, hidden: int) -> None:
        super().__init__()
        self.sizes = list(sizes)
        self.start = nn.Embedding(len(GOALS), hidden)
        self.embed = nn.ModuleList(nn.Embedding(size, hidden) for size in sizes)
        self.cell = nn.LSTMCell(2 * hidden, hidden)
        self.heads = nn.ModuleList(nn.Linear(hidden, size) for size in sizes)

    def logits(self, goal: Tensor, tokens: Tensor) -> list[Tensor]:
        """Logits of each place given those before it: goal (B,), tokens (B, 9) → 9 of (B, size)."""
        goals = self.start(goal)
        state, before, out = None, torch.zeros_like(goals), []
        for position, head in enumerate(self.heads):
            state = self.cell(torch.cat([goals, before], dim=1), state)
            out.append(head(state[0]))
            before = self.embed[position](tokens[:, position])
        return out

    def loss(self, goal: Tensor, tokens: Tensor) -> Tensor:
        """Cross-entropy over all places."""
        return _cross_entropy(self.logits(goal, tokens), tokens)

    @torch.no_grad()
    def sample(self, goal: int, count: int, grammar: Grammar) -> list[Tokens]:
        """Write so many strategies."""
        goals = self.start(torch.full((count,), goal))
        state, before = None, torch.zeros_like(goals)
        rows: list[Tokens] = [()] * count
        for position, head in enumerate(self.heads):
            state = self.cell(torch.cat([goals, before], dim=1), state)
            drawn = _draw(head(state[0]), rows, grammar)
            rows = [(*row, int(token)) for row, token in zip(rows, drawn, strict=True)]
            before = self.embed[position](drawn)
        return rows


class Vae(nn.Module):
    """Packs a strategy into a few normal numbers and unpacks any such numbers into a strategy."""

    def __init__(self, sizes: Sequence[int], *, hidden: int, latent: int, beta: float) -> None:
        super().__init__()
        self.sizes, self.latent, self.beta = list(sizes), latent, beta
        width = sum(sizes) + len(GOALS)
        self.encoder = nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, 2 * latent))
        self.decoder = nn.Sequential(nn.Linear(latent + len(GOALS), hidden), nn.ReLU(), nn.Linear(hidden, sum(sizes)))

    def loss(self, goal: Tensor, tokens: Tensor) -> Tensor:
        """Reconstruction plus beta times divergence."""
        goals = nn.functional.one_hot(goal, len(GOALS)).float()
        hot = [nn.functional.one_hot(tokens[:, at], size).float() for at, size in enumerate(self.sizes)]
        mean, log_variance = self.encoder(torch.cat([*hot, goals], dim=1)).chunk(2, dim=1)
        packed = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        logits = self.decoder(torch.cat([packed, goals], dim=1)).split(self.sizes, dim=1)
        divergence = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(dim=1).mean()
        total: Tensor = _cross_entropy(list(logits), tokens) + self.beta * divergence
        return total

    @torch.no_grad()
    def sample(self, goal: int, count: int, grammar: Grammar) -> list[Tokens]:
        """Unpack so many draws from the prior."""
        goals = nn.functional.one_hot(torch.full((count,), goal), len(GOALS)).float()
        logits = self.decoder(torch.cat([torch.randn(count, self.latent), goals], dim=1)).split(self.sizes, dim=1)
        rows: list[Tokens] = [()] * count
        for logit in logits:
            rows = [(*row, int(x)) for row, x in zip(rows, _draw(logit, rows, grammar), strict=True)]
        return rows


@dataclass(frozen=True)
class Pool:
    """Scored random strategies, and the best of them by goal."""

    tokens: tuple[Tokens, ...]
    values: np.ndarray[tuple[int, int], np.dtype[np.float64]]
    """(pool, goals), cents."""
    best: tuple[tuple[int, Tokens], ...]
    """(goal, tokens): what is learned from."""


def make_pool(grammar: Grammar, score: Score, settings: GenerationSettings) -> Pool:
    """Draw and score strategies."""
    generator = np.random.default_rng(settings.seed)
    tokens = tuple(dict.fromkeys(grammar.draw(generator) for _ in range(settings.pool)))
    values = np.array([[score(grammar.read(token), goal) for goal in GOALS] for token in tokens])
    count = max(1, int(settings.best * len(tokens)))
    best = [(goal, tokens[at]) for goal in range(len(GOALS)) for at in np.argsort(-values[:, goal])[:count]]
    return Pool(tokens, values, tuple(best))


def train(model: LstmDecoder | Vae, pool: Pool, settings: GenerationSettings, *, track: Track = quiet) -> list[float]:
    """Fit to the best of the pool; return the mean loss of each epoch. Raises ValueError for a loss that is no number.

    Seeds torch with the settings' seed.
    """
    torch.manual_seed(settings.seed)
    goals = torch.tensor([goal for goal, _ in pool.best])
    tokens = torch.tensor([tokens for _, tokens in pool.best])
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    losses = []
    for _ in track(range(settings.epochs), f"training {type(model).__name__}"):
        order, total = torch.randperm(len(goals)), 0.0
        for some in torch.split(order, settings.batch):
            loss = model.loss(goals[some], tokens[some])
            if not torch.isfinite(loss):
                raise ValueError("the loss is not a number")
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            total += float(loss.detach()) * len(some)
        losses.append(total / len(goals))
    return losses


def templates(grammar: Grammar) -> list[Tokens]:
    """What a marketer would write: each kind at two usual depths, for each category and everyone, for two weeks."""
    depths = [DEPTHS.index(1_000), DEPTHS.index(2_000)]
    rows: list[Tokens] = []
    for kind, depth, scope in product(range(len(KINDS)), depths, range(len(grammar.categories) + 1)):
        if grammar.allowed(())[kind] and grammar.allowed((kind, depth))[scope]:
            rows.append((kind, depth, scope, 0, 0, 1, 0, 0, 1))
    return rows


@dataclass(frozen=True)
class Quality:
    """How good a set of strategies is for one goal; shares are of the set."""

    generator: str
    goal: str
    valid: float
    unique: float
    novel: float
    """Not in the pool that was learned from."""
    coverage: float
    """Share of all pairs of values of two places that occur, of those that the random pool reaches."""
    mean_cents: float
    best_tenth_cents: float


def judge(generator: str, goal: str, rows: Sequence[Tokens], *, pool: Pool, grammar: Grammar, score: Score) -> Quality:
    """Score a set."""
    known = set(pool.tokens)
    valid = [row for row in rows if all(grammar.allowed(row[:at])[row[at]] for at in range(len(row)))]
    unique = list(dict.fromkeys(valid))
    values = np.sort([score(grammar.read(row), goal) for row in unique])[::-1]
    return Quality(
        generator,
        goal,
        valid=len(valid) / len(rows),
        unique=len(unique) / len(rows),
        novel=float(np.mean([row not in known for row in unique])),
        coverage=len(_pairs(unique)) / len(_pairs(pool.tokens)),
        mean_cents=float(values.mean()),
        best_tenth_cents=float(values[: max(1, len(values) // 10)].mean()),
    )


def _pairs(rows: Sequence[Tokens]) -> set[tuple[int, int, int, int]]:
    places = range(len(PLACES))
    return {(a, row[a], b, row[b]) for row in rows for a in places for b in places if a < b}


def _cross_entropy(logits: Sequence[Tensor], tokens: Tensor) -> Tensor:
    return sum(
        (nn.functional.cross_entropy(logit, tokens[:, at]) for at, logit in enumerate(logits)), start=torch.tensor(0.0)
    )


def _draw(logits: Tensor, rows: Sequence[Tokens], grammar: Grammar) -> Tensor:
    masks = torch.from_numpy(np.array([grammar.allowed(row) for row in rows]))
    drawn: Tensor = torch.distributions.Categorical(  # type: ignore[no-untyped-call]
        logits=logits.masked_fill(~masks, -torch.inf)
    ).sample()
    return drawn
