"""The configuration of a study: inheritance, schema, defaults and cross-field checks; knows no arrays."""

import copy
from pathlib import Path

from unsculpt import (
    combinations,
    definitions,
    features,
    formats,
    generators,
    granularity,
    hypotheses,
    methods,
    probes,
    ranges,
    schema,
    simulators,
    sources,
    stages,
    studyfile,
    texts,
    threshold,
    variations,
    wings,
)
from unsculpt.errors import InputError
from unsculpt.simulation.processes import PROCESSES

DEFAULT_STUDY = "config/config.yaml"
GONE = {  # keys of former versions, and what to write instead
    "selection": "write objects, candidate, cuts, regions and channels (docs/selection.md)",
    "ntuples": "write format and formats, and granularity.step_size (docs/ntuples.md)",
    "working_point.jsd_over_floor_max": (
        "write working_point.bias_tolerance and working_point.deviation_tolerance (docs/metrics.md)"
    ),
}


def load(path, root="."):
    """The resolved configuration of a study file.

    Parameters
    ----------
    path : path
        The study file.
    root : path
        The folder of the repository: `base` and the schema are found from it.

    Returns
    -------
    dict
        With every default filled in and every check passed.

    Raises
    ------
    InputError
        With one sentence that names the key, its value and what to do.
    """
    config = studyfile.read(path)
    resolve_in_place(config, root, files=[path])
    return config


def inherited(path, root="."):
    """The configuration of a study file on top of that of its base, before any check of its keys (see `load`)."""
    config = studyfile.read(path)
    _check_name(config, [path])
    return _with_base(config, Path(root))


def resolve_in_place(config, root=".", files=(), formulas=True):
    """Replace a raw configuration by the resolved one (see `load`).

    `files` are the study files it was read from; what comes from none and has no `study` changes the default study.
    `formulas` says whether matplotlib reads the texts of figures, which takes a second and one check a run is enough.
    """
    if not files and not {"study", "base"} & set(config):
        config.update(base=DEFAULT_STUDY, study=studyfile.read(Path(root) / DEFAULT_STUDY)["study"])
    _check_name(config, files)
    merged = _with_base(config, Path(root))
    where = f"study {str(merged.get('study', '?')).strip()}"
    if wing := wings.of(merged):
        words = _resolve_wing(merged, wing, root, where)
    else:
        words = _resolve_selection(merged, root, where)
    if formulas:
        texts.check_formulas(words, where)
    config.clear()
    config.update(merged)


def _resolve_selection(merged, root, where):
    """Fill in and check the configuration of a selection in place; gives its words."""
    _name_data_files(merged, where)
    for key in [key for key in GONE if _holds(merged, key.split("."))]:
        raise InputError(f"{where}: {key} is no longer a key; {GONE[key]}")
    formats.add_house(merged, root, where)
    features.add_changed(merged, root)
    grammar = schema.load(Path(root))
    schema.validate(merged, where, grammar)
    schema.fill_defaults(merged, grammar)
    features.add_from_catalogue(merged, root, where)
    schema.fill_defaults(merged, grammar)  # of what came from there
    words = list(schema.cosmetic(merged, grammar))
    texts.check(words, where)
    for check in CHECKS:
        check(merged, where)
    definitions.check(merged, where, features.catalogue(root))
    if not merged["apply"]["finished"]:  # else they may be gone
        sources.find(merged["samples"], where, merged["backgrounds"].values())
    sources.find_new(merged, where)
    granularity.check(merged, where)
    return words


def _resolve_wing(merged, wing, root, where):
    """The same of a study of a wing."""
    grammar = schema.load(Path(root), wing)
    schema.validate(merged, where, grammar)
    schema.fill_defaults(merged, grammar)
    words = list(schema.cosmetic(merged, grammar))
    texts.check(words, where)
    for check in CHECKS_OF_WING[wing]:
        check(merged, where)
    return words


def _holds(config, path):
    """Whether a configuration has a key, given with those above it."""
    for name in path:
        if not isinstance(config, dict) or name not in config:
            return False
        config = config[name]
    return True


def _check_name(config, files):
    """Refuse to write into the results of another study: a name is not inherited."""
    if "study" not in config:
        where = " and ".join(map(str, files)) or f"base: {config['base']}"
        raise InputError(f"{where}: there is no study, the name of its results; add for example `study: mine`")


