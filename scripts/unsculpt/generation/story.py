"""The story of a study of generators: its numbers, its headline, its page."""

import statistics

from unsculpt import wording
from unsculpt.tables import Table
from unsculpt.wings import Section

KEPT = {  # of the files of a training, what the summary has
    "physics": ("distances", "overall", "worst_response"),
    "learning": ("trees", "network", "memory", "within", "worth", "learnt"),
    "training": ("kind", "steps", "parameters"),
}


def content(measured):
    """The numbers of the study.

    Parameters
    ----------
    measured : list of dict
        Content of the files of all jobs, each with one of the keys truth, training, physics, learning, scan, times.

    Returns
    -------
    dict
        truth, tests of true showers; generators, one entry a training; reference, true showers in place of generated
        ones; scan; times, of each generator and on finer cells.
    """
    trainings, found = {}, {"truth": None, "scan": [], "times": {"generators": [], "scan": []}}
    for file in measured:
        kind = next(key for key in ("truth", "training", "physics", "learning", "scan", "times") if key in file)
        part = file[kind]
        if kind in KEPT:
            own = trainings.setdefault((part["generator"], part["replica"]), {})
            own |= {key: part[key] for key in ("generator", "replica", "label", "main") if key in part}
            own |= {key: part[key] for key in KEPT[kind]}
            if kind == "learning":
                own["memory"] = {key: value for key, value in own["memory"].items() if key != "distances"}
            if kind == "physics":
                own["correlations"] = {key: part["correlations"][key] for key in ("rms", "largest")}
        elif kind == "truth":
            found["truth"] = {key: value for key, value in part.items() if key != "images"}
        elif kind == "scan":
            found["scan"].append(part)
        else:
            found["times"] = part
    found["reference"] = trainings.pop(("truth", 0), None)
    found["generators"] = list(trainings.values())
    found["scan"].sort(key=lambda row: row["cells"])
    return found


def headline(content):
    """The most important numbers in sentences."""
    main = _of_main(content)
    label, reference = main[0]["label"], content["reference"]
    lines = [
        f"{label}, {_counted(len(main), 'training')}: median distance of {len(main[0]['distances'])} observables "
        f"{_range([t['overall']['median'] for t in main])} of their spread (truth from truth "
        f"{wording.number(main[0]['overall']['floor'], 2)}), the worst {_range([t['overall']['worst'] for t in main])}",
        f"response within {_range([100 * t['worst_response']['value'] for t in main])} % in the worst bin of energy",
        f"two-sample classifiers: trees on observables {_range([t['trees']['value'] for t in main])}, network on cells "
        f"{_range([t['network']['value'] for t in main])} (truth beside truth "
        f"{wording.number(reference['trees']['value'])} and {wording.number(reference['network']['value'])})",
        f"memory: {_range([t['memory']['value'] for t in main])} of generated showers are nearer to those learnt than "
        "to as many others (0.5 if nothing is memorised)",
        f"ever more generated showers are worth {_range([_median_worth(t) for t in main])} true ones in the median "
        f"observable; {wording.number(main[0]['learnt'])} were learnt from",
    ]
    times = {row["generator"]: row for row in content["times"]["generators"]}
    own = times[main[0]["generator"]]
    lines.append(
        f"{wording.number(1e6 * own['generated'])} µs a generated and {wording.number(1e6 * own['truth'])} µs a "
        f"simulated shower on one thread, after {wording.number(own['step'] * own['steps'] / 60, 2)} minutes of "
        "training; Geant4 is not here, and nothing is claimed against it"
    )
    if len({t["generator"] for t in content["generators"]}) > 1:
        wins = _wins(content)
        lines.append("nearest to truth: " + ", ".join(f"{name} in {n} observables" for name, n in wins.items()))
    return lines


