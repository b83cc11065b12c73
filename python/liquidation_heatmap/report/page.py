"""Pages of one file: all they need is inside, so that they open anywhere and ask nothing of the network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.files import replacing
from liquidation_heatmap.project import as_called_here

# what tells our pages from others, in the head of each
MARK = '<meta name="generator" content="liqheat">'
_HEAD_BYTES = 4096
_FONT = "system-ui, sans-serif"
# the name of a part becomes an id in the page, and plotly writes that as it is
_NOT_OF_A_NAME = re.compile(r"[^0-9A-Za-z_.-]")


def write_page(file: Path, template: str, values: Mapping[str, Any]) -> None:
    """Fill a template of the folder ``report`` and write it; readers see the file of before or the whole new one.

    Args:
        file: where to write; its folder is made if need be.
        template: name in the folder; it extends ``page.html``, which says what blocks there are.
        values: what the template asks for; text in them is escaped, figures come from ``drawn``.
    """
    pages = Environment(
        loader=PackageLoader("liquidation_heatmap", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = pages.get_template(template).render(values, mark=Markup(MARK), plotly=Markup(get_plotlyjs()))  # noqa: S704 - the library itself
    replace_file(file, as_called_here(page))


def replace_file(file: Path, text: str) -> None:
    """Write a page so that readers see the one of before or the whole new one; its folder is made if need be.

    Args:
        file: where to write; a link stays one. Only a page that carries ``MARK`` is replaced.
        text: the page, ``MARK`` in its head.

    Raises:
        LiqheatError: something else lies there, or it cannot be written.
    """
    try:
        file = file.resolve()
        if file.exists() and not _is_ours(file):
            raise LiqheatError(
                f"{file} is there already, and this project has not written it: left as it is.",
                "Choose another name, or move it away.",
            )
        with replacing(file) as unfinished:
            unfinished.write_text(text, encoding="utf-8")
    except (OSError, RuntimeError) as error:
        raise LiqheatError(f"{file} cannot be written: {error}", "free disk space, or choose another place") from error


def _is_ours(file: Path) -> bool:
    if not file.is_file():
        return False
    with file.open("rb") as page:
        return MARK.encode() in page.read(_HEAD_BYTES)


def drawn(figure: go.Figure, *, name: str, alt: str, height: int) -> Markup:
    """A figure as a part of a page, as wide as the text; on a phone the page scrolls over it.

    Args:
        figure: drawn on white, with its pointer but without its tools.
        name: of the part, one of its kind on the page; letters that mean something in HTML are replaced.
        alt: what it shows, for those who cannot see it.
        height: pixels.
    """
    figure.update_layout(
        template="plotly_white", font={"family": _FONT, "size": 13}, height=height, width=None, dragmode=False
    )
    part = figure.to_html(
        full_html=False,
        include_plotlyjs=False,
        div_id=_NOT_OF_A_NAME.sub(lambda letter: f"-{ord(letter[0]):x}-", name),
        config={"displayModeBar": False, "responsive": True, "scrollZoom": False},
    )
    # what plotly writes is escaped by plotly
    return Markup('<div class="figure" role="img" aria-label="{}">{}</div>').format(alt, Markup(part))  # noqa: S704
