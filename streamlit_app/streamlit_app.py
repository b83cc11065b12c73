"""The viewer: the pages, what all of them share, and the watch for a new build. Run as: make app."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from data import published_build
from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.project import as_called_here
from page import name_tab

LOOK_EVERY = "5s"
# On a phone choices and headline come after the picture, which is what one opens the page for. The names of the
# heatmap's choices can be heard and not seen: they would take a line of the picture.
STYLE = """<style>
.stMainBlockContainer {padding: 4rem 2rem 2rem}
@media (max-width: 640px), (max-height: 500px) {
  .stMainBlockContainer {padding-inline: 0.75rem}
  [data-testid=stLayoutWrapper]:has(> .st-key-headline, > .st-key-choices) {order: 1}
}
.st-key-choices [data-testid=stWidgetLabel] {position: absolute; width: 1px; height: 1px; overflow: hidden}
.st-key-headline p {font-size: 0.8125rem}
[data-testid=stVerticalBlock]:has(> [data-testid=stLayoutWrapper] > .st-key-choices) {gap: 0.5rem}
</style>"""
PAGES = {
    "Liquidity": [
        st.Page("app_pages/heatmap.py", title="Heatmap", icon=":material/grid_on:", default=True),
        st.Page("app_pages/liquidation_map.py", title="Liquidation map", icon=":material/bar_chart:"),
        st.Page("app_pages/zones.py", title="Zones", icon=":material/view_agenda:"),
        st.Page("app_pages/history.py", title="Historical liquidations", icon=":material/history:"),
    ],
    "Market": [
        st.Page("app_pages/open_interest.py", title="Open interest and funding", icon=":material/stacked_line_chart:"),
        st.Page("app_pages/margin.py", title="Margin calculator", icon=":material/calculate:"),
    ],
    "Data": [
        st.Page("app_pages/scores.py", title="Model scores", icon=":material/leaderboard:"),
        st.Page("app_pages/quality.py", title="Data quality", icon=":material/fact_check:"),
        st.Page("app_pages/alerts.py", title="Alerts", icon=":material/notifications:"),
        st.Page("app_pages/about.py", title="About the data", icon=":material/info:"),
    ],
}


@st.fragment(run_every=LOOK_EVERY)
def look_for_new_build(shown: object) -> None:
    """Draw the page anew when another file has been published since it was drawn."""
    if _build_or_none() != shown:
        st.rerun()


def _build_or_none() -> object:
    try:
        return published_build()
    except LiqheatError:
        return None


# The icon is a file, because one by name would be fetched from a font server.
st.set_page_config(page_icon=Path(__file__).with_name("favicon.svg"), layout="wide")
st.html(STYLE)
st.html(Path(__file__).with_name("back.html"), unsafe_allow_javascript=True)
page = st.navigation(PAGES, position="hidden" if st.context.is_embedded else "top")
name_tab(page.title)
# The watch starts before the page, because a page with nothing to draw ends the script (st.stop).
look_for_new_build(_build_or_none())
try:
    page.run()
except LiqheatError as error:
    st.error(as_called_here(f"**{error.problem}**\n\n{error.remedy}"), icon=":material/error:")
