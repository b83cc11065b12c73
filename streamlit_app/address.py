"""What a page's address asks for: a value that the page does not have is said to be wrong, with the nearest it has."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from difflib import get_close_matches
from urllib.parse import urlencode

import streamlit as st

from liquidation_heatmap.errors import LiqheatError

_MOST_NAMED = 12


def require_known(key: str, options: Iterable[str], what: str) -> None:
    """Raise where the address names something that a widget does not offer; the widget alone would pass over it.

    Only the address a page is opened with is judged: afterwards the widget itself keeps the address right.

    Args:
        key: of the widget, and name of the parameter in the address.
        options: what the widget offers.
        what: one of them, for the message, such as "symbol".

    Raises:
        LiqheatError: the address names none of the options. The message links to the nearest.
    """
    offered = list(options)
    if key in st.session_state or not offered:
        return
    for asked in st.query_params.get_all(key):
        if asked not in offered:
            by_letters = {option.casefold(): option for option in offered}
            (match,) = get_close_matches(asked.casefold(), by_letters, 1, 0.0)
            nearest = by_letters[match]
            named = ", ".join(offered[:_MOST_NAMED]) + (", ..." if len(offered) > _MOST_NAMED else "")
            raise LiqheatError(
                f"There is no {what} {_shown(asked)} here.",
                f"Did you mean [{nearest}]({_with(key, nearest)})? There are {named}.",
            )


def require_number(key: str, least: float, most: float, what: str) -> None:
    """Raise where the address has no number between two limits for a widget; as ``require_known``.

    Args:
        key: of the widget, and name of the parameter in the address.
        least: smallest number allowed.
        most: largest number allowed.
        what: it is, for the message, such as "leverage".

    Raises:
        LiqheatError: the address has something else. The message links to the nearest number allowed.
    """
    asked = st.query_params.get(key)
    if asked is None or key in st.session_state:
        return
    try:
        number = float(asked)
    except ValueError:
        number = math.nan
    if not least <= number <= most:
        nearest = f"{min(max(number, least), most) if math.isfinite(number) else least:g}"
        raise LiqheatError(
            f"There is no {what} {_shown(asked)}.",
            f"Did you mean [{nearest}]({_with(key, nearest)})? It goes from {least:g} to {most:g}.",
        )


def _shown(asked: str) -> str:
    """Text of an address for a message: anyone can write it, so letters that mean something in Markdown are escaped."""
    return re.sub(r"([^0-9A-Za-z ])", r"\\\1", asked[:40])


def _with(key: str, value: str) -> str:
    """The page's address with another value of one parameter."""
    return "?" + urlencode({**st.query_params.to_dict(), key: value})
