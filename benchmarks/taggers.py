"""Taggers against the number of events that they learn from: `python benchmarks/taggers.py STUDY EVENTS [options]`.

STUDY is a file of config/studies, EVENTS the table of one of its background hypotheses, a file of
results/<study>/events.
Each method that learns is trained on some events of each class outside the first fold, with its settings of the study,
and judged on that fold: area under the ROC curve, accuracy, background rejection at signal efficiencies of 30 and 50 %,
with the errors of the events that judge, numbers that it learns, and processor time. With fewer events there are more
epochs, at most four times as many. The last line is one JSON object; `--figure` draws the areas against the events.
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
from scipy.special import expit  # noqa: E402

from unsculpt import config, events, examples, models, planing, training  # noqa: E402
from unsculpt.decorrelation import trees  # noqa: E402
from unsculpt.metrics import accuracy, auc, roc  # noqa: E402
from unsculpt.naming import method_kind, method_label  # noqa: E402

FOLD, REPLICAS, MOST_EPOCHS = 0, 50, 4
EFFICIENCIES = (0.3, 0.5)


def main(arguments):
    torch.set_num_threads(1)
    study = config.load(Path(arguments.study).resolve(), ROOT)
    metadata = events.load_metadata(arguments.events)
    names = arguments.methods or [n for n, m in study["methods"].items() if "objective" in m]
    found = []
    for name in names:
        method = study["methods"][name]
        own = planing.of_method(study["training"], method)
        table = events.load(arguments.events, columns=[*metadata["features"], *(own["inputs"] or ())])
        for size in arguments.sizes:
            for seed in range(arguments.seeds):
                row = measure(name, method, own, study, table, size, seed)
                found.append(row)
                print(sentence(row), flush=True)
    if arguments.figure:
        draw(found, study, arguments.figure)
    print(json.dumps({f"{r['method']}_{r['events']}_{r['seed']}": r for r in found}))


def measure(name, method, own, study, table, size, seed):
    """Train a method on so many events of each class (0: all), and judge it on the fold that it did not see."""
    rows, number = chosen(table, size, seed)
    learnt_from = examples.training_events(table[rows], method, study["mass"], "all")
    start, limits = time.process_time(), (study["mass"]["min_gev"], study["mass"]["max_gev"])
    here = np.flatnonzero(table.fold == FOLD)
    data = examples.from_events(learnt_from, mass_range=limits, folds=study["folds"], training=own)
    if method_kind(method) == "trees":
        settings = trees.TreeSettings(**study["trees"])
        drawn = trees.drawn(data, FOLD, settings.max_events, np.random.default_rng([study["seed"], seed]))
        *_, last = trees.ALGORITHMS[method["objective"]](drawn, 0.0, settings, study["seed"] + seed)(
            table.matrix(data.names)[here]
        )
        scores, parameters = expit(2 * last), None
    else:
        of = study["architectures"].get(method.get("architecture"))
        network = {} if of is None else of | method.get("network", {})
        full = chosen(table, 0, 0)[1]
        own = own | {"epochs": round(own["epochs"] * min(MOST_EPOCHS, full / number))}
        settings = training.Settings.of_method(method, own, network)
        grid = {"folds": study["folds"], "seed": study["seed"], "background": "taggers", "seeds": seed + 1}
        (member,) = [m for m in training.members([0], **grid) if (m.fold, m.replica) == (FOLD, seed)]
        content = models.content(training.train(settings, data, [member]), odds=1.0)
        inputs, _ = table[here].inputs(data.names)
        scores = models.predict(content, inputs)[0]
        parameters = sum(row["parameters"] for row in content["summary"] if row["network"] == "classifier")
    seconds = time.process_time() - start
    about = {
        "method": name,
        "events": int(number),
        "seed": seed,
        "parameters": parameters,
        "seconds": round(seconds, 1),
    }
    return about | judged(scores, table.label[here], table.weight[here])


def chosen(table, size, seed):
    """Places of all events of the fold, and of so many of each class outside it; and how many these are."""
    rng, kept, number = np.random.default_rng([size, seed]), [np.flatnonzero(table.fold == FOLD)], []
    for label in (events.SIGNAL, events.BACKGROUND):
        rows = np.flatnonzero(table.where(label) & (table.fold != FOLD))
        rows = rows if size == 0 else rng.permutation(rows)[:size]
        kept.append(rows)
        number.append(len(rows))
    return np.sort(np.concatenate(kept)), min(number)


def judged(scores, label, weight):
    """Separation with the errors of the events that judge."""
    rng, masks = np.random.default_rng(5), (label == 1, label == 0)
    parts, weights = [scores[mask].astype(float) for mask in masks], [weight[mask] for mask in masks]

    def numbers(weights):
        efficiencies = roc(*parts, EFFICIENCIES, weights=weights)
        return [
            auc(*parts, weights=weights),
            accuracy(*parts, weights=weights)[0],
            *(1 / np.maximum(efficiencies, 1e-9)),
        ]

    value = numbers(weights)
    spread = np.std([numbers([w * rng.poisson(1, len(w)) for w in weights]) for _ in range(REPLICAS)], axis=0)
    keys = ("auc", "accuracy", *(f"rejection_{efficiency:g}" for efficiency in EFFICIENCIES))
    return {key: [float(f"{x:.5g}"), float(f"{e:.2g}")] for key, x, e in zip(keys, value, spread, strict=True)}


def sentence(row):
    area, right, r30, r50 = (row[key] for key in ("auc", "accuracy", "rejection_0.3", "rejection_0.5"))
    return (
        f"{row['method']:8s} seed {row['seed']}, {row['events']} events a class: AUC {area[0]:.4f} +- {area[1]:.4f}, "
        f"accuracy {right[0]:.4f} +- {right[1]:.4f}, 1/eB(0.3) {r30[0]:.0f} +- {r30[1]:.0f}, "
        f"1/eB(0.5) {r50[0]:.0f} +- {r50[1]:.0f}, "
        f"{row['parameters']} parameters, {row['seconds']:.0f} s"
    )


def draw(found, study, path):
    """Areas against the events of each class, the mean over seeds; bars are the errors of the events that judge."""
    from matplotlib.figure import Figure

    from unsculpt.plots import output, style

    with output.sheet(ROOT / "styles/unsculpt.mplstyle"):
        figure = Figure(figsize=(6.4, 4.8), layout="constrained")
        axes = figure.subplots()
        keys = ("luminosity_fb", "blind", "mass", "methods", "samples", "backgrounds")
        colours = style.Study("", study["figure_label"], **{key: study[key] for key in keys})
        for name in dict.fromkeys(row["method"] for row in found):
            sizes = sorted({row["events"] for row in found if row["method"] == name})
            rows = [[r for r in found if (r["method"], r["events"]) == (name, size)] for size in sizes]
            area = [np.mean([row["auc"][0] for row in same]) for same in rows]
            error = [same[0]["auc"][1] for same in rows]
            label = method_label(name, study["methods"][name])
            axes.errorbar(sizes, area, error, color=colours.colour(name), marker=colours.marker(name), label=label)
        axes.set(xscale="log", xlabel="jets of each class to learn from", ylabel="AUC")
        axes.legend(fontsize=8)
        figure.savefig(path, metadata={"Software": None})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study")
    parser.add_argument("events")
    parser.add_argument("--methods", nargs="*")
    parser.add_argument("--sizes", nargs="*", type=int, default=[0])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--figure")
    main(parser.parse_args())
