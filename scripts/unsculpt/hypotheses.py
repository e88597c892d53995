"""The background hypotheses of a study, each a mixture of background samples; stdlib only."""

from unsculpt.errors import InputError


def check(config, where):
    """Check the hypotheses; where the study gives none, each background sample is one, of the same name.

    Parameters
    ----------
    config : dict
        The configuration; changed in place.
    where : str
        The study, for sentences.

    Raises
    ------
    InputError
        About the first mixture that is empty, lists what is no background sample or one twice, has the name of another
        sample, or leaves its normalisation open.
    """
    samples = config["samples"]
    known = [name for name, sample in samples.items() if sample["role"] == "background"]
    config.setdefault("backgrounds", {name: [name] for name in known})
    if not config["backgrounds"]:
        raise InputError(f"{where}: backgrounds is empty; name a hypothesis, or leave the key out")
    for name, mixture in config["backgrounds"].items():
        key = f"{where}: backgrounds.{name}"
        _check_mixture(mixture, samples, known, key)
        if name in samples and samples[name]["role"] != "background":
            raise InputError(f"{key} has the name of a sample with role {samples[name]['role']}; choose another")
        if name in samples and mixture != [name]:
            raise InputError(
                f"{key} has the name of a sample but is [{', '.join(mixture)}]; choose another name or make it [{name}]"
            )


def _check_mixture(mixture, samples, known, key):
    if not mixture:
        raise InputError(f"{key} is empty; list samples with role background: {', '.join(known)}")
    for sample in mixture:
        if sample not in known:
            role = samples.get(sample, {}).get("role")
            found = f"whose role is {role}" if role else "which is no sample"
            raise InputError(f"{key} lists {sample!r}, {found}; those with role background are {', '.join(known)}")
        if mixture.count(sample) > 1:
            raise InputError(f"{key} lists {sample!r} twice, and its events would count twice; list it once")
    rest = [sample for sample in mixture if samples[sample]["normalisation"]["to"] == "sidebands"]
    if len(rest) > 1:
        raise InputError(
            f"{key} holds {' and '.join(rest)}, all normalised to the sidebands, where only one can take what the "
            "others leave; normalise the rest to cross-sections"
        )


def check_pseudodata(config, where):
    """Refuse pseudo-data that cannot be drawn (see `check`)."""
    samples = config["samples"]
    for name, sample in samples.items():
        if "pseudodata" not in sample:
            continue
        key, otherwise = f"{where}: samples.{name}.pseudodata", f"or give samples.{name} files"
        signal, background = sample["pseudodata"]["signal"], sample["pseudodata"]["background"]
        if samples.get(signal, {}).get("role") != "signal" or "simulate" not in samples[signal]:
            raise InputError(f"{key}.signal is {signal!r}; name a simulated sample with role signal, {otherwise}")
        mixture = mixture_of(config, background)
        if not mixture:
            named = ", ".join(config["backgrounds"])
            raise InputError(f"{key}.background is {background!r}; name one of backgrounds ({named}), {otherwise}")
        for part in mixture:
            if "simulate" not in samples[part]:
                raise InputError(
                    f"{key}.background is {background!r}, and samples.{part} of it is not simulated; name another "
                    f"hypothesis, {otherwise}"
                )
            normalisation = samples[part]["normalisation"]
            if normalisation["to"] == "sidebands" and normalisation["sideband_events"] is None:
                raise InputError(
                    f"{where}: samples.{part}.normalisation.sideband_events is null, but samples.{name} is drawn from "
                    "it, and what is drawn cannot also fix it; give a number"
                )


def check_hidden(config, where):
    """Refuse fits and categories of templates in which a blind study leaves a hole, the measured events that it hides.

    A spurious signal, an injected one, or the background of a category in the window would be those of the hole.
    """
    if not (config["blind"] and config["stages"]):  # without a window there are none
        return
    searched = next(iter(config["regions"]))
    for name, mixture in config["backgrounds"].items():
        for sample in mixture:
            region = config["samples"][sample].get("region", searched)
            if config["samples"][sample]["measured"] and region in (searched, "any"):
                raise InputError(
                    f"{where}: backgrounds.{name} holds samples.{sample}, measured events of the searched region "
                    f"({searched}): while the study is blind none of them is in mass.window_gev, and fits of the "
                    "template, its spurious signal and categories would be those of this hole; give the sample a "
                    "control region, or leave fits and categories out (stages: [])"
                )


def mixture_of(config, name):
    """The samples of a hypothesis, or of a background sample that is in none; nothing where there is neither.

    Examples
    --------
    >>> study = {"backgrounds": {"continuum": ["yy", "jy"]}, "samples": {"jj": {"role": "background"}}}
    >>> mixture_of(study, "continuum"), mixture_of(study, "jj"), mixture_of(study, "tth")
    (['yy', 'jy'], ['jj'], [])
    """
    alone = [name] if config["samples"].get(name, {}).get("role") == "background" else []
    return config["backgrounds"].get(name, alone)


def samples_of(config, name):
    """The samples of the event table of a hypothesis: signals, its backgrounds and data, in the order of the study.

    Examples
    --------
    >>> samples = {"tth": {"role": "signal"}, "yy": {"role": "background"}, "jj": {"role": "background"}}
    >>> samples_of({"backgrounds": {"fakes": ["jj"]}, "samples": samples}, "fakes")
    ['tth', 'jj']
    """
    mixture = config["backgrounds"][name]
    return [key for key, sample in config["samples"].items() if sample["role"] != "background" or key in mixture]
