"""Gather the numbers of a study of a wing into summary.json, its headline and its tables."""

import logging
from pathlib import Path

import yaml

from unsculpt import files, logs, stories
from unsculpt.tables import to_csv, to_latex

PACKAGES = ("snakemake", "numpy", "scipy", "scikit-learn", "torch")


def main(snakemake):
    given, params, output = snakemake.input, snakemake.params, snakemake.output
    config = yaml.safe_load(Path(given.config).read_text(encoding="utf-8"))
    measured = [files.load_json(path) for path in given.measured]
    result = stories.assemble(params.wing, config, measured)
    files.save_json(result | {"provenance": files.provenance(params, PACKAGES)}, output.summary)
    story, content = stories.of(params.wing), result[params.wing]
    headline = [f"{result['title']} ({result['study']})", *(f"  {line}" for line in story.headline(content))]
    headline += [f"  warning: {sentence}" for sentence in result["warnings"]]
    files.save_text("\n".join(headline) + "\n", output.headline)
    for name, table in stories.tables(story.sections(content)).items():
        files.save_text(to_csv(table), f"{output.tables}/{name}.csv")
        files.save_text(to_latex(table), f"{output.tables}/{name}.tex")
    logging.info("%s", "\n".join(headline))


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
