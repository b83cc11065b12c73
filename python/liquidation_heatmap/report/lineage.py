"""dbt's documentation with the lineage graph, as a page of one file."""

from __future__ import annotations

import base64
from pathlib import Path

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.project import project_to_build
from liquidation_heatmap.report.page import MARK, replace_file
from liquidation_heatmap.settings import Settings
from liquidation_heatmap.upkeep.dbt_process import run_dbt, target_folder

NAME = "lineage.html"
_PICTURE = Path("models/assets/flow.svg")


def write_lineage(settings: Settings) -> Path:
    """Write the documentation of the last build beside the published file.

    Returns:
        The page.

    Raises:
        LiqheatError: this is not the project's folder, nothing has been built, dbt fails, or the page cannot be
            written.
    """
    project = project_to_build()
    if not settings.database.exists():
        raise LiqheatError("nothing has been built yet", "run 'make build', then this again")
    done = run_dbt(["docs", "generate", "--static", "--quiet"], is_quiet=True)
    if done.returncode:
        raise LiqheatError(f"dbt docs generate failed:\n{done.stdout}", "run 'make build', then this again")
    target = target_folder()
    site = (target / "static_index.html").read_text(encoding="utf-8").replace("<head>", f"<head>{MARK}", 1)
    # dbt writes its data into a script without escaping them; "</script>" in a description would end that script.
    for name in ("manifest.json", "catalog.json"):
        data = (target / name).read_text(encoding="utf-8").strip()
        site = site.replace(data, data.replace("</", "<\\/").replace("<!--", "<\\!--"))
    # dbt's page asks for icons whose name it has not filled in yet, and for one that does not exist.
    site = site.replace('<use xlink:href="{{ getIcon', '<use ng-attr-xlink:href="{{ getIcon')
    site = site.replace("${require('./assets/favicons/favicon.ico')}", "data:,")
    # dbt leaves the picture beside the page: it is put into the page.
    picture = base64.b64encode((project / _PICTURE).read_bytes()).decode()
    site = site.replace(_PICTURE.as_posix(), f"data:image/svg+xml;base64,{picture}")
    file = settings.published.with_name(NAME)
    replace_file(file, site)
    return file
