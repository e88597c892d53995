"""What it costs to train a tagger, and how well it then does: `python benchmarks/taggers.py STUDY EVENTS [options]`.

STUDY is a file of config/studies, EVENTS the table of one of its background hypotheses, a file of
results/<study>/events. Each method that learns is trained with its settings of the study on all events outside the
first fold, or on some of each class (`--sizes`), by one thread, and judged on that fold, as the learning curves of a
study are (`unsculpt.learning`). The last line is one JSON object.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before numpy starts its threads: the times are those of one core
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import numpy as np  # noqa: E402
import torch  # noqa: E402

from unsculpt import config, events, learning, methods, metrics, planing  # noqa: E402

BACKGROUND = "taggers"  # for the seeds of the networks


def main(arguments):
    torch.set_num_threads(1)
    study = config.load(Path(arguments.study).resolve(), ROOT)
    features = events.load_metadata(arguments.events)["features"]
    found = {}
    for name in arguments.methods or methods.learning(study):
        learner = of_method(study, study["methods"][name])
        table = events.load(arguments.events, columns=[*features, *(learner.training["inputs"] or ())])
        for size in arguments.sizes:
            for seed in range(arguments.seeds):
                row = measure(learner, table, size or None, seed, study)
                print(sentence(name, seed, row), flush=True)
                found[f"{name}_{row['events']}_{seed}"] = row
    print(json.dumps(found))


def of_method(study, method):
    """A method of a study with all that trains it."""
    network = study["architectures"].get(method.get("architecture"))
    return learning.Learner(
        method=method,
        training=planing.of_method(study["training"], method),
        network={} if network is None else network | method.get("network", {}),
        background=BACKGROUND,
        **{key: study[key] for key in ("trees", "mass", "folds", "seed")},
    )


def measure(learner, table, number, seed, study):
    """Processor time of one training, and how well its first strength does."""
    start = time.process_time()
    learnt = learning.learn(learner, table, number, seed)
    seconds = time.process_time() - start
    settings = metrics.Settings.from_config(study["mass"], study["metrics"])
    judge = table[learning.judges(table)]
    own = learning.judged(next(iter(learnt.scores.values())), judge, settings, np.random.default_rng(5))
    about = {"events": min(learnt.events.values()), "parameters": learnt.parameters, "seconds": round(seconds, 1)}
    return about | metrics.to_json(own)


def sentence(name, seed, row):
    rejections = [f"1/eB({each['signal_efficiency']:g}) {said(each, '.0f')}" for each in row["rejections"]]
    return (
        f"{name:8s} seed {seed}, {row['events']} events a class: AUC {said(row['auc'], '.4f')}, accuracy "
        f"{said(row['accuracy'], '.4f')}, {', '.join(rejections)}, {row['parameters']} parameters, "
        f"{row['seconds']:.0f} s"
    )


def said(number, form):
    return " +- ".join("-" if number[key] is None else format(number[key], form) for key in ("value", "error"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study")
    parser.add_argument("events")
    parser.add_argument("--methods", nargs="*")
    parser.add_argument("--sizes", nargs="*", type=int, default=[0])
    parser.add_argument("--seeds", type=int, default=1)
    main(parser.parse_args())
