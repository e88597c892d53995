"""Combinations of objects in a study: what is valid beside their expressions (`definitions`); stdlib only."""

from unsculpt.errors import InputError

KINEMATIC = ("pt", "eta", "phi", "e")  # fields of a combination, of the sum of its objects; `score` is one, too


def check(config, where):
    """Refuse combinations whose events would be used a second time, or whose reference is no field of them.

    Raises
    ------
    InputError
        About the first mistake, with the key and what to do.
    """
    for name, about in config["combinations"].items():
        key = f"{where}: combinations.{name}"
        _check_sample(config, about["learn_from"], f"{key}.learn_from")
        for kind in ("inputs", "define"):
            for field in about[kind]:
                if field in (*KINEMATIC, "mass", "score"):
                    raise InputError(f"{key}.{kind}.{field}: every combination has {field} already; rename it")
                if field in about["members"]:
                    raise InputError(f"{key}.{kind}.{field} is one of members as well; rename it")
        for field in sorted(about["inputs"].keys() & about["define"].keys()):
            raise InputError(f"{key}.define.{field} is one of inputs as well; take it out of one of the two")
        for field in about["reference"]["fields"] + [f for f in [about["reference"]["prefer"]] if f]:
            if field not in about["inputs"]:
                known = ", ".join(about["inputs"])
                raise InputError(f"{key}.reference names {field!r}, which is none of its inputs; there are {known}")


def _check_sample(config, name, key):
    """The trees learn from simulated events that are in no table: no classifier and no number knows them."""
    sample = config["samples"].get(name)
    advice = "add a sample with role background for it alone, which no hypothesis of backgrounds lists"
    if sample is None:
        raise InputError(f"{key} {name!r} is no sample; {advice}")
    if sample["role"] != "background":
        raise InputError(f"{key} {name!r} has role {sample['role']}, and its events are used elsewhere; {advice}")
    if sample["measured"]:
        raise InputError(f"{key} {name!r} is measured and has no truth to learn from; {advice}")
    for hypothesis, mixture in config["backgrounds"].items():
        if name in mixture:
            raise InputError(f"{key} {name!r} is in backgrounds.{hypothesis}, so its events are used twice; {advice}")
