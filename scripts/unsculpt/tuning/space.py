"""The hyperparameters of a search by name: their ranges, and what a choice of them makes of the configuration."""

import copy

from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

# Those in which the trials of one stack may differ; the others shape its tensors, or belong to the whole of it.
RATES = ("learning_rate", "schedule", "learning_rate_decay", "adversary_rate_ratio")
_ONLY_WITH = {"learning_rate_decay": ("schedule", "decay"), "adversary_components": ("adversary_head", "mixture")}
_LOGARITHMIC = ("learning_rate", "learning_rate_decay", "adversary_rate_ratio")
_CHOICES = ("schedule", "activation", "adversary_head")
_POWERS = ("units", "adversary_units")
_DIGITS = 3  # of the real numbers, so that the fragment of a configuration is short and exactly what was tried


def distributions(names, ranges):
    """Optuna's distributions of the named hyperparameters.

    Parameters
    ----------
    names : sequence of str
    ranges : dict
        The configuration `tuning.space`: [lowest, highest] of a number, the choices of a word.

    Returns
    -------
    dict
        Rates are logarithmic, numbers of units powers of two (the parameter is the exponent, `log2_units`). Those that
        depend on another come last.

    Examples
    --------
    >>> distributions(["units"], {"units": [2, 512]})
    {'log2_units': IntDistribution(high=9, log=False, low=1, step=1)}
    """
    result = {}
    for name in sorted(names, key=lambda name: name in _ONLY_WITH):
        values = ranges[name]
        if name in _CHOICES:
            result[name] = CategoricalDistribution(tuple(values))
        elif name in _POWERS:
            low, high = (value.bit_length() - 1 for value in values)
            result[f"log2_{name}"] = IntDistribution(low, high)
        elif isinstance(values[0], int) and isinstance(values[1], int) and name not in (*_LOGARITHMIC, "dropout"):
            result[name] = IntDistribution(*values)
        else:
            result[name] = FloatDistribution(*map(float, values), log=name in _LOGARITHMIC)
    return result


def matters(name, parameters):
    """Whether a hyperparameter has an effect beside the others.

    Examples
    --------
    >>> matters("learning_rate_decay", {"schedule": "cosine"}), matters("dropout", {"schedule": "cosine"})
    (False, True)
    """
    other, value = _ONLY_WITH.get(name, (None, None))
    return parameters.get(other, value) == value


def suggest(trial, space):
    """Let an Optuna trial choose the hyperparameters of `distributions`, but for those that do not matter."""
    for name, distribution in space.items():
        if not matters(name, trial.params):
            continue
        if isinstance(distribution, CategoricalDistribution):
            trial.suggest_categorical(name, distribution.choices)
        elif isinstance(distribution, FloatDistribution):
            trial.suggest_float(name, distribution.low, distribution.high, log=distribution.log)
        else:
            trial.suggest_int(name, distribution.low, distribution.high)


def apply(parameters, training):
    """The configuration `training` with these hyperparameters in place of its own; the argument is not modified.

    The rate of the adversary follows that of the classifier: their ratio is a hyperparameter, or stays as it is.

    Parameters
    ----------
    parameters : dict
        By the names of `distributions`.
    training : dict
        The configuration `training`, resolved.
    """
    result = copy.deepcopy(training)
    p = {name: _rounded(value) for name, value in parameters.items()}
    adversary, ratio = result["adversary"], training["adversary"]["learning_rate"] / training["learning_rate"]
    for name in ("learning_rate", "learning_rate_decay", "dropout", "activation"):
        result[name] = p.get(name, result[name])
    if p.get("schedule") == "cosine":
        result["learning_rate_decay"] = 0
    result["hidden_layers"] = _layers(result["hidden_layers"], p.get("hidden_layers"), p.get("log2_units"))
    adversary["head"] = p.get("adversary_head", adversary["head"])
    adversary["components"] = p.get("adversary_components", adversary["components"])
    adversary["hidden_layers"] = _layers(
        adversary["hidden_layers"], p.get("adversary_hidden_layers"), p.get("log2_adversary_units")
    )
    if {"learning_rate", "adversary_rate_ratio"} & p.keys():
        adversary["learning_rate"] = _rounded(result["learning_rate"] * p.get("adversary_rate_ratio", ratio))
    return result


def shape(parameters):
    """What the trials of one stack have in common: all but the rates.

    Examples
    --------
    >>> shape({"learning_rate": 0.1, "dropout": 0.2, "log2_units": 6})
    {'dropout': 0.2, 'log2_units': 6}
    """
    return {name: value for name, value in parameters.items() if name not in RATES}


def changes(new, old):
    """The entries of a nested mapping that differ from those of another, as a mapping to merge on top of it.

    Examples
    --------
    >>> changes({"a": 1, "b": {"c": 2, "d": 3}}, {"a": 1, "b": {"c": 2, "d": 4}})
    {'b': {'d': 3}}
    """
    result = {}
    for key, value in new.items():
        both = isinstance(value, dict) and isinstance(old.get(key), dict)
        part = changes(value, old[key]) if both else value
        if part != ({} if both else old.get(key)):
            result[key] = part
    return result


def _layers(own, layers, exponent):
    """Units of each layer: as many layers and units as chosen, otherwise as the configuration has them."""
    if layers is None and exponent is None:
        return list(own)
    units = 2**exponent if exponent is not None else own[0]
    return [units] * (layers if layers is not None else len(own))


def _rounded(value):
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value
