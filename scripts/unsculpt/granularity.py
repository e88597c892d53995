"""How the work of a study is cut into jobs, and how many files its folders then hold; stdlib only.

A job may do more or less (a laptop likes few jobs, a farm likes many); what comes out does not depend on it.
"""

from unsculpt.errors import InputError
from unsculpt.naming import stacks

FOLDER_MOST = 1000  # files in one folder: file systems of farms become slow beyond
EVENT_NUMBER_MOST = 2**31 - 1  # eventNumber is a 32-bit integer in the ntuples


def chunks_per_job(config, sample):
    """Chunks of a simulated sample that one job generates: those that fit into `granularity.events_per_job`.

    Examples
    --------
    >>> samples = {"tth": {"simulate": {"chunks": 9, "events_per_chunk": 10000}}}
    >>> chunks_per_job({"samples": samples, "granularity": {"events_per_job": 45000}}, "tth")
    4
    """
    events = config["granularity"]["events_per_job"]
    return max(1, (events or 0) // config["samples"][sample]["simulate"]["events_per_chunk"])


def ntuples(config, sample):
    """Number of ROOT files of a sample: its own, one for each job of its simulation, or one of pseudo-data."""
    settings = config["samples"][sample]
    if "simulate" in settings:
        return _ratio(settings["simulate"]["chunks"], chunks_per_job(config, sample))
    return len(settings.get("files", [0]))


def tables(config, sample):
    """Number of event tables of a sample: jobs that select its events."""
    return _ratio(ntuples(config, sample), config["granularity"]["files_per_job"])


def trained_channels(config, method):
    """The channels that a method has models of their own for, or "all" of them together.

    Examples
    --------
    >>> study = {"channels": {"low": {}, "high": {}}}
    >>> trained_channels(study, {"per_channel": True}), trained_channels(study, {})
    (['low', 'high'], ['all'])
    """
    return list(config["channels"]) if method.get("per_channel", False) else ["all"]


def models_per_job(training, method):
    """Models of a method that one job trains: those of the configuration, or one, where they do not stack.

    Examples
    --------
    >>> training = {"models_per_job": 9}
    >>> models_per_job(training, {}), models_per_job(training, {"architecture": "convolution"})
    (9, 1)
    """
    return training["models_per_job"] if stacks(method) else 1


def training_jobs(config, method):
    """Number of jobs that train a method: its models, strength x seed x fold, in parts, for each channel it trains.

    Examples
    --------
    >>> training_jobs({"training": {"models_per_job": 4}, "folds": 3}, {"strengths": [1, 10]})
    2
    """
    in_a_job = models_per_job(config["training"], method)
    return len(trained_channels(config, method)) * _ratio(_models(config, method), in_a_job)


def _models(config, method):
    """Models of a method in each channel that it trains."""
    return len(method["strengths"]) * config["training"].get("seeds", 1) * config["folds"]


def check(config, where):
    """Refuse a study that would fill a folder with more than a thousand files, or run out of event numbers."""
    for name, sample in config["samples"].items():
        if "simulate" in sample:
            _check_simulation(config, name, f"{where}: samples.{name}.simulate.chunks")
        if (number := tables(config, name)) > FOLDER_MOST:
            least = _ratio(ntuples(config, name), FOLDER_MOST)
            raise InputError(
                f"{where}: samples.{name} has {ntuples(config, name)} ROOT files, which makes {number} event tables in "
                f"one folder, more than {FOLDER_MOST}; set granularity.files_per_job to {least} or more"
            )
    for name, method in config["methods"].items():
        _check_method(config, name, method, f"{where}: methods.{name}")


def _check_simulation(config, name, key):
    chunks, events = (config["samples"][name]["simulate"][word] for word in ("chunks", "events_per_chunk"))
    if chunks * events > EVENT_NUMBER_MOST:
        raise InputError(f"{key} {chunks} of {events} events are more than 32-bit event numbers; use fewer")
    if ntuples(config, name) >= FOLDER_MOST:  # one place is left for the integration of Sherpa
        least = _ratio(chunks, FOLDER_MOST - 1) * events
        raise InputError(
            f"{key} {chunks} makes {ntuples(config, name)} ntuples in one folder, {FOLDER_MOST} or more; "
            f"set granularity.events_per_job to {least} or more"
        )


def _check_method(config, name, method, key):
    """Two files for each strength (fit and workspace) and for each training job (models and history)."""
    strengths, most = len(method["strengths"]), FOLDER_MOST // 2
    if strengths > most:
        raise InputError(f"{key}.strengths has {strengths} entries, more than {most}; share them among two methods")
    jobs = training_jobs(config, method)
    if jobs > most and not stacks(method):
        raise InputError(
            f"{key} makes {jobs} training jobs, more than {most}, since each of its models is one; "
            "share its strengths among two methods, or lower training.seeds"
        )
    if jobs > most:
        least = _ratio(_models(config, method), most // len(trained_channels(config, method)))
        raise InputError(
            f"{key} makes {jobs} training jobs, more than {most}; set training.models_per_job to {least} or more"
        )


def _ratio(number, size):
    return -(-number // size)
