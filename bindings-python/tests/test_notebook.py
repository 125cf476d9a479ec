"""The notebook runs as it stands, and shows what is kept in it."""

from __future__ import annotations

import re
from typing import Any

import nbformat
import pytest
from conftest import ROOT
from nbclient import NotebookClient

NOTEBOOK = ROOT / "examples/python/november.ipynb"


def shown(notebook: Any) -> list[list[str]]:
    """What readers see of each output: the text of tables, and every word of charts."""
    texts = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            texts.append(re.findall(r">([^<>]+)<", data.get("text/html", "") + data.get("image/svg+xml", "")))
    return texts


# The kernel's own libraries warn of themselves.
@pytest.mark.filterwarnings("default")
def test_the_notebook_shows_what_is_kept_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    kept = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(kept)
    run = nbformat.read(NOTEBOOK, as_version=4)
    place = {"metadata": {"path": str(NOTEBOOK.parent)}}
    NotebookClient(run, timeout=300, kernel_name="python3", resources=place).execute()
    assert shown(run) == shown(kept)
    assert len(shown(kept)) == 5
    assert all(texts for texts in shown(kept))
