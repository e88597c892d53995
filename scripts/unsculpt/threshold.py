"""What is valid of the significance against the threshold, in sentences; stdlib only."""

from unsculpt.errors import InputError

CATEGORIES = {"channel": "channels", "region": "regions"}  # columns, and where the study defines their values


def check(config, where):
    """Refuse a nuisance that no row has, and a nominal value that it cannot have."""
    about = config["threshold"]
    if about is None:
        return
    nuisance, nominal = about["nuisance"], about["nominal"]
    if nuisance in CATEGORIES:
        known = config[CATEGORIES[nuisance]]
        if nominal not in known:
            raise InputError(
                f"{where}: threshold.nominal is {nominal!r}, which is none of {CATEGORIES[nuisance]}: "
                f"{', '.join(known)}; name one of them"
            )
        if len(known) < 2:
            raise InputError(
                f"{where}: threshold.nuisance is {nuisance}, and the study has one only, {nominal}; define another in "
                f"{CATEGORIES[nuisance]}"
            )
    elif nuisance not in config["features"]:
        raise InputError(
            f"{where}: threshold.nuisance names {nuisance!r}; name channel, region or a feature of the study"
        )
    elif isinstance(nominal, str):
        raise InputError(
            f"{where}: threshold.nominal is {nominal!r}, and the values of the feature {nuisance} are numbers; give one"
        )
