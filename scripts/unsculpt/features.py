"""Quantities of a study and the catalogue that they come from (config/features); no arrays."""

from functools import cache
from pathlib import Path

from unsculpt import expressions, studyfile
from unsculpt.definitions import each
from unsculpt.errors import InputError


@cache
def catalogue(root):
    """The quantities of the repository in the folder `root`, by name: expression, unit, latex and meaning."""
    found = {}
    for path in sorted((Path(root) / "config" / "features").glob("*.yaml")):
        here = studyfile.read(path)
        for name in here.keys() & found.keys():
            raise InputError(f"{path}: {name} is in another file of this folder, too; rename one of them")
        found |= here
    return found


def add_changed(config, root):
    """Add to quantities of a study that change one of the catalogue what they leave as it is, in place."""
    own, known = config.get("quantities"), catalogue(root)
    for name, change in own.items() if isinstance(own, dict) else ():
        if name in known and isinstance(change, dict):
            own[name] = studyfile.merge(known[name], change)


def add_from_catalogue(config, root, where):
    """Add to the quantities of a study what its expressions ask for and the catalogue has, in place."""
    known, found = catalogue(root), set()
    todo = {*config["features"], *_asked(config, where)}
    while todo:
        name = todo.pop()
        if name in known and name not in found and name not in config["quantities"]:
            found.add(name)
            todo |= expressions.names(known[name]["expression"], f"config/features: {name}")
    config["quantities"] |= {name: dict(about) for name, about in known.items() if name in found}


def _asked(config, where):
    """The names in the expressions of a study, fields of objects among them."""
    texts = {f"cuts.{name}": text for name, text in config["cuts"].items() if text is not None}
    texts |= {f"regions.{name}": text for name, text in config["regions"].items()}
    texts |= {f"channels.{name}.require": channel["require"] for name, channel in config["channels"].items()}
    texts |= {f"quantities.{name}.expression": about["expression"] for name, about in config["quantities"].items()}
    texts["mass.expression"] = config["mass"]["expression"]
    if config["candidate"] is not None:
        texts["candidate"] = each(config["candidate"]) or config["candidate"]
    for name, about in config["combinations"].items():
        own = {f"{kind}.{field}": text for kind in ("inputs", "define") for field, text in about[kind].items()}
        own |= {key: about[key] for key in ("truth", "sum") if about[key] is not None}
        texts |= {f"combinations.{name}.{key}": text for key, text in own.items()}
    texts |= {f"substructure.{name}.of": about["of"] for name, about in config["substructure"].items()}
    for name, about in config["objects"].items():
        own = {"require": about["require"]} if about["require"] is not None else {}
        own |= {f"define.{field}": text for field, text in about["define"].items()}
        own |= {f"away_from.{text}": text for text in about["away_from"]}
        texts |= {f"objects.{name}.{key}": text for key, text in own.items()}
    return {name for key, text in texts.items() for name in expressions.names(text, f"{where}: {key}")}


def latex_label(name, quantities):
    r"""Label of an axis, with the unit in brackets; the name itself for what has no symbol.

    Examples
    --------
    >>> print(latex_label("met", {"met": {"latex": r"E_T^\mathrm{miss}", "unit": "GeV"}}))
    $E_T^\mathrm{miss}$ [GeV]
    """
    about = quantities.get(name, {})
    if not about.get("latex"):
        return name
    return f"${about['latex']}$" + (f" [{about['unit']}]" if about.get("unit") else "")


def markdown(root="."):
    """The page docs/features.md."""
    lines = [
        "# Features",
        "",
        "The quantities that every study knows, from `config/features`: `features` lists them, and any expression",
        "may name them ([expressions](expressions.md)). Objects are in order of falling transverse momentum; a",
        "feature of an object that a row lacks is `feature_padding`. A study adds its own under `quantities`. This",
        "page is written by `make docs`.",
        "",
        "| name | symbol | unit | meaning | expression |",
        "|---|---|---|---|---|",
    ]
    for name, about in catalogue(root).items():
        symbol, text = about["latex"].replace("|", r"\vert "), about["expression"].replace("|", r"\|")
        lines.append(f"| `{name}` | ${symbol}$ | {about.get('unit', '')} | {about['meaning']} | `{text}` |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(markdown())
