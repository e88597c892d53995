"""Write the resolved configuration of this run, as YAML that runs again."""

import yaml

from unsculpt import files, logs


def main(snakemake):
    with files.written(snakemake.output.config) as part:
        part.write_text(
            yaml.safe_dump(snakemake.params.config, sort_keys=False, allow_unicode=True, width=120), encoding="utf-8"
        )


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
