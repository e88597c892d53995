"""Categories on samples that did not choose them: `python benchmarks/controls.py --run results/tthyy`.

Takes the categories of one background hypothesis of a finished run (method, boundaries, channels; `--background ntni`,
or another) to other samples of the run's own files, and shows the divergence of each category's mass spectrum from that
of its channel in the same sample, both scaled to the same area (the "scaled JSD factors" of the ttH study), with floor
and p-value: ttyy with the photons of the search, ttyy with photons that need neither be tight nor isolated, and the
NTNI events that were selected as the control sample. Each event is scored by the network that has not seen it.

The last line is one JSON object: by sample and category value, error, floor and p-value.
"""

import argparse
import json
import os
import sys
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy starts its threads
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

import numpy as np
import yaml

from unsculpt import applying, axes, definitions, files, formats, metrics, reading, tables
from unsculpt.applying.friends import category
from unsculpt.decorrelation.samples import MapSettings

CONTROLS = {  # by name sample and region
    "ttyy, search region": ("ttyy", "ti"),
    "ttyy, relaxed photons": ("ttyy", definitions.ANY),
    "ntni, control region": ("ntni", "ntni"),
}


def events_of(folder, config, sample, region, most=None):
    """The selected events of the ntuples of a sample of a run, of the first `most` of them if it is given."""
    about = config["formats"][formats.of_sample(config, config["samples"][sample])]
    used, needs = definitions.used(config, formats.fields(about))
    settings = {key: config[key] for key in ("features", "folds", "bad_events")}
    settings |= {"sample": sample, "role": "background", "axis": axes.mass(config["mass"]), "blind": False}
    settings |= {"region": region, "simulated": True, "padding": config["feature_padding"]}
    paths = sorted(map(str, (folder / "ntuples" / sample).glob("*.root")))[:most]
    step = config["granularity"]["step_size"]
    (table,), _ = reading.read(paths, formats.reduced(about, needs), used, step_size=step, **settings)
    return table


def scorer(folder, config, background, table):
    """What scores these events by the methods of a background hypothesis of a run."""
    networks = [
        name for name, method in config["methods"].items() if (folder / "training" / background / name).is_dir()
    ]
    given = {
        "events": folder / "events" / f"{background}.parquet",
        "models": {name: sorted((folder / "training" / background / name).glob("*.pt")) for name in networks},
        "scores": {name: folder / "scores" / background / f"{name}.parquet" for name in config["methods"]},
    }
    mass = config["mass"]
    settings = MapSettings(
        mass["min_gev"], mass["max_gev"], mass["bin_width_gev"], config["metrics"]["signal_efficiency"]
    )
    return applying.Scorer(table, config["methods"], given, settings, background=True)


def divergences(table, number, rows, config):
    """By name of the category its divergence from its channel, and how many events it has; ready for JSON."""
    found = {}
    for row in rows:
        own = table.channel == row["channel"]
        passed = number[own] == int(row["name"].rsplit(" ", 1)[1])
        result = metrics.scaled_divergences(
            table.mass[own],
            passed,
            weights=table.weight[own],
            axis=axes.mass(config["mass"]),
            base=config["metrics"]["jsd_base"],
            reference="inclusive",
            replicas=config["metrics"]["bootstrap_replicas"],
            rng=np.random.default_rng(config["seed"]),
            name=row["name"],
        )
        found[row["name"]] = metrics.to_json(result)["jsd"] | {"events": int(passed.sum())}
    return found


def _rounded(divergence):
    numbers = {key: float(f"{divergence[key]:.3g}") for key in ("value", "error", "floor", "p_value")}
    return numbers | {"events": divergence["events"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True, help="folder of a finished run, results/tthyy say")
    parser.add_argument("--background", default="ntni", help="hypothesis whose categories are taken")
    parser.add_argument("--quick", action="store_true", help="two ntuples of each sample")
    options = parser.parse_args()
    config = yaml.safe_load((options.run / "config.yaml").read_text(encoding="utf-8"))
    content = files.load_json(options.run / "categories" / f"{options.background}.json")
    point = files.load_json(options.run / "metrics" / options.background / "working_point.json")["working_point"]
    read, found = {}, {}
    for name, (sample, region) in CONTROLS.items():
        table = events_of(options.run, config, sample, region, 2 if options.quick else None)
        score = scorer(options.run, config, options.background, table)(point["method"])[point["tag"]]
        number = category(score, table, content["categories"])
        found[name], read[name] = divergences(table, number, content["categories"], config), len(table)
    print(f"categories of {point['method']} at strength {point['tag']} against {options.background}")
    print("events: " + ", ".join(f"{name} {number}" for name, number in read.items()) + "\n")
    heads = ("Category", *(head for name in CONTROLS for head in (f"JSD, {name}", "p-value", "Events")))
    cells = [
        (row["name"], *(cell for of in found.values() for cell in (of[row["name"]], of[row["name"]]["p_value"],
                                                                    of[row["name"]]["events"])))
        for row in content["categories"]
    ]  # fmt: skip
    print(tables.to_markdown(tables.Table("controls", "", heads, tuple(cells))))
    print(json.dumps({name: {row: _rounded(of[row]) for row in of} for name, of in found.items()}))


if __name__ == "__main__":
    main()