def sections(content):
    """The parts of the page."""
    main = _of_main(content)
    return [
        Section(
            "The truth",
            (_of_truth(content["truth"]),),
            (truth(content["truth"]),),
            ("showers_truth",),
        ),
        Section(
            "How physics is kept",
            (
                "The generator makes the response, shares of the layers and shares of the cells in their layer. Shares "
                "sum to one, so the energy is the response times that of the particle, exactly; no cell is negative. "
                "Cells are rectified: many are exactly zero, and the smallest are not rare, as in truth. Layers differ "
                "in the number and form of their cells, and each is a set of its own that is normalised by itself.",
                "What is left of sparsity is mended by the read-out: a threshold for each layer, particle and bin of "
                "the energy, with which as many cells are hit as in truth; what is taken goes to the cells left.",
            ),
            (),
            ("showers_images",),
        ),
        Section(
            "Judged by physics",
            (
                "Distances are those of Wasserstein, in units of the spread of the observable in truth. Grey is what "
                "true showers differ from true ones by chance.",
            ),
            (observables(content),),
            ("showers_distances", "showers_observables", "showers_response", "showers_correlations"),
        ),
        Section(
            "Judged by machine learning",
            (
                "A classifier that tells generated from true showers has an area under its curve above one half; that "
                "of true showers beside true ones is what chance does.",
            ),
            (generators(content),),
            ("showers_classifiers", "showers_memory", "showers_neighbours", "showers_training"),
        ),
        Section(
            "What generated showers are worth",
            (
                "In a histogram with bins of equal content, n true showers differ from the law by chance; a generator "
                "differs by its bias, too, however many showers it makes. The bias is that of so many true showers "
                "(arXiv:2008.06545). A triangle is a lower limit: no bias is seen. A generator that is worth "
                f"fewer than it learnt from does not replace true showers; {main[0]['label']} is judged by the median.",
            ),
            (),
            ("showers_worth",),
        ),
        *_of_scan(content),
    ]


def truth(content):
    """Table of the tests of true showers."""
    rows = [
        (
            f"{row['particle']}, {row['low']:g} to {row['high']:g}",
            row["showers"],
            row["closure"],
            row["in_cells"],
            row["resolution"],
            *(row["shares"] or [None] * 3),
        )
        for row in content["bins"]
    ]
    layers = len(content["bins"][-1]["shares"] or [0] * 3)
    columns = ("Particle, energy [GeV]", "Showers", "Closure", "In cells", "σ/E √E [√GeV]")
    columns += tuple(f"Layer {k}" for k in range(layers))
    caption = (
        "True showers: energy in cells and overflow, and in cells alone, over that of the particle; resolution; shares."
    )
    return Table("showers_truth", caption, columns, tuple(rows))


def observables(content):
    """Table of distances: the mean over the trainings of each generator, and which one is nearest."""
    names = _labels(content)
    first = content["generators"][0]["distances"]
    rows = []
    for place, row in enumerate(first):
        known = {name: _over_seeds([t["distances"][place] for t in _of(content, name)]) for name in names}
        best = min((n for n in names if known[n]), key=lambda n: known[n]["value"], default=None)
        rows.append((row["name"], *known.values(), row["floor"], names.get(best)))
    columns = ("Observable", *names.values(), "Truth from truth", "Nearest")
    caption = (
        "Wasserstein-1 distances over the spread of the observable in truth, means over trainings. Errors are the "
        "spread of trainings, or of the bootstrap for one."
    )
    return Table("showers_observables", caption, columns, tuple(rows))


def generators(content):
    """Table of all trainings, truth beside truth first."""
    times = {row["generator"]: row for row in content["times"]["generators"]}
    reference, rows, chosen = content["reference"], [], []
    if reference:
        own = (reference[key] for key in ("trees", "network", "memory"))
        rows.append(("Truth", None, None, None, None, *(_plain(cell) for cell in own), None, None, None))
    for t in content["generators"]:
        chosen += [len(rows)] if t["main"] else []
        clock, response = times[t["generator"]], t["worst_response"]
        rows.append(
            (
                f"{t['label']}, seed {t['replica'] + 1}",
                t["overall"]["median"],
                f"{wording.number(t['overall']['worst'], 2)} ({t['overall']['name']})",
                {"value": 100 * response["value"], "error": 100 * response["error"]},
                t["correlations"]["rms"],
                *(_plain(t[key]) for key in ("trees", "network", "memory")),
                _median_worth(t),
                1e6 * clock["generated"],
                clock["step"] * clock["steps"] / 60,
            )
        )
    columns = ("Training", "Median W1/spread", "Worst", "Response off by [%]", "Correlations, rms")
    columns += ("AUC of trees", "AUC of network", "Nearer to learnt", "Worth", "µs a shower", "CPU minutes")
    caption = (
        "Each training of each generator: distances, the largest difference of mean responses, differences of "
        "correlations; two-sample classifiers; share nearer to showers learnt than to others; true showers that any "
        "number of generated ones is worth; processor time of a shower and of the training."
    )
    return Table("showers_generators", caption, columns, tuple(rows), tuple(chosen))


