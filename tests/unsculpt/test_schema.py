"""The schema explains every key, and its page is up to date."""

from pathlib import Path

from unsculpt import schema

ROOT = Path(__file__).parents[2]


def test_the_table_of_keys_is_up_to_date():
    assert (ROOT / "config/README.md").read_text(encoding="utf-8") == schema.markdown_table(
        schema.load(ROOT), schema.known_wings(ROOT)
    ), "run `make docs`"


def test_every_key_explains_itself():
    def leaves(node, path=""):
        for name, sub in node.get("properties", {}).items():
            yield f"{path}{name}", sub
            yield from leaves(sub, f"{path}{name}.")
        if isinstance(node.get("additionalProperties"), dict):
            yield from leaves(node["additionalProperties"], f"{path}<name>.")

    for name, sub in leaves(schema.load(ROOT)):
        assert sub.get("description", "").endswith("."), f"{name} lacks a description that is a sentence"
        if "properties" in sub:
            assert sub.get("additionalProperties") is False, f"{name} accepts unknown keys"
