"""What each rule is given by a configuration: prints it for every configuration of the JSON list on standard input.

A list of mappings, for each rule the digest of the params and input files of its jobs. Run by test_reruns.py, as a
program of its own, since Snakemake changes the process that it plans in.
"""

import ast
import inspect
import itertools
import json
import sys
from pathlib import Path

from snakemake.api import SnakemakeApi
from snakemake.io import apply_wildcards
from snakemake.iocontainers import Wildcards
from snakemake.settings.types import ConfigSettings, OutputSettings, Quietness, ResourceSettings

from unsculpt import config as study_config
from unsculpt import files, variations
from unsculpt.naming import file_stem, strength_tag

ROOT = Path(__file__).parents[2]


def given(config):
    """By rule the digest of what its jobs get."""
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(config=config),
            snakefile=ROOT / "Snakefile",
        )._workflow
        return {
            rule.name: files.digest([called(rule, values) for values in jobs(rule, config)]) for rule in workflow.rules
        }


def jobs(rule, config):
    """The wildcards of some job of a rule for each sample, method, ... that it can be about."""
    samples, methods = config["samples"], config["methods"]
    known = {
        "sample": samples,
        "bkg": config["backgrounds"],
        "method": methods,
        "tag": sorted({strength_tag(s) for method in methods.values() for s in method["strengths"]}),
        "network": ["0"],
        "part": ["0"],
        "ranges": config["ranges"],
        "probe": config["probes"],
        "combination": config["combinations"],
        "shifted": list(variations.copies(config["variations"])),
        "search": config["tuning"]["searches"],
        "worker": ["0"],
        "ntuple": [file_stem(path) for path in config["apply"]["files"]],
    }
    names = sorted(rule.wildcard_names)
    for values in itertools.product(*(known[name] for name in names)):
        wildcards = dict(zip(names, values, strict=True))
        if not names or rule.is_producer(apply_wildcards(rule.output[0], wildcards)):
            yield wildcards


def called(rule, wildcards):
    """Params and input files of a job; those of the repository itself are the same for all."""
    wildcards = Wildcards(fromdict=wildcards)

    def value(item):
        one = callable(item) and len(inspect.signature(item).parameters) == 1
        return item(wildcards) if one else None if callable(item) else item

    params = {name: value(item) for name, item in rule.params.items()}
    return [dict(wildcards), params, [value(item) if callable(item) else str(item) for item in rule.input]]


if __name__ == "__main__":
    # The digests of the code take most of the time, and do not depend on the study; its expressions are parsed.
    parse, nothing = ast.parse, ast.Module(body=[], type_ignores=[])
    ast.parse = lambda text, mode="exec": parse(text, mode=mode) if mode == "eval" else nothing
    study_config.resolve_in_place = lambda *_, **__: None  # the configurations are resolved, and then changed
    json.dump([given(config) for config in json.load(sys.stdin)], sys.stdout)
