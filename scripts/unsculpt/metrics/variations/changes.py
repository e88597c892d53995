"""What becomes of the events of a class under another scale: relative changes with errors of pairs."""

from dataclasses import asdict

import numpy as np

from unsculpt.metrics.shannon import jensen_shannon
from unsculpt.weighted import Measured


def jackknife(number, *sums):
    """A number of totals with the error of what is left of it without each cluster.

    Parameters
    ----------
    number : callable
        From totals, of shape (...) or (..., bins), to values of shape (...).
    sums : float arrays, shape (G,) or (G, bins)
        By cluster, paired: those of an event and of its copies are in the same.

    Returns
    -------
    Measured
        None and None where it does not exist, as a ratio to nothing.
    """
    totals, groups = [part.sum(0) for part in sums], len(sums[0])
    with np.errstate(all="ignore"):
        value = float(number(*totals))
        left = number(*(total - part for total, part in zip(totals, sums, strict=True)))
        error = float(np.sqrt((groups - 1) / groups * np.sum((left - left.mean()) ** 2)))
    return Measured(value, error) if np.isfinite([value, error]).all() else Measured(None, None)


def compare(nominal, copy, replicas, rng, *, base):
    """What becomes of the events of one class under another scale.

    Parameters
    ----------
    nominal, copy : Sums
    replicas : int
        Of the floor of the JSD.
    rng : numpy.random.Generator
    base : float
        Of the logarithm of the JSD.

    Returns
    -------
    dict
        Relative changes, `value` and `error`: selected (before the cut), passing (the yield after it), window (of that
        in the window), efficiency (of the cut alone), mass (of the mean mass before the cut); channels: selected and
        passing of each; jsd: of the distributions of the score.
    """
    return {
        "selected": _change(nominal.selected, copy.selected),
        "passing": _change(nominal.passing, copy.passing),
        "window": None if nominal.window is None else _change(nominal.window, copy.window),
        "efficiency": _change_of_ratio(nominal.passing, nominal.selected, copy.passing, copy.selected),
        "mass": _change_of_ratio(nominal.mass, nominal.selected, copy.mass, copy.selected),
        "channels": {
            name: dict(zip(("selected", "passing"), map(_change, nominal.channels[name], own), strict=True))
            for name, own in copy.channels.items()
        },
        "jsd": divergence(nominal.scores, copy.scores, replicas, rng, base=base),
    }


def sizes(nominal, up, down):
    """The root mean square of both relative changes of one class: what one standard deviation of the scale does.

    Both directions may change a yield in the same sense, such as that of a window around a peak, so that half of their
    difference would miss it. A square is never negative: what is smaller than its error is noise.

    Returns
    -------
    dict
        passing, window (None without one) and efficiency, each `value` and `error`.
    """

    def together(a, b):
        return np.sqrt((a**2 + b**2) / 2)

    def yields(n, u, d):
        return together(u / n - 1, d / n - 1)

    def ratios(n, all_n, u, all_u, d, all_d):
        before = n / all_n
        return together(u / all_u / before - 1, d / all_d / before - 1)

    both = [part for of in (nominal, up, down) for part in (of.passing, of.selected)]
    window = None
    if nominal.window is not None:
        window = asdict(jackknife(yields, nominal.window, up.window, down.window))
    return {
        "passing": asdict(jackknife(yields, nominal.passing, up.passing, down.passing)),
        "window": window,
        "efficiency": asdict(jackknife(ratios, *both)),
    }


def divergence(nominal, copy, replicas, rng, *, base):
    """JSD of the distributions of a score, (G, bins) by cluster, and the floor that pairs of this size have.

    Of each cluster the difference between copies and events, less the mean of all clusters, is added or subtracted at
    random: what would be seen if the scale moved events and not the distribution. The floor is the mean of the JSD over
    such replicas; the p-value the share of them that reach the value. The same events twice have floor and JSD of zero.

    Returns
    -------
    dict
        value, error (jackknife), floor, p_value.
    """
    found = jackknife(lambda n, c: jensen_shannon(n, c, base=base), nominal, copy)
    difference, groups = copy - nominal, len(nominal)
    centred = (difference - difference.mean(0)) * np.sqrt(groups / (groups - 1))
    moved = rng.choice([-0.5, 0.5], size=(replicas, groups)) @ centred
    middle = (nominal.sum(0) + copy.sum(0)) / 2
    drawn = jensen_shannon(middle - moved, middle + moved, base=base)
    floor, value = (None, None) if found.value is None else (float(drawn.mean()), found.value)
    p_value = None if value is None else float((1 + np.sum(drawn >= value)) / (1 + replicas))
    return {"value": value, "error": found.error, "floor": floor, "p_value": p_value}


def _change(nominal, copy):
    return asdict(jackknife(lambda n, c: c / n - 1, nominal, copy))


def _change_of_ratio(part, whole, copy_part, copy_whole):
    return asdict(jackknife(lambda n, a, c, b: (c / b) / (n / a) - 1, part, whole, copy_part, copy_whole))
