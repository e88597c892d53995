"""Draw true and generated showers, and what physics and machine learning say of them."""

from unsculpt import files, logs
from unsculpt.plots import judged, output, showers


def main(snakemake):
    given, params = snakemake.input, snakemake.params
    label, names, provenance = params.label, dict(params.generators), files.provenance(params, ("matplotlib",))

    def read(paths, key):
        return [files.load_json(path)[key] for path in paths]

    physics, learning = read(given.physics, "physics"), read(given.learning, "learning")
    main_ones = [content for content in physics if content["generator"] == params.main]
    judged_main = next(content for content in learning if content["generator"] == params.main)
    generated = [content for content in learning if content["generator"] in names]
    figures = {
        "truth": lambda: showers.truth(read([given.truth], "truth")[0], label),
        "images": lambda: showers.images(main_ones[0], label, names[params.main]),
        "observables": lambda: showers.observables(main_ones, label, names[params.main]),
        "distances": lambda: showers.distances(physics, label, names),
        "response": lambda: showers.response(physics, label, names),
        "correlations": lambda: showers.correlations(main_ones[0], label, names[params.main]),
        "training": lambda: judged.training(read(given.histories, "training"), label, names),
        "classifiers": lambda: judged.classifiers(learning, label, names),
        "neighbours": lambda: judged.neighbours(judged_main, label),
        "memory": lambda: judged.memory(learning, label, names),
        "worth": lambda: judged.worth(generated, label, names, judged_main["learnt"]),
        "scan": lambda: judged.scan(read(given.scan, "scan"), read([given.times], "times")[0]["scan"], label),
    }
    with output.sheet(given.style):
        for name, paths in snakemake.output.items():
            output.save(figures[name](), paths, provenance)


if __name__ == "__main__":
    logs.run(main, snakemake)  # the name is put here by Snakemake
