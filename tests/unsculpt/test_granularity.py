"""How work is cut into jobs, and that no folder overflows."""

import copy

import pytest

from unsculpt import granularity
from unsculpt.errors import InputError

CONFIG = {
    "samples": {
        "tth": {"role": "signal", "simulate": {"process": "tth", "chunks": 10, "events_per_chunk": 1000}},
        "ntni": {"role": "background", "files": [f"{i}.root" for i in range(7)]},
        "data": {"role": "data", "pseudodata": {}},
    },
    "granularity": {"events_per_job": None, "files_per_job": 1},
    "folds": 3,
    "methods": {"nn": {"strengths": [0]}},
    "training": {"models_per_job": 9},
}


OVERFLOW = {  # two channels of 1200 models each
    "channels": {"leptonic": {}, "hadronic": {}},
    "methods__nn": {"strengths": list(range(400)), "per_channel": True},
    "training__models_per_job": 2,
}


def study(**changes):
    """The study with these keys, named by their path, changed."""
    config = copy.deepcopy(CONFIG)
    for path, value in changes.items():
        *folders, key = path.split("__")
        place = config
        for folder in folders:
            place = place[folder]
        place[key] = value
    return config


@pytest.mark.parametrize(
    ("events", "jobs"), [(None, 10), (1, 10), (1000, 10), (1999, 10), (2000, 5), (3500, 4), (10**6, 1)]
)
def test_a_job_simulates_whole_chunks_and_at_least_one(events, jobs):
    assert granularity.ntuples(study(granularity__events_per_job=events), "tth") == jobs


def test_every_chunk_and_file_belongs_to_one_job():
    config = study(granularity__events_per_job=3000, granularity__files_per_job=3)
    assert [granularity.ntuples(config, name) for name in CONFIG["samples"]] == [4, 7, 1]
    assert [granularity.tables(config, name) for name in CONFIG["samples"]] == [2, 3, 1]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"samples__tth__simulate__chunks": 2500}, "set granularity.events_per_job to 3000 or more"),
        ({"samples__tth__simulate__events_per_chunk": 10**9}, "32-bit event numbers"),
        ({"samples__ntni__files": ["x.root"] * 1500}, "set granularity.files_per_job to 2 or more"),
        ({"methods__nn__strengths": list(range(501))}, "share them among two methods"),
        ({"methods__nn__strengths": list(range(400)), "training__models_per_job": 2}, "models_per_job to 3 or more"),
        (OVERFLOW, "methods.nn makes 1200 training jobs, more than 500; set training.models_per_job to 5 or more"),
    ],
)
def test_a_study_that_overflows_a_folder_is_refused_with_the_remedy(change, sentence):
    granularity.check(study(), "study toy")
    with pytest.raises(InputError, match=sentence):
        granularity.check(study(**change), "study toy")


def test_each_trained_channel_has_jobs_of_its_own():
    """Seven models of a channel do not share a job of nine with those of the next."""
    method = {"strengths": [0, 1], "per_channel": True}
    config = study(channels={"leptonic": {}, "hadronic": {}}, training__models_per_job=4)
    assert granularity.training_jobs(config, method) == 4
    assert granularity.training_jobs(config, {"strengths": [0, 1]}) == 2


def test_the_remedies_remedy():
    for change in (
        {"samples__tth__simulate__chunks": 2500, "granularity__events_per_job": 3000},
        {"samples__ntni__files": ["x.root"] * 1500, "granularity__files_per_job": 2},
        {"methods__nn__strengths": list(range(400)), "training__models_per_job": 3},
        OVERFLOW | {"training__models_per_job": 5},
    ):
        granularity.check(study(**change), "study toy")
