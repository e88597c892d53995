"""Functions that say which files and parameters a job has, where a pattern cannot say it."""

@of_wildcards
def chunks(wildcards):
    """Chunk numbers that one job simulates, in order: as many as `granularity.events_per_job` allows."""
    number = config["samples"][wildcards.sample]["simulate"]["chunks"]
    size = granularity.chunks_per_job(config, wildcards.sample)
    first = int(wildcards.part) * size
    return list(range(first, min(first + size, number)))


@cache
def ntuples(sample):
    """Paths or URLs of the ROOT files of a sample: generated ones, one a job, or the user's own, read in place."""
    files = config["samples"][sample].get("files")
    number = granularity.ntuples(config, sample)
    return files or [f"{RESULTS}/ntuples/{sample}/{part}.root" for part in range(number)]


@of_wildcards
def ntuples_of_part(wildcards):
    """Paths or URLs of the ROOT files that one job selects events from."""
    size = config["granularity"]["files_per_job"]
    first = int(wildcards.part) * size
    return ntuples(wildcards.sample)[first : first + size]


@of_wildcards
def local_ntuples(wildcards):
    """Those of them that are files, and their friends; a remote one is opened by the job."""
    about, paths = sample_format(wildcards), ntuples_of_part(wildcards)
    friends = [friend for path in paths for friend in formats.friend_files(about, path).values()]
    return [path for path in (*paths, *friends) if "://" not in path]


content = cache(sources.content)  # a plan asks for it more than once


@of_wildcards
def content_of_own(wildcards):
    """What tells one content of the user's files from another, whatever the time of the file; nothing of others."""
    own = "files" in config["samples"][wildcards.sample]
    return [content(path) for path in local_ntuples(wildcards)] if own else []


@of_wildcards
def simulated(wildcards):
    """Whether the events of a sample carry weights: neither data nor measured."""
    sample = config["samples"][wildcards.sample]
    return sample["role"] != "data" and not sample["measured"]


@cache
def definitions_and_format(sample, columns=True):
    """What a study defines, and the format of a sample with the fields that this needs; for its columns, or without."""
    about = config["formats"][formats.of_sample(config, config["samples"][sample])]
    asked = {**config, **({} if columns else {"features": [], "arrays": {}})}
    used, needs = definitions.used(asked, formats.fields(about))
    for name, combination in used.get("combinations", {}).items():
        combination["trees"] = TREES_OF.format(combination=name)
    return used, formats.reduced(about, needs)


@of_wildcards
def trees_of_sample(wildcards):
    """The trees of the combinations that the columns of a sample need."""
    return trees_of(definitions_and_format(wildcards.sample)[0])


def trees_of(used):
    """The trees of the combinations that are used."""
    return [combination["trees"] for combination in used.get("combinations", {}).values()]


@cache
def learning(name):
    """What a study defines for the events that combinations learn from, and how these are read."""
    used, needs, of = definitions.learning(config, name)
    return used, formats.reduced(config["formats"][of], needs)


def of_learning(function):
    """Parameter function of a rule of combinations, from a function of their name."""
    return of_wildcards(lambda wildcards: function(wildcards.combination))


@of_wildcards
def learnt_ntuples(wildcards):
    """The files that combinations learn from, and their friends; a remote one is opened by the job."""
    name = wildcards.combination
    paths = ntuples(config["combinations"][name]["learn_from"])
    friends = [friend for path in paths for friend in formats.friend_files(learning(name)[1], path).values()]
    return [path for path in (*paths, *friends) if "://" not in path]


@of_wildcards
def sample_definitions(wildcards):
    """The objects, quantities, cuts, regions and channels that events of a sample are selected by."""
    return definitions_and_format(wildcards.sample)[0]


@of_wildcards
def sample_format(wildcards):
    """How the files of a sample are read."""
    return definitions_and_format(wildcards.sample)[1]


@of_wildcards
def drawn_definitions(wildcards):
    """What pseudo-data are counted and blinded by: they have no features or arrays."""
    return definitions_and_format(wildcards.sample, columns=False)[0]


@of_wildcards
def drawn_format(wildcards):
    """How the events that pseudo-data are drawn from are read."""
    return definitions_and_format(wildcards.sample, columns=False)[1]


def said_of_features(*keys):
    """What the quantities of the study say of its features, by name and key."""
    about = {name: config["quantities"].get(name, {}) for name in config["features"]}
    return {name: {key: said[key] for key in keys if key in said} for name, said in about.items()}


@of_wildcards
def event_parts(wildcards):
    """Event tables of the signals, of one background hypothesis and of the data, in the order of the study."""
    return [
        f"{RESULTS}/events/{name}/{part}.parquet"
        for name in hypotheses.samples_of(config, wildcards.bkg)
        for part in range(granularity.tables(config, name))
    ]


