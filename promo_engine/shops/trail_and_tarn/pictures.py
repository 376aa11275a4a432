"""Pictures of the simulated products: drawn here, a silhouette by category in the colour of the variant."""

from __future__ import annotations

from promo_engine.shops.trail_and_tarn.style_words import COLOURS, LEAVES, TREE
from promo_engine.shops.trail_and_tarn.styles import Style

_SHAPES = {
    "Clothing": "M60 40 L90 28 Q100 38 110 28 L140 40 L168 80 L146 92 L138 76 L138 172 L62 172 L62 76 L54 92 L32 80 Z",
    "Footwear": "M36 70 L86 64 L96 96 Q132 108 166 116 Q176 134 166 148 L38 148 Q30 110 36 70 Z",
    "Camping": "M100 36 L178 160 L22 160 Z M100 84 L126 160 L74 160 Z",
    "Packs": "M66 56 Q66 30 100 30 Q134 30 134 56 L142 160 Q100 178 58 160 Z M74 98 L126 98 L126 140 L74 140 Z",
    "Climbing": "M100 30 A70 70 0 1 0 100 170 A70 70 0 1 0 100 30 Z M100 62 A38 38 0 1 1 100 138 A38 38 0 1 1 100 62 Z",
    "On the water": "M92 20 L108 20 L108 104 Q136 116 136 144 Q136 178 100 182 Q64 178 64 144 Q64 116 92 104 Z",
}


def picture(style: Style, colour: str | None = None) -> str:
    """An SVG of 200 x 200 that shows a style in one of its colours, the first one if the colour is not known."""
    root = next(names[0] for names, leaves in TREE.items() if LEAVES[style.leaf] in leaves)
    fill = COLOURS[colour if colour in style.colours else style.colours[0]]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200" role="img">'
        f"<title>{style.title} (simulated product)</title>"
        '<rect width="200" height="200" rx="12" fill="#f3f1ec"/>'
        f'<path d="{_SHAPES[root]}" fill="{fill}" fill-rule="evenodd" stroke="#2b2b2b" stroke-width="3" '
        'stroke-linejoin="round"/></svg>'
    )
