"""Names of the samples, hypotheses and methods of a selection, files that several rules make or read, and wildcards."""

from unsculpt import definitions, formats, granularity, hypotheses, methods, naming, probes, ranges, sources, variations
from unsculpt.naming import method_kind, plain_method, strength_tag
from unsculpt.simulation.processes import PROCESSES

SCORES = f"{RESULTS}/scores/{{bkg}}/{{method}}.parquet"  # made by one of four rules
TREES_OF = f"{RESULTS}/combinations/{{combination}}.joblib"  # of combinations of objects
FITS = f"{RESULTS}/fits/{{bkg}}/{{method}}/{{tag}}.json"  # in studies with this stage
WORKING_POINT = f"{RESULTS}/metrics/{{bkg}}/working_point.json"  # made by one of two rules
STAGES = config["stages"]
RECONSTRUCTED = []  # tables and figures of combinations, in studies that have them: rules/combinations.smk
OPTIONAL = []  # rules of figures that a study has only if it asks for them, with their wildcards: rules/ranges.smk, ...
SUMMARISED = {}  # what `summarise` loads of what a study may leave out, by kind of file: the rules of these say it

SAMPLES = list(config["samples"])
BACKGROUNDS = list(config["backgrounds"])  # hypotheses, each a mixture of samples
GENERATED = [name for name in SAMPLES if "files" not in config["samples"][name]]
METHODS = list(config["methods"])
NETWORKS, TREES, TRANSFORMS, FEATURES = (
    [name for name, method in config["methods"].items() if method_kind(method) == kind]
    for kind in ("network", "trees", "transform", "feature")
)
REWEIGHTED = [
    name for name, method in config["methods"].items() if naming.reweighted(method, config["training"]["flat_in"])
]
ADVERSARIES = [  # of the mass, on the events as they are
    name
    for name in NETWORKS
    if config["methods"][name]["objective"] == "adversarial"
    and "mass" in methods.protected(config["methods"][name], config["training"])
    and not methods.variations_of(config["methods"][name], config)
]
PAIRED = [method for method in METHODS if naming.raw_of(method, config["methods"])]  # with what they were before
TAGS = {method: [strength_tag(s) for s in config["methods"][method]["strengths"]] for method in METHODS}


wildcard_constraints:
    sample="|".join(SAMPLES),
    bkg="|".join(BACKGROUNDS),
    method="|".join(METHODS),
    tag=r"[0-9.e+-]+",
    part=r"\d+",
