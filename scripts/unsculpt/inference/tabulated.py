"""The tables of a study that fits simulators."""

from unsculpt.tables import Table

NAMES = {
    "avo": "AVO",
    "rejection_plain": "ABC, rejection alone",
    "rejection": "ABC, rejection with regression",
    "smc": "ABC, sequential with regression",
    "ratio": "Classifier as likelihood ratio",
    "likelihood": "Exact likelihood",
}


def of_fits(groups):
    columns = ("Simulator", "γ", "Identified", "rms to maximum likelihood [errors]", "Largest pull to the truth")
    columns += ("Largest pull at the mean of q", "JSD/floor, largest", "Simulated events")
    rows = tuple(
        (
            one["simulator"],
            group["gamma"],
            ", ".join(one["interest"]),
            group["rms_to_best"],
            group["largest_pull"],
            group["largest_pull_at_mean"],
            max(group["jsd_over_floor"]),
            one["calls"],
        )
        for one, group in groups
    )
    caption = (
        "Estimates E_q of what is identified over the data sets, in exact errors of the maximum-likelihood estimate; "
        "the divergence of events under q and data, largest over data sets and columns. Simulated events are those of "
        "one fit, or of the bank."
    )
    return Table("fits", caption, columns, rows)


def of_misspecified(groups):
    columns = ("Simulator", "γ", "Variance/mean of data", "Variance/mean under q", "rms to the mean of data [errors]")
    rows = tuple(
        (
            one["simulator"],
            group["gamma"],
            one["dispersion"],
            1 + float(group["spread"][0]) ** 2 / one["mean"],
            group["rms_to_best"],
            min(group["jsd_over_floor"]),
        )
        for one, group in groups
    )
    caption = "Mixtures of Poisson counts under q beside data of another variance."
    return Table("misspecified", caption, (*columns, "JSD/floor, least"), rows)


def of_variance(variance):
    rows = tuple((row["iteration"], row["gain"]) for row in variance["gains"])
    caption = (
        "Variance of the gradient without over that with control variate, median over the data sets and the means and "
        "widths of q."
    )
    return Table("variance", caption, ("Step of the proposal", "Gain"), tuple((str(i), gain) for i, gain in rows))


def of_contenders(contenders):
    columns = ("Simulator", "Contender", "rms to maximum likelihood [errors]", "Largest", "Posterior width [errors]")
    rows = tuple(
        (
            one["simulator"],
            NAMES[row["contender"]],
            row["rms_to_best"],
            row["largest"],
            row["width_in_errors"],
            row["calls"],
        )
        for one in contenders
        for row in one["rows"]
    )
    caption = "Estimates of the contenders, over data sets and what is identified; AVO with the largest penalty."
    return Table("contenders", caption, (*columns, "Simulated events"), rows)


def of_dimensions(dimensions):
    names = [row["contender"] for row in dimensions[0]["rows"]] if dimensions else []
    rows = tuple(
        (str(one["dimension"]), *({r["contender"]: r["rms_to_best"] for r in one["rows"]}[name] for name in names))
        for one in dimensions
    )
    caption = (
        "Offset to the maximum-likelihood estimate in its errors, rms over data sets and means, by number of means."
    )
    return Table("dimensions", caption, ("Parameters", *(NAMES[name] for name in names)), rows)


def of_coverage(coverage):
    columns = ("Estimate", "Mean", "Width", "Within one error", "Within two", "rms to maximum likelihood [errors]")
    rows = tuple(
        (
            NAMES[row["contender"]],
            row["mean"],
            row["width"],
            row["within_one"],
            row["within_two"],
            row["rms_to_best"],
        )
        for row in coverage["rows"]
    )
    caption = (
        f"Pulls of {coverage['data_sets']} data sets of {coverage['simulator']}: estimate less truth, in the exact "
        "error of the maximum-likelihood estimate."
    )
    return Table("coverage", caption, columns, rows)