@of_wildcards
def own_samples(wildcards):
    """The samples of one table that are read from the user's files."""
    return [name for name in hypotheses.samples_of(config, wildcards.bkg) if "files" in config["samples"][name]]


def parts(method):
    """Numbers of the jobs that train a method."""
    return range(granularity.training_jobs(config, config["methods"][method]))


@of_wildcards
def trained_channels(wildcards):
    """The channels that a method has models of their own for, or "all"."""
    return granularity.trained_channels(config, config["methods"][wildcards.method])


@of_wildcards
def weights_of_training(wildcards):
    """What says with which weights, and on which events, a method is trained."""
    method = config["methods"][wildcards.method]
    flat_in = {} if method.get("planing") else method.get("flat_in") or config["training"]["flat_in"]
    told = ("planing", "train_in", "train_on", "contamination")
    return {key: method[key] for key in told if key in method} | {"flat_in": flat_in}


@of_wildcards
def architecture_settings(wildcards):
    """The settings of the architecture of a method of networks; none of the perceptron, whose are in training."""
    method = config["methods"][wildcards.method]
    common = config["architectures"].get(method.get("architecture"))
    return {} if common is None else common | method.get("network", {})


IMAGES = [name for name, about in config["arrays"].items() if "image" in about]
ON_IMAGES = [  # methods whose networks see one of them
    name
    for name in NETWORKS
    if config["methods"][name].get("task", "classification") == "classification"
    and any(image in config["methods"][name].get("inputs", ()) for image in IMAGES)
]


def pictured(bkg):
    """The samples whose jets are shown: signals, those of a background hypothesis, and probes."""
    signals = [name for name, sample in config["samples"].items() if sample["role"] == "signal"]
    return [*signals, *config["backgrounds"][bkg], *probes.samples_of(config)]


@of_wildcards
def copies_of_protected(wildcards):
    """The copies of the events with the scales that a method protects; none of most methods."""
    names = methods.variations_of(config["methods"][wildcards.method], config)
    shifted = variations.copies({name: config["variations"][name] for name in names})
    return expand(f"{RESULTS}/variations/{wildcards.bkg}/{{shifted}}.parquet", shifted=shifted)


@of_wildcards
def methods_of_scores(wildcards):
    """What decides how new events are scored by a method and, of a transform, by its base; nothing of their training."""
    keys = ("objective", "transform", "of", "protected", "protect", "feature", "sign", "strengths", "contamination")
    return {
        name: {key: value for key, value in config["methods"][name].items() if key in keys}
        for name in (variations.base(wildcards.method, config["methods"]), wildcards.method)
    }


@of_wildcards
def models_if_network(wildcards):
    """The models that score new events: those of a method, or of the base of a transform; none of a feature."""
    method = variations.base(wildcards.method, config["methods"])
    pattern = f"{RESULTS}/training/{wildcards.bkg}/{method}/{{part}}.pt"
    return expand(pattern, part=parts(method)) if method in NETWORKS else []


@of_wildcards
def learnt_if_transform(wildcards):
    """The scores that a transform learnt from; of other methods their own."""
    return SCORES.format(bkg=wildcards.bkg, method=variations.base(wildcards.method, config["methods"]))


def networks_of(method):
    """Names of the exported networks of a method: a tag, and the channel of models of their own."""
    channels = granularity.trained_channels(config, config["methods"][method])
    own = [""] if channels == ["all"] else [f"_{channel}" for channel in channels]
    return [tag + channel for tag in TAGS[method] for channel in own]


@of_wildcards
def base_scores(wildcards):
    """The scores that a transform maps."""
    return SCORES.format(bkg=wildcards.bkg, method=config["methods"][wildcards.method]["of"])


def points():
    """(method, tag) of every point of the grid."""
    return [(method, tag) for method in METHODS for tag in TAGS[method]]


def sherpa_archive(sample):
    """Sherpa's integration for a sample whose process needs it, else nothing."""
    process = config["samples"][sample].get("simulate", {}).get("process")
    needed = process and PROCESSES[process].matrix_element
    return f"{RESULTS}/ntuples/{sample}/sherpa.tar" if needed else []


@of_wildcards
def own_sherpa_archive(wildcards):
    """The same for the sample that a job simulates."""
    return sherpa_archive(wildcards.sample)


@of_wildcards
def sample_index(wildcards):
    """Place of a sample in the study; seeds follow from it."""
    return SAMPLES.index(wildcards.sample)


def drawn(role):
    """Parameter function: by name, what describes the samples from which pseudo-data take their signal or background."""
    keys = ("cross_section_pb", "branching_ratio", "normalisation")

    @of_wildcards
    def settings(wildcards):
        name = config["samples"][wildcards.sample]["pseudodata"][role]
        names = [name] if role == "signal" else hypotheses.mixture_of(config, name)
        samples = {name: config["samples"][name] for name in names}
        return {
            name: {
                **{key: sample["simulate"][key] for key in ("process", "pile_up")},
                "archive": sherpa_archive(name) or None,
                "searched": sample["region"] == definitions.search_region(config),
            }
            | {key: sample[key] for key in keys if key in sample}
            for name, sample in samples.items()
        }

    return settings


