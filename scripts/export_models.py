"""Write the classifiers of one strength, all folds in one file, as ONNX."""

import logging
from pathlib import Path

import torch
import yaml

from unsculpt import export, files, logs, models


def main(snakemake):
    torch.set_num_threads(snakemake.threads)
    given, params = snakemake.wildcards, snakemake.params
    contents = [models.load(path) for path in snakemake.input.models]
    tag, _, channel = given.network.partition("_")
    networks = export.classifiers(contents, tag, channel or "all")
    about = {"study": params.study, "method": given.method, "tag": tag}
    about |= {"channel": channel or "all", "background": given.bkg}
    metadata = {
        **about,
        "features": export.describe(contents[0]["features"], params.quantities),
        **{key: contents[0][key] for key in ("shape",) if key in contents[0]},  # of an array
        "feature_padding": params.feature_padding,
        "folds": len(networks),
        "settings": contents[0]["settings"],
        "trained_by": contents[0]["provenance"],
        "exported_by": files.provenance(params, packages=("torch", "onnx", "onnxruntime")),
    }
    config = yaml.safe_load(Path(snakemake.input.config).read_text(encoding="utf-8"))
    told = export.description(config, contents[0]["features"], networks, about)
    files.save_json(told | {"provenance": metadata["exported_by"]}, snakemake.output.description)
    largest = export.save(export.build(networks, metadata), networks, snakemake.output.onnx)
    logging.info("the scores of onnxruntime and torch differ by %.1g at most", largest)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
