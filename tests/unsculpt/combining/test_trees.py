"""Files of trees come back as they were, and what is cut off says so."""

import numpy as np
import pytest

from unsculpt.combining import trees
from unsculpt.errors import InputError

ABOUT = {
    "inputs": {"x": "b[0].pt", "y": "b[0].eta"},
    "training": {"trees": 5, "leaves": 4, "learning_rate": 0.3, "min_leaf": 10},
}


@pytest.fixture(scope="module")
def inputs():
    return np.random.default_rng(1).normal(size=(500, 2)).astype(np.float32)


@pytest.fixture
def path(inputs, tmp_path):
    trees.save(trees.train(ABOUT, inputs, inputs[:, 0] > 0.5, np.ones(len(inputs)), seed=1), tmp_path / "top.joblib")
    return tmp_path / "top.joblib"


def test_trees_that_are_read_score_as_those_that_were_trained(path, inputs):
    again = trees.train(ABOUT, inputs, inputs[:, 0] > 0.5, np.ones(len(inputs)), seed=1)
    score = trees.load(path).score(inputs)
    assert score.tolist() == again.score(inputs).tolist()
    assert score[inputs[:, 0] > 0.5].min() > score[inputs[:, 0] < 0.5].max()


@pytest.mark.parametrize("share", [0, 0.1, 0.9])
def test_a_file_of_trees_that_is_cut_off_says_what_to_do(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(InputError, match=r"top\.joblib: not a file of trained trees .*; delete it and run again"):
        trees.load(path)
