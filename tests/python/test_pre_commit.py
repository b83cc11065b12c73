"""The hooks of pre-commit: the configuration is valid, and each hook passes what is clean and stops what is not."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import COMMANDS, ROOT

CONFIG = ".pre-commit-config.yaml"
PRE_COMMIT = COMMANDS / "pre-commit"
# a file of the project for each hook
CLEAN = {
    "ruff-check": "python/liquidation_heatmap/errors.py",
    "ruff-format": "python/liquidation_heatmap/errors.py",
    "mypy": "python/liquidation_heatmap/errors.py",
    "sqlfluff": "models/marts/levels/max_pain.sql",
}


def run_hook(hook: str, file: str, repository: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PRE_COMMIT, "run", hook, "--files", file],
        cwd=repository,
        env=os.environ | {"PRE_COMMIT_HOME": str(tmp_path / "pre-commit"), "DBT_TARGET_PATH": str(tmp_path / "target")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_configuration_is_valid_and_fetches_nothing() -> None:
    subprocess.run([PRE_COMMIT, "validate-config", ROOT / CONFIG], check=True)
    text = (ROOT / CONFIG).read_text(encoding="utf-8")
    assert text.count("repo: ") == text.count("repo: local") == 1
    assert text.count("- id: ") == text.count("language: system") == len(CLEAN)


@pytest.mark.slow
@pytest.mark.parametrize("hook", CLEAN)
def test_a_hook_passes_a_clean_file(hook: str, tmp_path: Path) -> None:
    done = run_hook(hook, CLEAN[hook], ROOT, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stdout


@pytest.mark.parametrize(
    ("hook", "content", "said"),
    [
        ("ruff-check", "import os\n", "F401"),
        ("ruff-format", "x=1\n", "would be reformatted"),
        ("mypy", 'x: int = ""\n', "Incompatible types"),
    ],
)
def test_a_hook_stops_a_faulty_file(hook: str, content: str, said: str, tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    faulty = repository / "python" / "faulty.py"
    faulty.parent.mkdir(parents=True)
    faulty.write_text(content, encoding="utf-8")
    (repository / "streamlit_app").mkdir()
    (repository / "streamlit_app" / "page.py").touch()
    (repository / ".venv").symlink_to(COMMANDS.parent)
    for file in (CONFIG, "pyproject.toml"):
        shutil.copy(ROOT / file, repository / file)
    subprocess.run(["git", "init", "--quiet", repository], check=True)
    done = run_hook(hook, "python/faulty.py", repository, tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert said in done.stdout
