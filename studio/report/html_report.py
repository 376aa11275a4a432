"""Pages with words, tables and pictures: one HTML file each, nothing beside it, nothing that runs.

Pictures are SVG inside `img`, the style sheet is the page's only `style` element and is named by its hash in the
page's own Content-Security-Policy. So a page holds under the strictest policy: no scripts, no style attributes, no
addresses. A server that sends a policy of its own uses `CONTENT_SECURITY_POLICY`. Beside each page lies a JSON document
with its tables and what its pictures are drawn from; the admin console draws those.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2733; --soft: #5d6b7a; --line: #d8dee5; --paper: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf0; --soft: #9aa8b6; --line: #37424e; --paper: #12181f; } }
body { margin: 2rem auto; max-width: 68rem; padding: 0 1rem; color: var(--ink); background: var(--paper);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.8rem; margin-bottom: .2rem; } h2 { margin-top: 2.5rem; font-size: 1.3rem; }
.lead, figcaption, caption { color: var(--soft); } caption { text-align: left; padding-bottom: .4rem; }
figure { margin: 1.2rem 0; } img { max-width: 100%; height: auto; background: #fff; border-radius: 6px; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .92rem; margin: 1rem 0; }
th, td { padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { white-space: nowrap; } .number { text-align: right; font-variant-numeric: tabular-nums; }
footer { margin-top: 3rem; color: var(--soft); font-size: .85rem; }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
CONTENT_SECURITY_POLICY = f"default-src 'none'; img-src data:; style-src 'sha256-{_HASH}'; base-uri 'none'"

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ policy }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ report.title }}</title>
<style>{{ style }}</style>
</head>
<body>
<h1>{{ report.title }}</h1>
<p class="lead">{{ report.lead }}</p>
{% for block in report.blocks %}
{%- if block.kind == "heading" %}<h2>{{ block.text }}</h2>
{%- elif block.kind == "text" %}<p>{{ block.text }}</p>
{%- elif block.kind == "picture" %}
<figure><img src="data:image/svg+xml;base64,{{ block.svg }}" alt="{{ block.text }}">
<figcaption>{{ block.text }}</figcaption></figure>
{%- else %}
<div class="wide"><table><caption>{{ block.text }}</caption>
<thead><tr>{% for column in block.columns %}<th scope="col">{{ column }}</th>{% endfor %}</tr></thead>
<tbody>{% for row in block.rows %}
<tr>{% for cell in row %}<td{% if cell is number %} class="number"{% endif %}>{{ cell | shown }}</td>{% endfor %}</tr>
{%- endfor %}</tbody></table></div>
{%- endif %}
{% endfor %}
<footer>Promobot, made {{ made }} from the shop's own orders{% if "source" in report.stamp %}: {{ report.stamp.source }}
{%- endif %} Figures are of that data and of no other shop.</footer>
</body>
</html>
"""


@dataclass(frozen=True)
class _Block:
    kind: str
    text: str
    svg: str = ""
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = ()


@dataclass
class Report:
    """A page that is written block by block."""

    title: str
    lead: str
    """What the page tells, in a sentence or two."""
    blocks: list[_Block] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    """What the page's pictures are drawn from, by name, for whoever draws them anew (the console)."""
    stamp: Mapping[str, str] = field(default_factory=dict)
    """Of which sales it is: `shop`, `history`, `currency`, and `source` in words."""

    def heading(self, text: str) -> None:
        """Begin a section."""
        self.blocks.append(_Block("heading", text))

    def text(self, text: str) -> None:
        """Add a paragraph of plain text."""
        self.blocks.append(_Block("text", text))

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]], *, caption: str = "") -> None:
        """Add a table; see `shown` for how cells look. Raises ValueError for a row of another length."""
        if any(len(row) != len(columns) for row in rows):
            raise ValueError(f"{caption or columns}: every row needs {len(columns)} cells")
        self.blocks.append(_Block("table", caption, columns=columns, rows=rows))

    def picture(self, figure: Figure, caption: str) -> None:
        """Add a matplotlib figure; the caption also says it in words to who cannot see it."""
        file = io.BytesIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
        self.blocks.append(_Block("picture", caption, svg=base64.b64encode(file.getvalue()).decode()))

    def html(self) -> str:
        """The page."""
        environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
        environment.filters["shown"] = shown
        made = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
        style = Markup(_STYLE)
        page = environment.from_string(_PAGE)
        return page.render(report=self, style=style, policy=CONTENT_SECURITY_POLICY, made=made)

    def document(self) -> dict[str, Any]:
        """What the page tells, as JSON: words, tables with their numbers, and `data`. Pictures are their captions."""
        tables = [
            {"caption": block.text, "columns": list(block.columns), "rows": [list(row) for row in block.rows]}
            for block in self.blocks
            if block.kind == "table"
        ]
        texts = [block.text for block in self.blocks if block.kind == "text"]
        return {
            **self.stamp,
            "title": self.title,
            "lead": self.lead,
            "texts": texts,
            "tables": tables,
            "data": self.data,
        }

    def write(self, path: Path) -> Path:
        """Write the page, and its document as `.json` beside it, each whole or not at all; return the page's path."""
        page = self.html()
        write_document(path.with_suffix(".json"), self.document())
        return _write_whole(path, page)


def write_document(path: Path, document: Mapping[str, Any]) -> Path:
    """Write JSON, whole or not at all, with the moment it was made. NaN and infinity become null."""
    made = {"made_at": datetime.now(UTC).isoformat(timespec="seconds"), **document}
    return _write_whole(path, json.dumps(plain(made), ensure_ascii=False, allow_nan=False, separators=(",", ":")))


def plain(value: object) -> Any:
    """What JSON can say of a value: numpy's numbers and arrays as Python's, fractions to six digits that matter."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if hasattr(value, "tolist"):  # numpy's arrays and numbers
        return plain(value.tolist())
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _write_whole(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.part")
    unfinished.write_text(text, encoding="utf-8")
    return unfinished.replace(path)


def shown(cell: object) -> str:
    """A cell's text: whole numbers with thousands, others with three digits that matter, nothing for None and NaN."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, bool) or not hasattr(cell, "__float__"):
        return str(cell)
    number = float(cell)
    if number == int(number) if math.isfinite(number) else False:
        return f"{number:,.0f}"
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"


def new_figure(*, width: float = 9.0, height: float = 4.0) -> tuple[Figure, Axes]:
    """A figure with one pair of axes (inches), drawn without a screen, the same bytes for the same data."""
    figure = empty_figure(width=width, height=height)
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def empty_figure(*, width: float = 9.0, height: float = 4.0) -> Figure:
    """A figure for several pairs of axes (`figure.subplots`)."""
    import matplotlib as mpl  # noqa: PLC0415  slow to import
    from matplotlib.figure import Figure  # noqa: PLC0415

    mpl.rcParams.update({"svg.hashsalt": "promobot", "font.size": 10})
    return Figure(figsize=(width, height), layout="constrained")
