"""Tables of what scores know of protected variables, and of networks beside exact classifiers."""

from unsculpt.tables.cells import Table, point_label

_FINE = ("cross_entropy", "recalibrated", "vertical")  # whose thousandths matter
_OF_JUDGED = {"posterior": "Exact, z unknown", "pivotal": "Exact, output independent of z"}


def independence(names, points, chosen):
    """Cross-entropy, distances and information of each point and protected variable."""
    rows, marked = [], []
    for i, point in enumerate(points):
        for row in point.get("independence") or []:
            marked += [len(rows)] if i in chosen else []
            ks, jsd = row["ks"], row["jsd"]
            information, known = row["information"], row["adversary"]
            over = (ks["over_floor"], jsd["over_floor"])
            rows.append((names[i], row["name"], row["cross_entropy"], ks, jsd, *over, information, known))
    columns = ("Point", "Variable", "Cross-entropy [nat]", "KS", "JSD [bit]", "KS/floor", "JSD/floor")
    caption = (
        "What the scores know of the protected variables, whatever the cut: of the two slices whose distributions "
        "differ most, the distance of Kolmogorov and Smirnov and the JSD; the mutual information, and what the "
        "adversary found of it. The cross-entropy is that of the best function of the score."
    )
    columns += ("Information [nat]", "Seen by the adversary [nat]")
    return Table("independence", caption, columns, tuple(rows), tuple(marked))


def exact(content, methods):
    """Medians over the trainings of each point, with the exact classifiers on the same events first."""
    rows = [
        (
            _OF_JUDGED[name],
            None,
            *(_digits(row[key]["value"]) for key in ("cross_entropy", "recalibrated")),
            *(row[key]["over_floor"] for key in ("ks", "jsd")),
            row["information"]["value"],
            _digits(row["vertical"]),
        )
        for name, row in content["judged"].items()
    ]
    keys = ("cross_entropy", "recalibrated", "ks_over_floor", "jsd_over_floor", "information", "vertical")
    for point in content["points"]:
        values = [point["median"][key] and point["median"][key]["value"] for key in keys]
        values = [_digits(value) if key in _FINE else value for key, value in zip(keys, values, strict=True)]
        rows.append((point_label(point, methods), len(point["trainings"]), *values))
    columns = ("Classifier", "Trainings", "Cross-entropy [nat]", "Recalibrated [nat]", "KS/floor", "JSD/floor")
    columns += ("Information [nat]", "Vertical")
    limits = content["anchors"]
    caption = (
        "Medians over trainings, on new events. Vertical is the share of the variance of the decision surface that the "
        f"first coordinate explains. For ever more events the cross-entropies of the exact classifiers are "
        f"{limits['bayes']:.5f} and {limits['pivotal']:.5f}, that of the first coordinate alone is "
        f"{limits['first_only']:.5f}, and the entropy of z is {limits['entropy']:.5f}."
    )
    return Table("exact", caption, columns, tuple(rows))


def _digits(value):
    """A number with four decimals, or None."""
    return None if value is None else f"{value:.4f}"
