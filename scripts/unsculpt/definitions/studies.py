"""The definitions of a whole study: checked for each of its formats, and reduced to what is used."""

import keyword

from unsculpt import expressions, formats
from unsculpt.definitions.kinds import COLUMNS, Definitions
from unsculpt.errors import InputError

ANY = "any"  # of a sample: all regions


def search_region(config):
    """The region that is searched, where data are blinded: the first."""
    return next(iter(config["regions"]))


def used(config, fields, where="", others=(), learns=None):
    """What of a study is used for events of one format, checked (see `Definitions` for the parameters).

    `learns` is the name of the combinations whose trees learn from these events: their truth is used, too.

    Returns
    -------
    dict, dict
        What `rows.Rows` and `selection.select` evaluate: objects, candidate, mass, quantities, regions, cuts,
        channels, arrays, and combinations if any are used, by name their expressions, without what nothing asks for.
        What must be read, see `Definitions.needs`.
    """
    known = Definitions(config, fields, where, others)
    cuts = {name: text for name, text in config["cuts"].items() if text is not None}
    channels = {name: channel["require"] for name, channel in config["channels"].items()}
    for name in ("mass", *config["regions"], *(["candidate"] if config["candidate"] else [])):
        known[name]
    for name, text in cuts.items():
        known.number(f"cuts.{name}", text)
    for name, text in channels.items():
        known.number(f"channels.{name}.require", text)
    known.refuse_combinations()
    for name in config["features"]:
        known.feature(name)
    arrays = {}
    for name, about in config["arrays"].items():
        kind = _kind_of_array(f"arrays.{name}", about, known)
        arrays[name] = {key: about[key] for key in (kind, "shape")}
        if kind == "image":
            known.jet(f"arrays.{name}.image.of", about["image"]["of"])
        else:
            known.lists(f"arrays.{name}", about["values"])
    if learns is not None:
        known.truth(learns)
    known.check_circles()
    objects = {name: about for name, about in config["objects"].items() if name in known.reads}
    for name, about in objects.items():
        objects[name] = about | {"define": {field: about["define"][field] for field in known.defined[name]}}
    quantities = {name: about["expression"] for name, about in config["quantities"].items() if name in known.reads}
    study = {"objects": objects, "candidate": config["candidate"], "mass": config["mass"]["expression"]}
    study |= {"quantities": quantities, "regions": config["regions"], "cuts": cuts, "channels": channels}
    study["arrays"] = arrays
    keys = ("members", "most", "inputs", *(("define", "sum", "number") if learns is None else ("truth",)))
    if found := {name: about for name, about in config["combinations"].items() if name in known.reads}:
        study["combinations"] = {name: {key: about[key] for key in keys} for name, about in found.items()}
    if known.measured:
        jets = {name: (config["substructure"][name], fields) for name, fields in known.measured.items()}
        study["substructure"] = {name: about | {"fields": sorted(fields)} for name, (about, fields) in jets.items()}
    return study, known.needs


def _kind_of_array(key, about, known):
    """What an array is made of, `values` or `image`."""
    given = [kind for kind in ("values", "image") if about.get(kind) is not None]
    if len(given) != 1:
        raise known.fault(f"{key} has {'values and image' if given else 'neither values nor image'}; give exactly one")
    if given == ["image"] and len(about["shape"]) != 2:
        raise known.fault(f"{key}.shape {about['shape']} is of an image, and needs two numbers; give rows and columns")
    return given[0]


def check(config, where, others=()):
    """Check what a study defines, for the format of each of its samples, and fill in their regions: the searched one.

    The sentence about the first mistake (`InputError`) has the key, the place in the expression and near names.
    """
    _check_names(config, where)
    if config["candidate"] is None and "candidate" in expressions.names(config["mass"]["expression"]):
        raise InputError(f"{where}: candidate is missing, whose mass is studied; give it, or another mass.expression")
    for name, sample in config["samples"].items():
        region = sample.setdefault("region", search_region(config))
        if region not in (ANY, *config["regions"]):
            known = ", ".join([*config["regions"], ANY])
            raise InputError(f"{where}: samples.{name}.region {region!r} is no region; there are {known}")
    for name in dict.fromkeys(formats.of_sample(config, sample) for sample in config["samples"].values()):
        used(config, formats.fields(config["formats"][name]), f"{where}, format {name}", others)
    for name in config["combinations"]:
        learning(config, name, where, others)


def learning(config, name, where="", others=()):
    """What `used` gives for the events from which the trees of combinations learn, and the name of their format."""
    of = formats.of_sample(config, config["samples"][config["combinations"][name]["learn_from"]])
    asked = {**config, "features": [], "arrays": {}}
    where = f"{where}, format {of}" if where else ""
    return *used(asked, formats.fields(config["formats"][of]), where, others, learns=name), of


def _check_names(config, where):
    """Refuse two meanings of one name."""
    taken = dict.fromkeys(expressions.FUNCTIONS, "a function") | dict.fromkeys(keyword.kwlist, "a word of the language")
    taken |= dict.fromkeys((*COLUMNS, "candidate"), "a name of the program's own")
    for key in ("objects", "quantities", "regions", "arrays", "combinations", "substructure"):
        _refuse(taken, config[key], f"{where}: {key}")
        taken |= dict.fromkeys(config[key], f"one of {key}")
    for name, about in config["formats"].items():
        _refuse(taken, about["event"]["fields"].keys() - formats.IDENTITY, f"{where}: formats.{name}.event.fields")


def _refuse(taken, names, key):
    for name in sorted(names):
        if name in taken:
            raise InputError(f"{key}.{name} is {taken[name]} as well; rename it")
