"""The bootstrap chooses the right wheel of uv for every machine the README names, also where no test ever runs."""

from __future__ import annotations

import importlib.util
import platform
import sys
import sysconfig
import tomllib
from types import ModuleType

import pytest

from conftest import ROOT


@pytest.fixture
def bootstrap() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap_uv", ROOT / "python" / "bootstrap_uv.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("system", "machine", "triplet", "expected"),
    [
        ("linux", "x86_64", "x86_64-pc-linux-gnu", ("manylinux", "x86_64")),
        ("linux", "aarch64", "aarch64-unknown-linux-gnu", ("manylinux", "aarch64")),
        ("linux", "x86_64", "x86_64-pc-linux-musl", ("musllinux", "x86_64")),
        ("darwin", "arm64", "", ("macosx", "arm64")),
        ("darwin", "x86_64", "", ("macosx", "x86_64")),
    ],
)
def test_one_locked_wheel_fits_each_machine(
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    system: str,
    machine: str,
    triplet: str,
    expected: tuple[str, str],
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(sysconfig, "get_config_var", lambda _: triplet)
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    names = [wheel["url"].rsplit("/", 1)[-1] for p in lock["package"] if p["name"] == "uv" for wheel in p["wheels"]]
    fitting = [name for name in names if bootstrap.fits(name)]
    assert fitting
    assert all(part in fitting[0] for part in expected)
