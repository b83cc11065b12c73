"""Pages of one file, which open in any browser without a network, or of a site, which has beside it what they need."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.files import replacing
from liquidation_heatmap.project import as_called_here

# In the head of each page this project writes, so that it replaces no other.
MARK = '<meta name="generator" content="liqheat">'
_HEAD_BYTES = 4096
_FONT = "system-ui, sans-serif"
# Letters replaced in the name of a part, which becomes an id in the page that plotly does not escape.
_NOT_OF_A_NAME = re.compile(r"[^0-9A-Za-z_.-]")


@dataclass(frozen=True)
class PageOfSite:
    """What a page of a site finds beside it: the address of plotly, and that of the site's first page."""

    plotly: str
    home: str


def write_page(file: Path, template: str, values: Mapping[str, Any]) -> None:
    """Fill a template and write the page; readers see the previous page or the whole new one.

    Args:
        file: where to write; its folder is made where it does not exist.
        template: name of a file in the folder ``report``, which extends ``page.html``.
        values: what the template asks for; text in them is escaped, figures come from ``drawn``.

    Raises:
        LiqheatError: as in ``replace_file``.
        jinja2.UndefinedError: the template asks for a value that is missing.
    """
    replace_file(file, page_of(template, values))


def page_of(template: str, values: Mapping[str, Any], *, site: PageOfSite | None = None) -> str:
    """Fill a template.

    Args:
        template: as in ``write_page``.
        values: as in ``write_page``.
        site: what is beside the page; None where all it needs is inside.

    Raises:
        jinja2.UndefinedError: as in ``write_page``.
    """
    pages = Environment(
        loader=PackageLoader("liquidation_heatmap", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    plotly = "" if site else Markup(get_plotlyjs())  # noqa: S704 - the library itself
    own = {"mark": Markup(MARK), "plotly": plotly, "site": site}  # noqa: S704 - a constant
    return as_called_here(pages.get_template(template).render(values, **own))


def replace_file(file: Path, text: str) -> None:
    """Write a page; readers see the previous page or the whole new one.

    Args:
        file: where to write; its folder is made where it does not exist, and a link stays one.
        text: the page, with ``MARK`` in its head.

    Raises:
        LiqheatError: a file without ``MARK`` is there, or it cannot be written.
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
    """A figure as a part of a page, as wide as the text, without tools and zoom, so that a phone can scroll over it.

    Args:
        figure: its template, font and size are changed.
        name: of the part, which no other part of the page has; letters that mean something in HTML are replaced.
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
    # Markup, because plotly escapes what it writes.
    return Markup('<div class="figure" role="img" aria-label="{}">{}</div>').format(alt, Markup(part))  # noqa: S704