def _with_base(config, root, seen=()):
    """The configuration with that of its base below it; methods, backgrounds and sources replace those of the base.

    Null takes a sample or a probe of the base away.
    """
    base = config.get("base")
    if base is None:
        return copy.deepcopy(dict(config))
    if not isinstance(base, str):
        raise InputError(f"base: {base!r} is no text; name a study file")
    if base in seen:
        raise InputError(f"base: {base} starts from itself; remove the circle")
    parent = _with_base(studyfile.read(root / base), root, (*seen, base))
    change = {key: value for key, value in config.items() if key != "base"}
    for key in {"methods", "backgrounds"} & change.keys():
        parent.pop(key, None)
    if "methods" in change and "published" in parent:
        taggers = parent["published"]["taggers"]  # of methods that may be gone
        parent["published"]["taggers"] = {name: of for name, of in taggers.items() if name in change["methods"]}
    sources.drop_replaced(parent, change)
    merged = studyfile.merge(parent, change)
    for key in ("samples", "probes"):
        known, given = parent.get(key), merged.get(key)
        if isinstance(known, dict) and isinstance(given, dict):
            merged[key] = {name: of for name, of in given.items() if of is not None or name not in known}
    return merged


def _check_mass(config, where):
    mass = config["mass"]
    low, high, width = mass["min_gev"], mass["max_gev"], mass["bin_width_gev"]
    window = mass["window_gev"] or []
    if not low < high:
        raise InputError(f"{where}: mass.min_gev {low:g} is not below mass.max_gev {high:g}; exchange them")
    if window:
        first, last = window
        if not first < last:
            raise InputError(f"{where}: mass.window_gev [{first:g}, {last:g}] is empty; give the lower edge first")
        if not low < first < last < high:
            raise InputError(
                f"{where}: mass.window_gev [{first:g}, {last:g}] leaves no sideband in {low:g}-{high:g}; "
                "put it between mass.min_gev and mass.max_gev"
            )
    for name, edge in (("max_gev", high), *(("window_gev", edge) for edge in window)):
        bins = (edge - low) / width
        if abs(bins - round(bins)) > 1e-6:
            raise InputError(
                f"{where}: mass.{name} {edge:g} is not a whole number of bins of {width:g} GeV above {low:g}; "
                "change it or mass.bin_width_gev"
            )


def _fill_stages(config, where):
    config["stages"] = stages.resolve(config["stages"], config["mass"]["window_gev"], where)


def _check_simulated(config, where):
    """Refuse a mass range that is wider than what simulated ntuples hold, and pile-up where a process has none."""
    mass = config["mass"]
    for name, sample in config["samples"].items():
        if "simulate" not in sample:
            continue
        process = PROCESSES[sample["simulate"]["process"]]
        low, high = process.preselection.mass_range_gev
        if sample["simulate"]["pile_up"] and not process.pile_up:
            able = ", ".join(name for name, other in PROCESSES.items() if other.pile_up)
            raise InputError(
                f"{where}: samples.{name}.simulate.pile_up is {sample['simulate']['pile_up']:g}, and the detector of "
                f"{sample['simulate']['process']} knows no pile-up; make it 0, only {able} can have it"
            )
        if mass["min_gev"] < low or mass["max_gev"] > high:
            raise InputError(
                f"{where}: mass.min_gev {mass['min_gev']:g} to mass.max_gev {mass['max_gev']:g} is wider than "
                f"{low:g}-{high:g} GeV, which simulated samples hold ({name}); narrow it"
            )


