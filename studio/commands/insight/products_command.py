"""`promobot strategy products`: price tiers, embeddings, substitutes and complements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from promo_engine.cli.command_line import CommandError, read_settings_or_stop, say
from studio.jobs.command import Command
from studio.jobs.params import param
from studio.jobs.sources import SalesParams, read_history
from studio.jobs.terminal import print_rows, write_report

if TYPE_CHECKING:
    import pandas as pd

    from studio.data.sales_history import SalesHistory
    from studio.products.product_features import ProductSpace
    from studio.report.html_report import Report

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant

_EXAMPLES = 8
_SHOWN_CATEGORIES = 6


class ProductsParams(SalesParams):
    """Which product; none makes the page of all."""

    product: str | None = param(
        None,
        title="Product",
        text="product_id: what stands in for it and what goes with it",
        max_length=64,
        positional=True,
    )


def _run(params: ProductsParams) -> None:
    from studio.data.preparation import clean_lines
    from studio.products.product_features import learn_space, own_category_share

    history = read_history()
    space = learn_space(clean_lines(history.lines).lines, history.products)
    if params.product:
        for what in ("neighbours", "substitutes", "complements"):
            found = getattr(space, what)(params.product)
            say(f"{what} of {_name(space, params.product)}:")
            print_rows(["product", *found.columns], _rows(found))
        return
    ours, chance = own_category_share(space)
    say(
        f"{len(space.table):,} products with 50 lines or more; {ours:.1%} of the ten nearest are of the product's own "
        f"category, {chance:.1%} by chance"
    )
    write_report(_page(history, space, ours, chance), "products", params, history.stamp)


def _name(space: ProductSpace, product_id: str) -> str:
    row = space.table.iloc[space.row(product_id)]
    return f"{row['product_type']}, {row['brand']}, {row['package_size'] or 'no size'} ({product_id})"


def _rows(found: pd.DataFrame) -> list[list[Any]]:
    return [[product, *row] for product, row in zip(found.index, found.to_numpy().tolist(), strict=True)]


def _page(history: SalesHistory, space: ProductSpace, ours: float, chance: float) -> Report:
    from studio.errors import StrategyError
    from studio.products.product_features import strongest_pairs
    from studio.report.html_report import Report, new_figure

    table = space.table
    report = Report("Product features", f"{len(table):,} products by size, price and the company they keep in baskets.")
    figure, axes = new_figure(width=9, height=5.5)
    _scatter(axes, space)
    report.picture(figure, "Products by the two main components of their embeddings; the busiest categories in colour.")
    report.text(
        f"Of the ten nearest products {ours:.1%} are of the product's own category, which nothing told the embedding; "
        f"chance would give {chance:.1%}."
    )
    report.heading("Read for yourself")
    best = table.sort_values("lines", ascending=False).groupby("category").head(1).head(_EXAMPLES)
    for product in best.index:
        named = [
            ", ".join(f"{row.product_type} {row.package_size}".strip().lower() for row in found.itertuples()) or "none"
            for found in (space.neighbours(product, 4), space.substitutes(product, 3), space.complements(product, 3))
        ]
        report.table(
            ["", _name(space, product)],
            [["nearest", named[0]], ["instead of it", named[1]], ["goes with it", named[2]]],
        )
    report.heading("Pairs of different categories that are together most above chance")
    pairs = strongest_pairs(space)
    report.table(list(pairs.columns), pairs.to_numpy().tolist())
    report.heading("Categories as the user model knows them")
    try:
        report.table(["category", "nearest in the user model"], _learnt(history, space))
    except (CommandError, StrategyError) as error:
        report.text(f"Not shown: {error}.")
    return report


def _scatter(axes: Any, space: ProductSpace) -> None:
    from sklearn.decomposition import PCA

    places = PCA(2, random_state=0).fit_transform(space.vectors)
    category = space.table["category"].to_numpy()
    axes.scatter(*places.T, s=3, color="#c8d0d8", rasterized=True)
    for name in _busiest(space):
        axes.scatter(*places[category == name].T, s=8, label=name.lower(), rasterized=True)
    axes.legend(frameon=False, fontsize=8, markerscale=2)


def _busiest(space: ProductSpace) -> list[str]:
    """The categories with the most lines, the busiest first."""
    lines = space.table.groupby(space.table["category"].astype("str"))["lines"].sum()
    return [str(name) for name in lines.sort_values(ascending=False).index[:_SHOWN_CATEGORIES]]


def _learnt(history: SalesHistory, space: ProductSpace) -> list[list[object]]:
    """What the user model knows of the busiest categories. Raises StrategyError, CommandError."""
    from promo_engine.user_model.model_files import ModelMissing, load_user_model
    from studio.products.product_features import category_vectors

    try:
        model = load_user_model(read_settings_or_stop().model_dir)
    except ModelMissing as error:
        raise CommandError(str(error)) from error
    if model.kind != "lstm":
        return []  # a small shop's model counts, and places no category beside another
    names, vectors = category_vectors(history, model.model.weights)
    rows: list[list[object]] = []
    for name in (category for category in _busiest(space) if category in names):
        order = (-(vectors @ vectors[names.index(name)])).argsort()[1:5]
        rows.append([name, ", ".join(names[other] for other in order)])
    return rows


COMMAND = Command(
    name="products",
    summary="price tiers, embeddings, substitutes and complements of products",
    example="products PRODUCT_ID",
    params=ProductsParams,
    run=_run,
    documents=("products",),
)