def _of_scan(content):
    if not content["scan"]:
        return []
    clocks = {row["refinement"]: row for row in content["times"]["scan"]}
    rows = [
        (
            str(row["cells"]),
            row["parameters"],
            row["overall"]["median"],
            row["overall"]["floor"],
            row["overall"]["worst"],
            100 * row["response"]["value"],
            *row["sparsity"],
            *(1e6 * clocks[row["refinement"]][key] for key in ("truth", "generated")),
            1e3 * clocks[row["refinement"]]["step"],
        )
        for row in content["scan"]
    ]
    columns = ("Cells", "Parameters", "Median W1/spread", "Truth from truth", "Worst", "Response off by [%]")
    columns += ("Hit in truth", "Hit", "µs a true shower", "µs a generated one", "ms a step")
    steps = content["scan"][0]["steps"]
    caption = f"The same network on finer cells, after {steps} steps of training: quality and processor time."
    table = Table("showers_scan", caption, columns, tuple(rows))
    text = "Each cell is cut into smaller ones along both axes; nothing else is changed, the steps are few."
    return [Section("To full resolution", (text,), (table,), ("showers_scan",))]


def _of_truth(content):
    found = content["maxima"]
    if not content["simulated"]:
        return "True showers are those of the files that the study names."
    return (
        "True showers are simulated: mean shapes of GFlash, fluctuating cell by cell. The mean profile has its maximum "
        f"at {found['slope']:.3f} ln(E/E_c) {found['constant']:+.2f} radiation lengths behind the first interaction "
        f"(X0 {content['medium']['x0']:.1f} mm, E_c {content['medium']['critical']:.2f} MeV, Moliere radius "
        f"{content['medium']['moliere']:.1f} mm)."
    )


def _of_main(content):
    return [t for t in content["generators"] if t["main"]]


def _of(content, name):
    return [t for t in content["generators"] if t["generator"] == name]


def _labels(content):
    return {t["generator"]: t["label"] for t in content["generators"]}


def _over_seeds(rows):
    """Mean and spread over trainings of a distance; that of the bootstrap for one; None where there is none."""
    if rows[0]["value"] is None:
        return None
    if len(rows) == 1:
        return {"value": rows[0]["value"], "error": rows[0]["error"]}
    values = [row["value"] for row in rows]
    return {"value": statistics.mean(values), "error": statistics.stdev(values)}


def _wins(content):
    """By label of each generator the number of observables in which it is nearest to truth, the most first."""
    nearest = [row[-1] for row in observables(content).rows]
    return dict(sorted(((name, nearest.count(name)) for name in _labels(content).values()), key=lambda pair: -pair[1]))


def _median_worth(training):
    """Median over observables of what ever more showers are worth; where no bias is seen, the limit."""
    known = (row["limit"] or row["sensitivity"] for row in training["worth"])
    return statistics.median(value for value in known if value)


def _plain(measured):
    return {"value": measured["value"], "error": measured["error"]}


def _range(values):
    """One number, or the least and the largest.

    Examples
    --------
    >>> _range([0.05, 0.0612]), _range([0.5])
    ('0.05 to 0.061', '0.5')
    """
    words = [wording.number(value, 2 if abs(value) < 0.1 else 3) for value in (min(values), max(values))]
    return " to ".join(dict.fromkeys(words))


def _counted(number, word):
    return f"{number} {word}{'s' if number > 1 else ''}"
