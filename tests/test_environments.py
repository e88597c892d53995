"""The images are built from the one lock. They cannot be built where there is no container engine, so they are read."""

import re
from pathlib import Path

import pytest
import yaml

ENVS = Path(__file__).parents[1] / "envs"
LOCK = "requirements.txt"


def dockerfile():
    """Instructions of the Dockerfile, as (word, arguments)."""
    lines = [
        line
        for line in (ENVS / "Dockerfile").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    return [tuple(line.split(maxsplit=1)) for line in lines]


def definition():
    """Header and sections of the Apptainer definition."""
    header, *rest = re.split(r"^%", (ENVS / "apptainer.def").read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = [line for line in header.splitlines() if line and not line.startswith("#")]
    sections = {name: body.split("\n") for name, _, body in (part.partition("\n") for part in rest)}
    return dict(line.split(": ", 1) for line in lines), {k: [x.strip() for x in v if x] for k, v in sections.items()}


def test_all_environments_have_the_same_python():
    (conda,) = [
        d
        for d in yaml.safe_load((ENVS / "unsculpt.yaml").read_text(encoding="utf-8"))["dependencies"]
        if "python=" in str(d)
    ]
    base = dict(dockerfile())["FROM"]
    assert base.startswith(f"python:{conda.removeprefix('python=')}-") and definition()[0]["From"] == base


def test_the_images_install_the_lock_and_nothing_else():
    instructions = dockerfile()
    assert {word for word, _ in instructions} <= {"FROM", "ARG", "ENV", "COPY", "RUN"}
    (copied,) = [arguments.split() for word, arguments in instructions if word == "COPY"]
    _, sections = definition()
    assert sections["files"] == [" ".join(copied)] and copied[0] == LOCK
    (run,) = [arguments for word, arguments in instructions if word == "RUN"]
    for command in (run, *sections["post"]):
        assert command.startswith("pip install --no-cache-dir") and command.endswith(f"-r {copied[1]}")
    assert len(sections["post"]) == 1


@pytest.mark.parametrize("name", ["Dockerfile", "apptainer.def"])
def test_a_comment_says_how_to_build(name):
    assert re.search(r"# .*`.*build .*`", (ENVS / name).read_text(encoding="utf-8"))
