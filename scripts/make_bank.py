"""Generate a part of the bank of a full simulator, and of its data."""

import numpy as np

from unsculpt import files, logs
from unsculpt.inference import bank, simulators


def main(snakemake):
    params, about = snakemake.params, snakemake.params.simulator
    data = {"truth": simulators.truth(about)[0], "events": about["events"], "sets": params.sets}
    part = int(snakemake.wildcards.part)
    made = bank.make(about["bank"], data, part=part, parts=about["bank"]["parts"], seed=params.seed)
    with files.written(snakemake.output.bank) as path, path.open("wb") as target:
        np.savez(target, **made)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