def _check_normalisation(config, where):
    has_data = any(sample["role"] == "data" for sample in config["samples"].values())
    for name, sample in config["samples"].items():
        settings, key = sample["normalisation"], f"samples.{name}.normalisation"
        ways = ("sidebands", "events") if sample["measured"] else ("cross_section", "sidebands")
        if sample["role"] != "data" and settings["to"] not in ways:
            kind = "measured" if sample["measured"] else "simulated"
            raise InputError(f"{where}: {key}.to is {settings['to']} for {kind} events; make it {' or '.join(ways)}")
        if settings["to"] != "sidebands":
            continue
        if "sum_weights" in sample:
            raise InputError(f"{where}: samples.{name}.sum_weights means nothing with {key}.to: sidebands; remove it")
        if config["mass"]["window_gev"] is None:
            raise InputError(
                f"{where}: {key}.to is sidebands, and without mass.window_gev there are none; "
                "give a window, or normalise to the cross_section"
            )
        if sample["role"] != "background":
            raise InputError(f"{where}: {key}.to is sidebands for {sample['role']}; only a background can be")
        if settings["sideband_events"] is None and not has_data:
            raise InputError(f"{where}: {key}.sideband_events is null without a data sample; give a number")
        if settings["channel"] not in ("all", *config["channels"]):
            raise InputError(f"{where}: {key}.channel {settings['channel']!r} is no channel; see channels")


def _name_channels(config, where):
    for name, channel in config["channels"].items():
        channel.setdefault("short", name)


def _check_tuning(config, where):
    tuning = config["tuning"]
    if tuning["background"] not in (None, *config["backgrounds"]):
        raise InputError(
            f"{where}: tuning.background {tuning['background']!r} is no hypothesis; use one of backgrounds: "
            f"{', '.join(config['backgrounds'])}"
        )
    if tuning["combined"]["criterion"] == "significance" and config["mass"]["window_gev"] is None:
        raise InputError(
            f"{where}: tuning.combined.criterion is significance, which counts in mass.window_gev, and there is none; "
            "give a window, or take constrained or ratio"
        )
    if tuning["untouched_fold"] >= config["folds"]:
        raise InputError(
            f"{where}: tuning.untouched_fold {tuning['untouched_fold']} does not exist; with folds: {config['folds']} "
            f"the last is {config['folds'] - 1}"
        )
    for name, values in tuning["space"].items():
        numbers = all(isinstance(value, (int, float)) for value in values)
        if numbers and values[0] > values[1]:
            raise InputError(f"{where}: tuning.space.{name} {values} is empty; give the lowest value first")
    alien = [name for name in tuning["combined"]["parameters"] if name.startswith("adversary")]
    if tuning["combined"]["objective"] != "adversarial" and "combined" in tuning["searches"] and alien:
        raise InputError(
            f"{where}: tuning.combined.parameters holds {alien[0]}, but {tuning['combined']['objective']} has no "
            "adversary; list hyperparameters of the classifier"
        )


def _check_fit(config, where):
    """The order choice compares nested functions, and a spurious signal lies inside the spectrum."""
    names = config["fit"]["functions"] or []
    if len({name[:-1] for name in names}) > 1 or names != sorted(names):
        raise InputError(
            f"{where}: fit.functions [{', '.join(names)}] is not one family with its lowest order first; give for "
            "example [pow1, pow2], or null"
        )
    mass = config["mass"]
    order = int(names[0][-1]) if names else 1
    if "fits" in config["stages"] and (bins := _sideband_bins(mass)) < order + 2:
        raise InputError(
            f"{where}: mass.bin_width_gev {mass['bin_width_gev']:g} leaves {bins} bins in the sidebands for the "
            f"{order + 1} parameters of a fit, and no degree of freedom to judge it by; make the bins narrower or the "
            "range wider"
        )
    for value in config["fit"]["spurious_signal"]["masses_gev"] if "fits" in config["stages"] else ():
        if not mass["min_gev"] < value < mass["max_gev"]:
            raise InputError(
                f"{where}: fit.spurious_signal.masses_gev holds {value:g}, outside {mass['min_gev']:g}-"
                f"{mass['max_gev']:g} GeV; take it out"
            )


def _sideband_bins(mass):
    """Number of mass bins outside the window."""
    low, high = mass["window_gev"]
    return round((mass["max_gev"] - mass["min_gev"] - (high - low)) / mass["bin_width_gev"])


def _check_training(config, where):
    """Refuse names of columns that no event has, and conditions that leave nothing to protect."""
    training = config["training"]
    _check_columns(config, f"{where}: match_signal.column", [m["column"] for m in [config["match_signal"]] if m], ())
    _check_columns(config, f"{where}: training.inputs", training["inputs"] or (), ())
    for name in training["protected"]:
        if name in config["variations"]:
            raise InputError(
                f"{where}: training.protected names the variation {name!r}; give protected: [{name}] to the methods of "
                "networks that protect it"
            )
    _check_columns(config, f"{where}: training.protected", training["protected"])
    _check_roles(config, f"{where}: training", training, "adversary.conditions", training["adversary"]["conditions"])
    for name, method in config["methods"].items():
        _check_roles(config, f"{where}: methods.{name}", method, "conditions", method.get("conditions", ()))


