"""A small search on toy events: four dozen parameters a network, two epochs."""

from pathlib import Path

import pytest
import torch
from conftest import make_toy_events

from unsculpt import config
from unsculpt.tuning import search, tasks

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def toys():
    return make_toy_events(1500)


@pytest.fixture(scope="session")
def settings():
    study = config.load(ROOT / "config/smoke.yaml", ROOT)
    study["training"] |= {"device": "cpu", "hidden_layers": [4], "epochs": 2}
    study["tuning"] |= {"folds": 2, "epochs": None}
    study["tuning"]["space"]["units"] = [4, 8]
    return {key: study[key] for key in tasks.KEYS}


@pytest.fixture
def task(toys, settings):
    """Build the task of a search."""
    return lambda name="classifier", events=toys, **options: tasks.build(
        events, settings, search=name, background="ttyy", **options
    )


@pytest.fixture
def journal(tmp_path):
    """Open a journal of the name."""
    return lambda name, **options: search.open_journal(tmp_path / f"{name}.journal", "toy", **options)
