"""The words of the simulated shop: categories in three languages, brands, colours, and what styles are called."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Leaf:
    """A category that products stand in, and how it sells."""

    name: str
    german: str
    chinese: str
    styles: int
    base_cents: int
    """A middling price in euro cents."""
    sizes: tuple[str, ...]
    elasticity: float
    """Per cent of pieces gained by one per cent off the price. True by construction."""
    season_peak_week: int
    """Week of the year in which it sells best."""
    season_strength: float
    """How much more it sells then: the rate is multiplied by exp(strength * cosine)."""
    return_rate: float
    """Share of pieces that come back although the size fits."""
    needs: tuple[str, ...] = ()
    """Categories that are bought along with it more than chance would have it."""


_CLOTHES = ("XS", "S", "M", "L", "XL")
_SHOES = tuple(str(size) for size in range(37, 46))

TREE: dict[tuple[str, str, str], tuple[Leaf, ...]] = {
    ("Clothing", "Bekleidung", "服装"): (
        Leaf("Jackets", "Jacken", "夹克", 16, 14900, _CLOTHES, 1.9, 42, 0.6, 0.05, ("Base layers",)),
        Leaf("Trousers", "Hosen", "长裤", 14, 8900, _CLOTHES, 1.6, 18, 0.2, 0.06),
        Leaf("Base layers", "Unterwäsche", "打底衣", 16, 4900, _CLOTHES, 2.3, 47, 0.7, 0.03),
    ),
    ("Footwear", "Schuhe", "鞋类"): (
        Leaf("Hiking boots", "Wanderstiefel", "登山靴", 12, 17900, _SHOES, 1.2, 36, 0.4, 0.08, ("Base layers",)),
        Leaf("Trail shoes", "Laufschuhe", "越野跑鞋", 12, 12900, _SHOES, 1.7, 16, 0.4, 0.07),
        Leaf("Sandals", "Sandalen", "凉鞋", 8, 6900, _SHOES, 2.1, 24, 1.0, 0.06),
    ),
    ("Camping", "Camping", "露营"): (
        Leaf("Tents", "Zelte", "帐篷", 12, 29900, (), 1.1, 22, 0.9, 0.04, ("Sleeping bags", "Stoves")),
        Leaf("Sleeping bags", "Schlafsäcke", "睡袋", 12, 15900, (), 1.4, 24, 0.7, 0.03),
        Leaf("Stoves", "Kocher", "炉具", 12, 6900, (), 1.8, 23, 0.6, 0.02),
    ),
    ("Packs", "Rucksäcke", "背包"): (
        Leaf("Daypacks", "Tagesrucksäcke", "日用背包", 12, 7900, (), 1.5, 20, 0.3, 0.03, ("Bottles",)),
        Leaf("Trekking packs", "Trekkingrucksäcke", "徒步背包", 12, 18900, (), 1.1, 21, 0.6, 0.03),
        Leaf("Bottles", "Flaschen", "水壶", 14, 2400, (), 2.6, 25, 0.2, 0.01),
    ),
    ("Climbing", "Klettern", "攀岩"): (
        Leaf("Ropes", "Seile", "绳索", 10, 15900, (), 0.8, 17, 0.3, 0.01, ("Harnesses",)),
        Leaf("Harnesses", "Klettergurte", "安全带", 10, 7900, (), 1.0, 17, 0.3, 0.03, ("Helmets",)),
        Leaf("Helmets", "Helme", "头盔", 10, 6900, (), 0.9, 18, 0.2, 0.03),
    ),
    ("On the water", "Wassersport", "水上运动"): (
        Leaf("Dry bags", "Packsäcke", "防水袋", 12, 3900, (), 2.0, 26, 0.8, 0.01),
        Leaf("Paddles", "Paddel", "船桨", 12, 11900, (), 1.3, 24, 1.1, 0.02, ("Dry bags",)),
        Leaf("Swimwear", "Bademode", "泳装", 14, 4500, (), 2.2, 26, 1.3, 0.05),
    ),
}
"""18 leaves under 6 nodes: 24 categories, 220 styles."""

LEAVES = tuple(leaf for leaves in TREE.values() for leaf in leaves)
BRANDS = ("Tarn", "Northfell", "Kestrel", "Birkrigg", "Moorline")
"""Made up, as everything here."""
COLOURS = {
    "moss": "#5b6b3a",
    "slate": "#4a5a68",
    "rust": "#a3502f",
    "sky": "#7fb2d6",
    "sand": "#cdb48a",
}
FELLS = (
    *("Alder", "Beck", "Brackley", "Calder", "Dove", "Esk", "Fairfield", "Glen", "Hollow", "Ings", "Juniper", "Keld"),
    *("Langdale", "Mardale", "Nab", "Otter", "Pike", "Raven", "Seath", "Thorn", "Ullock", "Wansfell", "Yew"),
)
"""First words of styles' names."""
