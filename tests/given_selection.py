"""What a job is told of the selection: that of the default study, with changes, and the format of its files."""

import copy
from pathlib import Path

from unsculpt import definitions, features, formats, schema, studyfile

ROOT = Path(__file__).parents[1]
DEFAULT = studyfile.read(ROOT / "config" / "config.yaml")


def config(**changes):
    """The default study with whole keys replaced by `changes`, with what is there by default, the formats among it."""
    tree, grammar = copy.deepcopy(DEFAULT | changes), schema.load(ROOT)
    formats.add_house(tree, ROOT, "study")
    schema.validate(tree, "study", grammar)
    schema.fill_defaults(tree, grammar)
    features.add_from_catalogue(tree, ROOT, "study")
    return tree


def file_format(name="atlas_open", **changes):
    """A whole format, with `changes` merged into it."""
    return config(formats={name: changes})["formats"][name]


def selection(**changes):
    """What is evaluated (`definitions.used`), and the format with what must be read for it (`formats.reduced`)."""
    tree = config(**changes)
    about = tree["formats"][tree["format"]]
    study, needs = definitions.used(tree, formats.fields(about), "study")
    return study, formats.reduced(about, needs)
