"""The schema explains every key, and its page is up to date."""

from pathlib import Path

from unsculpt import schema

ROOT = Path(__file__).parents[2]


def test_the_table_of_keys_is_up_to_date():
    table = schema.markdown_table(schema.load(ROOT), schema.known_wings(ROOT))
    assert (ROOT / "config/README.md").read_text(encoding="utf-8") == table, "run `make docs`"


def test_every_key_explains_itself():
    def leaves(node, path=""):
        for name, sub in node.get("properties", {}).items():
            yield f"{path}{name}", sub
            yield from leaves(sub, f"{path}{name}.")
        if isinstance(node.get("additionalProperties"), dict):
            yield from leaves(node["additionalProperties"], f"{path}<name>.")

    of_wings = ({"properties": dict([own])} for own in schema.known_wings(ROOT))
    for name, sub in [pair for grammar in (schema.load(ROOT), *of_wings) for pair in leaves(grammar)]:
        assert sub.get("description", "").endswith("."), f"{name} lacks a description that is a sentence"
        if "properties" in sub:
            assert sub.get("additionalProperties") is False, f"{name} accepts unknown keys"