@of_wildcards
def drawn_archives(wildcards):
    """The integrations of Sherpa that pseudo-data need."""
    samples = drawn("signal")(wildcards) | drawn("background")(wildcards)
    return [sample["archive"] for sample in samples.values() if sample["archive"]]


@of_wildcards
def normalised_samples(wildcards):
    """What fixes the normalisation of the samples of one table; other backgrounds do not touch it."""
    keys = ("role", "sum_weights", "cross_section_pb", "branching_ratio", "normalisation")
    return {
        name: {key: config["samples"][name][key] for key in keys if key in config["samples"][name]}
        for name in hypotheses.samples_of(config, wildcards.bkg)
    }


def of_each_point(pattern, backgrounds=BACKGROUNDS):
    """Files of all points of the grid."""
    return [path for method, tag in points() for path in expand(pattern, method=method, tag=tag, bkg=backgrounds)]


def fits_if_any(backgrounds=BACKGROUNDS):
    """The fits of all points, none in a study without them."""
    return of_each_point(FITS, backgrounds) if "fits" in STAGES else []


@of_wildcards
def histories_if_network(wildcards):
    """The histories of the training jobs of a method; none of one that trains no network."""
    pattern = f"{RESULTS}/training/{wildcards.bkg}/{wildcards.method}/{{part}}.json"
    return expand(pattern, part=parts(wildcards.method)) if wildcards.method in NETWORKS else []


@of_wildcards
def transform_of(wildcards):
    """The map that a method is, and what it learns from; None of one that is trained."""
    about = config["methods"][wildcards.method]
    return (about["transform"], about.get("protect", "background")) if "transform" in about else None


@of_wildcards
def models_of_exact(wildcards):
    """The models that are compared with exact classifiers: those of a method, or of the base of a transform."""
    method = config["methods"][wildcards.method].get("of", wildcards.method)
    return expand(f"{RESULTS}/training/{wildcards.bkg}/{method}/{{part}}.pt", part=parts(method))


@of_wildcards
def learnt_of_exact(wildcards):
    """Events and scores that a transform learnt from; nothing of a method that is trained."""
    of = config["methods"][wildcards.method].get("of")
    events = f"{RESULTS}/events/{wildcards.bkg}.parquet"
    return [events, SCORES.format(bkg=wildcards.bkg, method=of)] if of else []


def of_each_part(pattern):
    """Files of all training jobs."""
    return [
        path
        for method in NETWORKS
        for part in parts(method)
        for path in expand(pattern, method=method, part=part, bkg=BACKGROUNDS)
    ]


def leaves(tree):
    """All texts in nested mappings and lists."""
    if isinstance(tree, (dict, list)):
        return [leaf for part in (tree.values() if isinstance(tree, dict) else tree) for leaf in leaves(part)]
    return [tree] if tree else []


@of_wildcards
def applied_file(wildcards):
    """The new ntuple that one job scores, if it is a file; a remote one is opened by the job."""
    path = APPLIED[wildcards.ntuple]
    return [] if "://" in path else [path]


def applied_methods():
    """The methods of which all strengths are written, beside the score of the working point."""
    asked = config["apply"]["methods"]
    return METHODS if asked == ["all"] else asked


def as_sample(name):
    """How new ntuples are read: as those of a sample, or else as data of any region."""
    data = next((n for n in SAMPLES if config["samples"][n]["role"] == "data"), SAMPLES[0])
    used, about = definitions_and_format(name or data)
    sample = config["samples"][name] if name else {"role": "data", "measured": True, "region": definitions.ANY}
    measured = sample["role"] == "data" or sample["measured"]
    reading = {"role": sample["role"], "region": sample["region"], "blind": config["blind"] and measured}
    return reading | {"definitions": used, "format": about}


TOYS = all("simulate" in s and PROCESSES[s["simulate"]["process"]].toy for s in config["samples"].values())
STUDY = {  # what a figure says of the study
    "label": config["figure_label"],
    "luminosity_fb": None if TOYS else config["luminosity_fb"],
    **{key: config[key] for key in ("blind", "mass", "methods", "backgrounds")},
    "samples": {
        name: {key: sample[key] for key in ("role", "latex") if key in sample}
        for name, sample in config["samples"].items()
    },
}


def earlier_search(wildcards):
    """The result of the classifier search, from which the combined one starts if the study makes both."""
    follows = wildcards.search == "combined" and "classifier" in config["tuning"]["searches"]
    return [f"{RESULTS}/tuning/{wildcards.bkg}/classifier/result.json"] if follows else []
