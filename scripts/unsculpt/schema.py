"""The grammar of a study (config/schema.yaml): validation in sentences, defaults, and the page of its keys."""

import copy
import difflib
import re
from functools import cache
from pathlib import Path

import jsonschema
import yaml

from unsculpt import wings
from unsculpt.errors import InputError


@cache
def load(root, wing=None):
    """The schema of the repository in the folder `root` as a mapping: of selections, or of the studies of a wing."""
    if wing is None:
        return _read(root / "config" / "schema.yaml")
    schema = load(root)
    shared = {key: schema["properties"][key] for key in wings.SHARED}
    own = {wing: _read(root / "config" / "wings" / f"{wing}.yaml")}
    return schema | {"required": ["study", wing], "properties": shared | own}


def _read(path):
    text = path.read_text(encoding="utf-8")
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # in C ten times as fast, where there is one


def validate(config, where, schema):
    """Raise a sentence about the first offence against the schema, in the order of the keys."""
    errors = sorted(jsonschema.Draft202012Validator(schema).iter_errors(config), key=lambda e: list(map(str, e.path)))
    if not errors:
        return
    error = errors[0]
    key = ".".join(map(str, error.absolute_path)) or "the top level"
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])
        unknown = next(name for name in error.instance if name not in known)
        near = difflib.get_close_matches(unknown, known, 1)
        advice = error.schema.get("advice", f"known here: {', '.join(known)}")
        advice = f"did you mean {near[0]}?" if near else advice
        raise InputError(f"{where}: {unknown} is not a key of {key}; {advice}")
    if error.validator == "required":
        raise InputError(f"{where}: {key} lacks {error.message.split(chr(39))[1]}; add it (see config/README.md)")
    if error.instance is None:
        raise InputError(f"{where}: {key} is empty: {_expected(error)}; fill or remove it (see config/README.md)")
    found = "holds the name" if "propertyNames" in error.absolute_schema_path else "is"
    raise InputError(
        f"{where}: {key} {found} {error.instance!r}: {_expected(error)}{_spelling(error)}; see config/README.md"
    )


def _spelling(error):
    """Advice where YAML takes what was meant for text for something else, or a number for text."""
    value = error.instance
    if error.validator != "type":
        return ""
    if error.validator_value == "string" and not isinstance(value, (list, dict)):
        return f", so put it in quotes: '{_yaml(value)}'"
    if isinstance(value, str) and re.fullmatch(r"[-+]?([0-9]+\.?|[0-9]*\.[0-9]+)[eE][-+]?[0-9]+", value):
        return f", and to YAML this is text; write {_yaml(float(value))}"
    return ""


def _expected(error):
    value = error.validator_value
    names = list(map(str, value)) if isinstance(value, list) else [str(value)]
    words = {
        "pattern": f"expected {error.schema.get('expected')}",
        "minLength": "expected a text that is not empty",
        "maxLength": f"expected at most {value} characters",
        "type": f"expected {' or '.join(names)}",
        "enum": f"expected one of {', '.join(names)}",
        "minimum": f"expected at least {value}",
        "exclusiveMinimum": f"expected more than {value}",
        "maximum": f"expected at most {value}",
        "exclusiveMaximum": f"expected less than {value}",
    }
    return words.get(error.validator, error.message)


def fill_defaults(value, schema):
    """Fill in the defaults of a valid configuration, in place and at every depth."""
    if isinstance(value, dict):
        for key, sub in schema.get("properties", {}).items():
            if key not in value and "default" in sub:
                value[key] = copy.deepcopy(sub["default"])
            if key in value:
                fill_defaults(value[key], sub)
        if isinstance(schema.get("additionalProperties"), dict):
            for key in value.keys() - schema.get("properties", {}).keys():
                fill_defaults(value[key], schema["additionalProperties"])


def below(schema, key):
    """The schema of the value at a key of a mapping."""
    other = schema.get("additionalProperties")
    return schema.get("properties", {}).get(key) or (other if isinstance(other, dict) else {})


def without_cosmetic(value, schema):
    """A valid configuration, or the part that `schema` is of, without the keys that no number depends on.

    Examples
    --------
    >>> grammar = {"properties": {"label": {"cosmetic": "name"}, "of": {}}}
    >>> without_cosmetic({"label": "NN", "of": "nn"}, grammar)
    {'of': 'nn'}
    """
    if not isinstance(value, dict):
        return value
    parts = {key: (part, below(schema, key)) for key, part in value.items()}
    return {key: without_cosmetic(*part) for key, part in parts.items() if "cosmetic" not in part[1]}


def cosmetic(value, schema, prefix=""):
    """The texts that `without_cosmetic` leaves out: (key, text, kind) of each, the kind as the schema says it."""
    for key, part in value.items():
        rules = below(schema, key)
        if "cosmetic" in rules:
            yield f"{prefix}{key}", part, rules["cosmetic"]
        elif isinstance(part, dict):
            yield from cosmetic(part, rules, f"{prefix}{key}.")


def markdown_table(schema, of_wings=()):
    """The keys of the schema as the Markdown page config/README.md, then those of each wing, (name, schema)."""
    lines = [
        "# Configuration",
        "",
        "A study is one YAML file; these are its keys. This page is made from `schema.yaml` by `make docs`.",
        "`<name>` stands for a name that you choose.",
        "",
        *_HEAD,
        *_rows(schema, ""),
    ]
    for wing, own in of_wings:
        said = f"{own['description']} They have the keys {_listed(wings.SHARED)} of above, and these:"
        lines += ["", f"## Studies of {wing}", "", said, "", *_HEAD, *_rows({"properties": {wing: own}}, "")]
    return "\n".join(lines) + "\n"


_HEAD = ("| key | type | default | limits | meaning |", "|---|---|---|---|---|")


def _listed(names):
    return f"{', '.join(f'`{name}`' for name in names[:-1])} and `{names[-1]}`"


def known_wings(root):
    """Of each wing whose studies have a grammar its name, and the schema of its block."""
    found = {wing: root / "config" / "wings" / f"{wing}.yaml" for wing in wings.WINGS}
    return [(wing, load(root, wing)["properties"][wing]) for wing, path in found.items() if path.is_file()]


def _rows(schema, prefix):
    named = dict(schema.get("properties", {}))
    if isinstance(schema.get("additionalProperties"), dict):
        named["<name>"] = schema["additionalProperties"]
    for name, sub in named.items():
        kind = sub.get("type", "one of")
        kind = " or ".join(kind) if isinstance(kind, list) else kind
        leaf = not ("properties" in sub or isinstance(sub.get("additionalProperties"), dict))
        default = f"`{_yaml(sub['default'])}`" if "default" in sub and sub["default"] != {} else ""
        yield f"| `{prefix}{name}` | {kind} | {default} | {_limits(sub)} | {sub.get('description', '')} |"
        if not leaf:
            yield from _rows(sub, f"{prefix}{name}.")


def _yaml(value):
    return yaml.safe_dump(value, default_flow_style=True, width=10**6).strip().removesuffix("\n...")


def _limits(sub):
    signs = {"minimum": "≥ ", "exclusiveMinimum": "> ", "maximum": "≤ ", "exclusiveMaximum": "< "}
    limits = [f"{sign}{sub[key]}" for key, sign in signs.items() if key in sub]
    return ", ".join(f"`{v}`" for v in sub["enum"]) if "enum" in sub else "; ".join(limits)


if __name__ == "__main__":
    print(markdown_table(load(Path()), known_wings(Path())), end="")
