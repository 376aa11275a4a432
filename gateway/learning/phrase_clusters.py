"""Groups of similar texts: what shoppers ask for and the bot has no intent for."""

from __future__ import annotations

from collections.abc import Sequence

LIMIT = 1000
"""Texts at once: the distances between all of them are held in memory."""
FARTHEST = 0.75
"""Mean cosine distance within a group, over words and pieces of words."""


def clusters(texts: Sequence[str], *, smallest: int = 2) -> list[list[int]]:
    """Groups of indexes into `texts`, the largest first, each with its most central text first.

    TF-IDF over words and pieces of words (so typing errors stay near) and average-link clustering of scikit-learn: no
    number of groups has to be known. Takes a second for a thousand texts: not for the event loop.
    """
    import numpy as np  # noqa: PLC0415  # with scikit-learn it takes a second to import, and few starts of the gateway need it
    from sklearn.cluster import AgglomerativeClustering  # noqa: PLC0415
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415
    from sklearn.pipeline import FeatureUnion  # noqa: PLC0415

    texts = texts[:LIMIT]
    if len(texts) < 2:
        return [[0]] if texts and smallest == 1 else []
    features = FeatureUnion(
        [
            ("words", TfidfVectorizer(sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")),
            ("pieces", TfidfVectorizer(sublinear_tf=True, analyzer="char_wb", ngram_range=(3, 4))),
        ]
    )
    try:
        vectors = features.fit_transform(texts).toarray()
    except ValueError:  # no text has a word
        return []
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = vectors / np.maximum(lengths, 1e-12)
    distances = np.clip(1.0 - vectors @ vectors.T, 0.0, 2.0)
    model = AgglomerativeClustering(
        n_clusters=None, distance_threshold=FARTHEST, metric="precomputed", linkage="average"
    )
    groups: dict[int, list[int]] = {}
    for index, label in enumerate(model.fit_predict(distances)):
        groups.setdefault(int(label), []).append(index)
    return [
        sorted(group, key=lambda index: float(distances[index, group].sum()))
        for group in sorted(groups.values(), key=len, reverse=True)
        if len(group) >= smallest
    ]
