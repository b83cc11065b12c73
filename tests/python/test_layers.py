"""Layers have one direction and a subject is a folder, by dbt's manifest of models, functions and groups."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

import pytest

from conftest import Workspace

# A model reads models of earlier rows, or of its own row and folder.
LAYERS = (
    ("staging",),
    ("intermediate/market",),
    ("intermediate/margin",),
    ("intermediate/positions",),
    ("intermediate/book",),
    ("intermediate/ensemble",),
    ("intermediate/forecast",),
    ("intermediate/zones",),
    ("marts",),
    ("evaluation", "quality"),
    ("publish",),
)


@pytest.fixture(scope="module")
def nodes(sample: Workspace) -> dict[str, dict[str, Any]]:
    manifest = json.loads((sample.folder / "target" / "manifest.json").read_text())
    return manifest["nodes"] | manifest["functions"]


@pytest.fixture(scope="module")
def models(nodes: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: node for name, node in nodes.items() if node["resource_type"] == "model"}


def layer_of(model: dict[str, Any]) -> tuple[int, str]:
    """The layer's number, and the folder in the layer."""
    folder = PurePath(model["path"]).parent.as_posix()
    return next(
        (number, layer)
        for number, layers in enumerate(LAYERS)
        for layer in layers
        if folder == layer or folder.startswith(f"{layer}/")
    )


def models_read_by(name: str, nodes: dict[str, dict[str, Any]]) -> Iterator[str]:
    """The models that a node reads, itself or by functions that it calls."""
    for read in nodes[name]["depends_on"]["nodes"]:
        if read.startswith("function."):
            yield from models_read_by(read, nodes)
        elif read.startswith("model."):
            yield read


def test_no_model_reads_a_later_layer(nodes: dict[str, dict[str, Any]], models: dict[str, dict[str, Any]]) -> None:
    backward = []
    for name, model in models.items():
        number, folder = layer_of(model)
        for read in models_read_by(name, nodes):
            read_number, read_folder = layer_of(models[read])
            if read_number > number or (read_number == number and read_folder != folder):
                backward.append((model["name"], models[read]["name"]))
    assert len(models) > 80
    assert backward == []


def test_a_group_is_a_folder(models: dict[str, dict[str, Any]]) -> None:
    of_group = {(model["group"], PurePath(model["path"]).parent.name) for model in models.values()}
    assert {(group, folder) for group, folder in of_group if group != folder} == {("exchange", "binance")}


def test_what_analysts_may_rely_on_is_published(models: dict[str, dict[str, Any]]) -> None:
    public = {model["name"] for model in models.values() if model["access"] == "public"}
    published = models["model.liquidation_heatmap.published_file"]["depends_on"]["nodes"]
    assert public == {models[name]["name"] for name in published if name in models}
