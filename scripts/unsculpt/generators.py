"""Studies of generators: what is valid beside the grammar; stdlib and errors only."""

from itertools import pairwise

from unsculpt.errors import InputError


def check(config, where):
    """Raise a sentence about what is wrong in the key `generation` of a study.

    Parameters
    ----------
    config : dict
        The study, valid by its grammar and with all defaults.
    where : str
        The file, for the sentence.
    """
    of = config["generation"]
    _calorimeter(of["calorimeter"], where)
    low, high = of["energies_gev"]
    if not low < high:
        raise InputError(f"{where}: generation.energies_gev is [{low:g}, {high:g}]; give the lower energy first")
    for sample, about in of["samples"].items():
        if about["chunks"] > about["showers"]:
            raise InputError(
                f"{where}: generation.samples.{sample} has {about['showers']} showers in {about['chunks']} chunks; "
                "give fewer chunks"
            )
    _files(of, where)
    edges = of["evaluation"]["response_edges_gev"]
    if any(not a < b for a, b in pairwise(edges)):
        raise InputError(f"{where}: generation.evaluation.response_edges_gev {edges} do not grow; sort them")
    smallest, asked = of["samples"]["test"]["showers"] * len(of["particles"]), of["evaluation"]["neighbours"]
    if asked > smallest:
        raise InputError(
            f"{where}: generation.evaluation.neighbours is {asked}, and the sample test has {smallest} "
            "showers; ask for fewer"
        )
    if of["main"] not in of["generators"]:
        known = ", ".join(of["generators"])
        raise InputError(f"{where}: generation.main is {of['main']}, which is no generator; take one of {known}")
    if "truth" in of["generators"]:
        raise InputError(f"{where}: generation.generators has the name truth, which true showers have; take another")
    for name, settings in of["generators"].items():
        if settings["kind"] == "flow" and settings["parametrisation"] != "shares":
            raise InputError(
                f"{where}: generation.generators.{name} is a flow, which has the parametrisation shares; remove the key"
            )


def _calorimeter(of, where):
    depths, layers = of["depths_mm"], len(of["cells"])
    if len(depths) != layers + 1 or any(not a < b for a, b in pairwise(depths)):
        raise InputError(
            f"{where}: generation.calorimeter.depths_mm {depths} are no edges of {layers} layers; "
            f"give {layers + 1} growing numbers"
        )


def _files(of, where):
    """Samples of a file are cut one after the other out of it, so that all particles have files or none has."""
    with_files = [name for name, about in of["particles"].items() if about["file"]]
    if with_files and len(with_files) < len(of["particles"]):
        other = next(name for name in of["particles"] if name not in with_files)
        raise InputError(
            f"{where}: generation.particles.{with_files[0]} has a file and {other} has none; "
            "give all of them files, or none"
        )


def rows_of(samples, name, chunk):
    """Which rows of a file of showers a chunk of a sample takes: the samples follow each other, in their order.

    Examples
    --------
    >>> rows_of({"train": {"showers": 10, "chunks": 2}, "test": {"showers": 4, "chunks": 1}}, "test", 0)
    (10, 14)
    """
    before = 0
    for other, about in samples.items():
        if other == name:
            first, last = (about["showers"] * k // about["chunks"] for k in (chunk, chunk + 1))
            return before + first, before + last
        before += about["showers"]
    raise KeyError(name)
