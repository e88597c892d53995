"""Which parameters the simulators have that a study may fit, and what is valid beside its grammar; stdlib only."""

import math

from unsculpt.errors import InputError

PARAMETERS = {  # of each process, in this order
    "weinberg": ("beam_energy_gev", "fermi_constant"),
    "poisson": ("log_rate",),
    "multi": ("a", "b"),
    "correlation": ("rho",),
    "hadrons": ("alpha_s",),
}
BANKED = "hadrons"  # the process that draws from a bank


def mixture_width(mean, dispersion):
    """Width in the logarithm of the rate of a log-normal mixture of Poisson counts of this mean and dispersion.

    The variance of a mixture is the mean plus the variance of the rate. None where no mixture has it.

    Examples
    --------
    >>> round(mixture_width(7, 1.7), 4), mixture_width(7, 0.5)
    (0.3087, None)
    """
    return math.sqrt(math.log1p((dispersion - 1) / mean)) if dispersion > 1 else None


def check(config, where):
    """Refuse what no job could do.

    Raises
    ------
    InputError
        A sentence that names the key, its value, and what to write instead.
    """
    inference = config["inference"]
    simulators = inference["simulators"]
    for name, about in simulators.items():
        _simulator(about, f"{where}: inference.simulators.{name}")
    for key in ("variance", "coverage"):
        if inference[key] is not None:
            _named(simulators, inference[key]["simulator"], f"{where}: inference.{key}.simulator")
    for name in (inference["contenders"] or {"simulators": ()})["simulators"]:
        _named(simulators, name, f"{where}: inference.contenders.simulators")
    coverage = inference["coverage"]
    if coverage and simulators[coverage["simulator"]]["process"] == BANKED:
        raise InputError(
            f"{where}: inference.coverage.simulator is {coverage['simulator']!r}, whose data are those of its bank; "
            "name one that is not of the process hadrons"
        )
    last = inference["recipe"]["iterations"]
    for iteration in (inference["variance"] or {"iterations": ()})["iterations"]:
        if iteration > last:
            raise InputError(
                f"{where}: inference.variance.iterations has {iteration}, and there are {last} "
                "(inference.recipe.iterations); give smaller ones"
            )


def _named(simulators, name, key):
    if name not in simulators:
        raise InputError(f"{key} names {name!r}, which is none of {', '.join(simulators)}; name one of them")


def _simulator(about, key):
    expected = PARAMETERS[about["process"]]
    if tuple(about["parameters"]) != expected:
        raise InputError(
            f"{key}.parameters has {', '.join(about['parameters'])}; the process {about['process']} has "
            f"{', '.join(expected)}, in this order"
        )
    for name, parameter in about["parameters"].items():
        low, high = parameter["prior"]
        if not low < high:
            raise InputError(f"{key}.parameters.{name}.prior is [{low:g}, {high:g}]; give the lower edge first")
        for part in ("truth", "start"):
            if not low <= parameter[part] <= high:
                raise InputError(
                    f"{key}.parameters.{name}.{part} is {parameter[part]:g}, outside its prior [{low:g}, {high:g}]; "
                    "widen the prior"
                )
    if about["dispersion"] != 1 and about["process"] != "poisson":
        raise InputError(f"{key}.dispersion is {about['dispersion']:g}; only the process poisson has one, leave it out")
    bank = about["bank"]
    if (bank is not None) != (about["process"] == BANKED):
        raise InputError(
            f"{key}.bank is {'missing' if bank is None else 'given'}; the process {BANKED} needs one, others have none"
        )
    if bank is not None:
        low, high = next(iter(about["parameters"].values()))["prior"]
        if not bank["from"] <= low < high <= bank["to"]:
            raise InputError(
                f"{key}.bank is from {bank['from']:g} to {bank['to']:g}, which does not hold the prior "
                f"[{low:g}, {high:g}]; widen the bank"
            )
        if bank["events"] < about["events"] * 2:
            raise InputError(
                f"{key}.bank.events is {bank['events']} for {about['events']} events of data; give at least twice as "
                "many, better five times, or the fit follows the fluctuations of the bank"
            )
