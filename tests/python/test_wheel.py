"""The wheel, installed: everything works in an empty folder, and nothing is written beside the installed files."""

from __future__ import annotations

import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
import zipfile
from pathlib import Path

import pytest

from conftest import COMMANDS, ROOT

PROJECT_FOLDERS = ("models", "functions", "macros", "seeds", "tests", "streamlit_app")
CANVAS = "_stcore/bidi-components/liquidation-heatmap.canvas/canvas.js"
# A PATH with the system's programs and without those of the checkout.
BARE_PATH = "/usr/bin:/bin"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def liqheat(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of an environment with the wheel in it, which takes dependencies from the tests' environment."""
    environment = tmp_path_factory.mktemp("installed")
    uv = COMMANDS / "uv"
    subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, environment], check=True)
    install = [uv, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", environment / "bin/python", wheel]
    subprocess.run(install, check=True)
    [packages] = environment.glob("lib/python*/site-packages")
    # Python does not read .pth files of a folder that a .pth file names, so the checkout's package is not found.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return environment / "bin" / "liqheat"


def environment_of(home: Path) -> dict[str, str]:
    return {"PATH": BARE_PATH, "HOME": str(home), "LANG": "C.UTF-8"}


def files_of(folder: Path) -> set[Path]:
    return {
        file.relative_to(folder)
        for file in folder.rglob("*")
        if file.is_file() and not {"__pycache__", "python"} & set(file.relative_to(folder).parts)
    }


def test_the_wheel_has_every_file_of_the_project(wheel: Path) -> None:
    inside = {Path(name) for name in zipfile.ZipFile(wheel).namelist()}
    project = Path("liquidation_heatmap/project")
    for folder in PROJECT_FOLDERS:
        expected = {project / folder / file for file in files_of(ROOT / folder)}
        assert expected
        assert not expected - inside
    package = Path("liquidation_heatmap")
    # Streamlit finds the canvas by this file, and its scripts beside it.
    canvas = ROOT / "python" / package / "canvas"
    assert {package / "canvas" / file for file in files_of(canvas)} <= inside
    assert package / "pyproject.toml" in inside
    assert {project / "dbt_project.yml", project / "profiles.yml", project / "selectors.yml"} <= inside
    assert not [file for file in inside if "tests/python" in file.as_posix()]


def test_messages_name_the_commands_of_the_installation(liqheat: Path, tmp_path: Path) -> None:
    def said(*command: str, status: int = 0) -> str:
        done = subprocess.run(
            [liqheat, *command], cwd=tmp_path, env=environment_of(tmp_path), capture_output=True, text=True, check=False
        )
        assert done.returncode == status, done.stderr
        return done.stdout + done.stderr

    texts = [
        said("--help"),
        said("query", "levels", "--help"),
        said("summary", status=1),
        said("refresh", status=1),
        said("ingest", str(tmp_path), status=1),
    ]
    assert not [text for text in texts if ".venv" in text or "make " in text]
    assert "Run 'liqheat build'." in texts[2]


@pytest.mark.slow
def test_an_installed_liqheat_builds_and_shows_in_an_empty_folder(liqheat: Path, tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "empty"
    home.mkdir()
    folder.mkdir()
    [package] = liqheat.parents[1].glob("lib/python*/site-packages/liquidation_heatmap")
    installed = files_of(package)

    def run(*command: str) -> str:
        done = subprocess.run(
            [liqheat, *command],
            cwd=folder,
            env=environment_of(home),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    run("sample", "--days", "3", "--trades-per-day", "5000")
    run("build")
    assert "SIMULATEDUSDT" in run("summary")
    assert "nothing new" in run("build")
    assert "ensemble" in run("query", "levels", "--symbol", "SIMULATEDUSDT", "--top", "1")
    run("docs", "--no-open")
    assert look_at_the_viewer(liqheat, folder, environment_of(home)) == {200}
    assert {path.name for path in folder.iterdir()} == {"data", "target", "logs"}
    assert not list(home.iterdir())
    assert files_of(package) == installed


def look_at_the_viewer(liqheat: Path, folder: Path, environment: dict[str, str]) -> set[int]:
    """Start the viewer on loopback, and return the statuses of its first page and of the script that draws on it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [liqheat, "app", "--server.headless", "true", "--server.port", str(port)]
    viewer = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while viewer.poll() is None and time.monotonic() < deadline:
            try:
                with (
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page,
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/{CANVAS}", timeout=5) as script,
                ):
                    return {page.status, script.status}
            except OSError:
                time.sleep(0.2)
        return set()
    finally:
        viewer.terminate()
        viewer.wait(10)
