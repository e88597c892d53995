"""What `make apply` asks for: the configuration with which a study was run, and new files on top."""

import copy

from unsculpt import config, studyfile
from unsculpt.errors import InputError
from unsculpt.naming import file_stem

OWN_KEYS = {"apply", "granularity", "bad_events"}  # may be others than in the run


def finished(study, given, change, asked, folder):
    """The configuration with which a study was run to its end, with what shall be scored.

    Parameters
    ----------
    study : str
        Its name.
    given : mapping
        The values of the variables of make.
    change : dict
        What `--config` says.
    asked : dict
        The key `apply` as FILES, SAMPLE and METHODS have it; what is empty was not given.
    folder : path
        In which the study was run.

    Raises
    ------
    InputError
        If it was not, or something is asked that cannot be had of models that are trained already.
    """
    if given["DATA"]:
        raise InputError(f"DATA={given['DATA']} is for make run; name the ntuples that shall be scored with FILES")
    if alien := sorted(change.keys() - OWN_KEYS):
        raise InputError(f"ARGS: --config {alien[0]} changes a study that was run already; take it out, or run it anew")
    asked = {**change.get("apply", {}), **{key: value for key, value in asked.items() if value}}
    if not asked.get("files"):
        raise InputError("FILES is missing, the ntuples that shall be scored; give for example FILES='a.root b*.root'")
    results = folder / "results" / str(study)
    for name in ("config.yaml", "summary.json"):
        if not (results / name).is_file():
            again = f"STUDY={given['STUDY']}" if given["STUDY"] else ""
            raise InputError(
                f"{results / name}: is not there, so the study {study} has not been run to its end; run it first: "
                f"make run {again}".rstrip()
            )
    return studyfile.merge(studyfile.read(results / "config.yaml"), change) | {"apply": asked | {"finished": True}}


def check(merged, root):
    """Check such a configuration; gives the name of its study, and by file what is made of it, in words."""
    checked = copy.deepcopy(merged)
    files = [f"results/{merged['study']}/config.yaml"]
    config.resolve_in_place(checked, root, files=files, formulas=False)
    name = f"results/{checked['study']}/apply/{{}}.root"
    return checked["study"], tuple(f"{path} -> {name.format(file_stem(path))}" for path in checked["apply"]["files"])
