"""Functions that say which files and parameters a job has, where a pattern cannot say it."""


def chunks(sample):
    """Chunk numbers of a sample: one for each job of its simulation, or for each of its files."""
    settings = config["samples"][sample]
    if "simulate" in settings:
        return range(settings["simulate"]["chunks"])
    return range(len(settings.get("files", [0])))


def ntuple(wildcards):
    """The ROOT file of a chunk: a generated one, or the user's own, read in place."""
    settings = config["samples"][wildcards.sample]
    if "files" in settings:
        path = settings["files"][int(wildcards.chunk)]
        return [] if "://" in path else path  # a remote file is opened by the job; ntuple_url names it
    return f"{RESULTS}/ntuples/{wildcards.sample}/{wildcards.chunk}.root"


def ntuple_url(wildcards):
    """Path or URL of the ROOT file of a chunk."""
    return ntuple(wildcards) or config["samples"][wildcards.sample]["files"][int(wildcards.chunk)]


def event_chunks(wildcards):
    """Event tables of the signals, of one background hypothesis and of the data, in the order of the study."""
    names = [name for name in SAMPLES if name not in BACKGROUNDS or name == wildcards.bkg]
    return [f"{RESULTS}/events/{name}/{chunk}.parquet" for name in names for chunk in chunks(name)]


def parts(method):
    """Numbers of the jobs that train a method: its models (strength times fold) in parts of `models_per_job`."""
    models = len(STRENGTHS[method]) * config["folds"]
    return range(-(-models // config["training"]["models_per_job"]))


def points():
    """(method, strength tag) of every point of the grid."""
    return [(method, strength) for method in METHODS for strength in STRENGTHS[method]]


def sherpa_archive(sample):
    """Sherpa's integration for a sample whose process needs it, else nothing."""
    needed = config["samples"][sample].get("simulate", {}).get("process") == "ttyy"
    return f"{RESULTS}/ntuples/{sample}/sherpa.tar" if needed else []


def source(wildcards, role):
    """Name of the sample from which pseudo-data take their signal or background."""
    return config["samples"][wildcards.sample]["pseudodata"][role]


def source_settings(role):
    """Parameter function: the process and the normalisation of that sample."""

    def settings(wildcards):
        sample = config["samples"][source(wildcards, role)]
        keys = ("region", "cross_section_pb", "branching_ratio", "normalisation")
        return {"process": sample["simulate"]["process"], **{key: sample[key] for key in keys if key in sample}}

    return settings


def normalised_samples(wildcards):
    """What fixes the normalisation of the samples of one table; other backgrounds do not touch it."""
    keys = ("role", "cross_section_pb", "branching_ratio", "normalisation")
    names = [name for name in SAMPLES if name not in BACKGROUNDS or name == wildcards.bkg]
    return {
        name: {key: config["samples"][name][key] for key in keys if key in config["samples"][name]} for name in names
    }


def of_each_point(pattern):
    """Files of all points of the grid, point by point and for each point all backgrounds."""
    return [
        path
        for method, strength in points()
        for path in expand(pattern, method=method, strength=strength, bkg=BACKGROUNDS)
    ]


def of_each_part(pattern):
    """Files of all training jobs, job by job and for each job all backgrounds."""
    return [
        path
        for method in METHODS
        for part in parts(method)
        for path in expand(pattern, method=method, part=part, bkg=BACKGROUNDS)
    ]


def figure(name):
    """The files of a figure."""
    return multiext(f"{RESULTS}/figures/{{bkg}}/{name}", ".pdf", ".png", ".svg", ".json")
