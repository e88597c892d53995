"""Parts of the configuration as the schema has them by default, and of a study, for tests that need them alone."""

from pathlib import Path

from unsculpt import config, definitions, formats, schema, studyfile

ROOT = Path(__file__).parents[1]


def default(key, **changes):
    """The sub-tree `key` of the configuration with its defaults filled in, and `changes` on top."""
    grammar = schema.load(ROOT)["properties"][key]
    tree = {}
    schema.fill_defaults(tree, grammar)
    return tree | changes


def resolved(base="config/config.yaml", **changes):
    """A study of the repository with `changes` merged into it, checked and with all defaults."""
    study = studyfile.merge(studyfile.read(ROOT / base), changes)
    config.resolve_in_place(study, ROOT, formulas=False)
    return study


def reading(base="config/config.yaml", sample=None, **changes):
    """What `select_events` is told of a study and the format of one of its samples, by default the first."""
    study = resolved(base, **changes)
    name = formats.of_sample(study, study["samples"][sample or next(iter(study["samples"]))])
    about = study["formats"][name]
    used, needs = definitions.used(study, formats.fields(about))
    return {"definitions": used, "format": formats.reduced(about, needs)}
