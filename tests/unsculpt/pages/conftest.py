import copy
import json
import subprocess

import pytest
import synthetic_mixture
import synthetic_results
import yaml


@pytest.fixture
def summary():
    """A summary of two hypotheses, one of them a mixture."""
    content = copy.deepcopy(synthetic_mixture.summary())
    content["backgrounds"] |= copy.deepcopy(synthetic_results.summary()["backgrounds"])
    return content


@pytest.fixture
def run(tmp_path, summary):
    """The folder of a finished run in a checkout with one commit."""
    checkout = tmp_path / "checkout"
    folder = checkout / "results/toy"
    folder.mkdir(parents=True)
    (checkout / ".gitignore").write_text("results/\n", encoding="utf-8")
    (checkout / "scripts").mkdir()
    (checkout / "scripts/code.py").write_text("1\n", encoding="utf-8")
    git(checkout, "init", "-q")
    git(checkout, "add", ".")
    git(checkout, "-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", "All")
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    config = {"seed": 7, "methods": synthetic_results.METHODS}
    (folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return folder


def git(folder, *words):
    done = subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True, encoding="utf-8")
    return done.stdout.strip()


@pytest.fixture
def in_git():
    return git