def _check_roles(config, key, settings, name, conditions):
    """The columns that `flat_in` and the conditions of an adversary name, of all methods or of one."""
    _check_columns(config, f"{key}.{name}", conditions)
    for label, flat in settings.get("flat_in", {}).items():
        _check_columns(config, f"{key}.flat_in.{label}.column", [flat["column"]])
    kept = settings if "objective" in settings and "protected" in settings else config["training"]
    of = "training.protected" if kept is config["training"] else f"{key}.protected"
    for column in sorted({*kept["protected"]} & {*conditions}):
        raise InputError(
            f"{key}.{name} names {column!r}, which {of} protects; among events that agree in it there is "
            "nothing to protect, take it out of one of the two"
        )


def _check_columns(config, key, names, others=("mass", "channel", "region")):
    for name in names:
        if name not in (*others, *config["features"]):
            wanted = f"{', '.join(others)} or " if others else ""
            raise InputError(f"{key} names {name!r}; name {wanted}a feature of the study")


def _check_independence(config, where):
    """Refuse variables that no row has, and slices that are empty."""
    for name, about in config["independence"].items():
        key = f"{where}: independence.{name}"
        if about["column"] not in ("mass", *config["features"]):
            raise InputError(f"{key}.column names {about['column']!r}; name mass or a feature of the study")
        for low, high in about["slices"]:
            if not low < high:
                raise InputError(f"{key}.slices holds [{low:g}, {high:g}], which is empty; give the lower edge first")


def _check_exact(config, where):
    """Refuse a comparison with exact classifiers where the densities of a sample are not known."""
    if config["exact"] is None:
        return
    for name, sample in config["samples"].items():
        process = sample.get("simulate", {}).get("process")
        wanted = {"signal": "pivot_signal", "background": "pivot_background"}.get(sample["role"])
        if process != wanted:
            raise InputError(
                f"{where}: exact is given, and the densities of samples.{name} are not known; simulate {wanted}, or "
                "remove exact"
            )
    inputs = config["training"]["inputs"] or config["features"]
    if set(inputs) - {"x1", "x2"}:
        raise InputError(f"{where}: exact is given, and networks have the inputs {', '.join(inputs)}; give x1 and x2")


def _check_categories(config, where):
    """Channels are divided in a column that all events have."""
    column = config["categories"]["divide_by"]
    if column is not None and column not in config["features"]:
        raise InputError(f"{where}: categories.divide_by {column!r} is no feature; add it to features, or name another")


def _name_data_files(config, where):
    """Let `data_files` replace the source of the data sample, and of control regions measured in the same files."""
    files = config.get("data_files")
    if not files:
        return
    samples = sources.mappings(config)
    names = [name for name, sample in samples.items() if sample.get("role") == "data"]
    if len(names) != 1:
        raise InputError(f"{where}: data_files is given but {len(names)} samples have role data; it replaces one")
    config["data_files"] = [files] if isinstance(files, str) else files
    data = samples[names[0]]
    data.pop("pseudodata", None)
    controls = [s for s in samples.values() if s.get("measured") and s.get("files") == data.get("files", [])]
    for sample in (data, *controls):
        sample["files"] = copy.deepcopy(config["data_files"])


CHECKS = (
    _check_mass,
    sources.check,
    hypotheses.check,
    hypotheses.check_pseudodata,
    combinations.check,
    formats.check,
    _check_simulated,
    _check_normalisation,
    _name_channels,
    methods.check,
    probes.check,
    _fill_stages,
    hypotheses.check_hidden,
    texts.check_unique,
    _check_tuning,
    _check_training,
    ranges.check,
    _check_independence,
    _check_exact,
    threshold.check,
    variations.check,
    _check_fit,
    _check_categories,
)
# As CHECKS; each from a module that stands before this one.
CHECKS_OF_WING = {"generation": (generators.check,), "inference": (simulators.check,)}
