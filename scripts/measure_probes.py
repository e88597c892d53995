"""Score samples that are no part of the study's signal and background, and tell each from background."""

import numpy as np
import torch

from unsculpt import applying, events, files, logs, scores, variations
from unsculpt.decorrelation import samples
from unsculpt.events import BACKGROUND
from unsculpt.metrics import to_json
from unsculpt.metrics.areas import area


def main(snakemake):
    torch.set_num_threads(snakemake.threads)
    given, params, name, mass = snakemake.input, snakemake.params, snakemake.wildcards.method, snakemake.params.mass
    table, known = events.load(given.events, columns=()), scores.load(given.scores)
    background = table.where(BACKGROUND) & (table.weight > 0)
    new = events.concatenate([events.load(path) for path in given.probes])
    settings = samples.MapSettings(mass["min_gev"], mass["max_gev"], mass["bin_width_gev"], params.signal_efficiency)
    study = variations.study_of(name, params.methods, given)
    points = []
    for tag, score in applying.Scorer(new, params.methods, study, settings, background=False)(name).items():
        found = {}
        for sample in params.samples:
            rows = (np.asarray(new.sample) == sample) & (new.weight > 0)
            weights = new.weight[rows], table.weight[background]
            value = area(score[rows], known[tag][background], weights=weights)
            found[sample] = {"auc": value, "events": int(rows.sum())}
        points.append({"method": name, "tag": tag, "samples": found})
    provenance = files.provenance(params, packages=("torch", "numpy"))
    names = {"background": snakemake.wildcards.bkg, "method": name}
    files.save_json(names | {"points": to_json(points), "provenance": provenance}, snakemake.output.probes)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
