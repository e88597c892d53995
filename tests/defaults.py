"""Parts of the configuration as the schema has them by default, for tests that need them without a study."""

from pathlib import Path

from unsculpt import schema


def default(key, **changes):
    """The sub-tree `key` of the configuration with its defaults filled in, and `changes` on top."""
    grammar = schema.load(Path(__file__).parents[1])["properties"][key]
    tree = {}
    schema.fill_defaults(tree, grammar)
    return tree | changes
