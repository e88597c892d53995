"""The registry of features: name, unit, LaTeX and meaning of each, and the function that computes it.

A new feature is one entry here and, unless a function of `observables` fits, one function there. Only the standard
library is imported at the top: the names in a study are checked before anything else is there.
"""

import difflib
from dataclasses import dataclass

from unsculpt.errors import InputError


@dataclass(frozen=True)
class Feature:
    """One input of the classifier.

    name : name in the configuration.
    function, arguments : name of the function in `observables`, and what it gets besides the events.
    unit : "GeV", "rad" or empty.
    latex : symbol, without dollars.
    meaning : one line for the table in docs/features.md.
    groups : groups of branches that it needs besides the photons (see `branches.Branch`).
    """

    name: str
    function: str
    unit: str
    latex: str
    meaning: str
    arguments: tuple = ()
    groups: tuple = ()

    def values(self, events):
        """The feature of `selection.Selected` events, float64 of shape (n,); NaN where an event lacks the object."""
        from unsculpt import observables  # numpy and awkward only when there are events

        return getattr(observables, self.function)(events, *self.arguments)


_KINEMATICS = {  # field: unit, LaTeX with room for the object, meaning
    "pt": ("GeV", r"p_T^{%s}", "transverse momentum"),
    "e": ("GeV", r"E^{%s}", "energy"),
    "eta": ("", r"\eta^{%s}", "pseudorapidity"),
    "phi": ("rad", r"\phi^{%s}", "azimuth"),
}
_PLACES = ("leading", "second", "third", "fourth", "fifth", "sixth")


def _kinematics(kind, symbol, count, fields, groups=()):
    """The properties of the first objects of a kind."""
    for i in range(count):
        for field in fields:
            unit, latex, meaning = _KINEMATICS[field]
            of = f"{meaning} of the {_PLACES[i]} {kind}"
            latex = latex % f"{symbol}_{i + 1}"
            yield Feature(f"{kind}{i + 1}_{field}", kind, unit, latex, of, (i, field), groups)


def _others():
    """The features of the photon pair, of jets and of the event."""
    for i in (0, 1):
        of, symbol = f"of the {_PLACES[i]} photon", rf"\gamma_{i + 1}"
        over = rf"p_T^{{{symbol}}}/m_{{\gamma\gamma}}"
        meaning = f"transverse momentum {of} over the diphoton mass"
        yield Feature(f"photon{i + 1}_pt_over_mass", "photon_pt_over_mass", "", over, meaning, (i,))
        converted = f"1 if the conversion type {of} is not 0"
        yield Feature(
            f"photon{i + 1}_converted",
            "photon",
            "",
            rf"\mathrm{{converted}}\ {symbol}",
            converted,
            (i, "conversion"),
            ("conversions",),
        )
    pair = {
        "photons_dphi": ("rad", r"\Delta\phi_{\gamma\gamma}", "angle between the photons in azimuth, from 0 to pi"),
        "photons_deta": ("", r"\Delta\eta_{\gamma\gamma}", "absolute difference of the photons in pseudorapidity"),
        "photons_dr": ("", r"\Delta R_{\gamma\gamma}", "distance of the photons in pseudorapidity and azimuth"),
        "photons_pt": ("GeV", r"p_T^{\gamma\gamma}", "transverse momentum of the photon pair"),
        "photons_pt_over_mass": (
            "",
            r"p_T^{\gamma\gamma}/m_{\gamma\gamma}",
            "transverse momentum of the photon pair over its mass",
        ),
        "photons_rapidity": ("", r"y_{\gamma\gamma}", "rapidity of the photon pair"),
        "photons_cos_theta_star": (
            "",
            r"|\cos\theta^*|",
            "decay angle of the photon pair in the Collins-Soper frame (arXiv:1307.1432)",
        ),
    }
    for name, (unit, latex, meaning) in pair.items():
        yield Feature(name, name, unit, latex, meaning)
    event = {
        "n_jets": ("", r"N_\mathrm{jets}", "number of jets", ("jets",)),
        "n_bjets": ("", r"N_\mathrm{b\ jets}", "number of b-tagged jets", ("jets", "btags")),
        "n_leptons": ("", r"N_\mathrm{leptons}", "number of electrons and muons", ("leptons",)),
        "ht": ("GeV", r"H_T", "scalar sum of the transverse momenta of the jets", ("jets",)),
        "photon_jet_min_dr": (
            "",
            r"\min\,\Delta R_{\gamma j}",
            "distance of the nearest pair of one photon and one jet",
            ("jets",),
        ),
        "met": ("GeV", r"E_T^\mathrm{miss}", "missing transverse momentum", ("met",)),
        "met_phi": ("rad", r"\phi^\mathrm{miss}", "azimuth of the missing transverse momentum", ("met",)),
    }
    for name, (unit, latex, meaning, groups) in event.items():
        yield Feature(name, name, unit, latex, meaning, (), groups)
    for i, place in enumerate(_PLACES):
        latex = rf"\mathrm{{b\ tag}}\ j_{i + 1}"
        meaning = f"1 if the {place} jet is b-tagged, else 0"
        yield Feature(f"jet{i + 1}_btag", "jet", "", latex, meaning, (i, "btag"), ("jets", "btags"))


FEATURES = {
    feature.name: feature
    for feature in (
        *_kinematics("photon", r"\gamma", 2, ("pt", "e", "eta", "phi")),
        *_kinematics("jet", "j", 6, ("pt", "e", "eta", "phi"), ("jets",)),
        *_kinematics("lepton", r"\ell", 2, ("pt", "eta", "phi"), ("leptons",)),
        *_others(),
    )
}


def check(names, absent=()):
    """Raise InputError for the first name that is not in the registry, or that needs one of the absent groups.

    `absent` is what `branches.absent` makes of `ntuples.branches`.

    Examples
    --------
    >>> check(["photon1_pt"])
    >>> check(["photon1_pT"])
    Traceback (most recent call last):
        ...
    unsculpt.errors.InputError: 'photon1_pT' is not a feature; did you mean photon1_pt or photon1_phi or photon1_e?
    """
    for name in names:
        if name not in FEATURES:
            near = difflib.get_close_matches(str(name), FEATURES, 3, 0.5)
            hint = f"did you mean {' or '.join(near)}?" if near else "docs/features.md lists all features"
            raise InputError(f"{name!r} is not a feature; {hint}")
        lacking = sorted(set(FEATURES[name].groups) & set(absent))
        if lacking:
            raise InputError(
                f"{name!r} needs {lacking[0]}, which ntuples.branches declares absent by null; remove one of the two"
            )


def groups(names):
    """Groups of branches that these features need besides the photons."""
    return {group for name in names for group in FEATURES[name].groups}


def latex_label(name):
    r"""Label of an axis, with the unit in brackets; the name itself for what is not in the registry.

    Examples
    --------
    >>> latex_label("photon1_pt")
    '$p_T^{\\gamma_1}$ [GeV]'
    """
    if name not in FEATURES:
        return name
    feature = FEATURES[name]
    return f"${feature.latex}$" + (f" [{feature.unit}]" if feature.unit else "")


def matrix(events, names, padding):
    """The features of selected events, float32 of shape (n, len(names)); `padding` where an event lacks the object."""
    import numpy as np

    columns = np.empty((len(events), len(names)), np.float32)
    for i, name in enumerate(names):
        values = FEATURES[name].values(events)
        columns[:, i] = np.where(np.isnan(values), padding, values)
    return columns


def markdown():
    """The page docs/features.md."""
    lines = [
        "# Features",
        "",
        "The names that `features` of a study may list. Objects are in order of falling transverse momentum; a feature",
        "of an object that an event lacks is `feature_padding`. A new feature is one entry in",
        "`scripts/unsculpt/features.py` and, where none fits, one function in `scripts/unsculpt/observables.py`.",
        "This page is written by `make docs`.",
        "",
        "| name | symbol | unit | meaning |",
        "|---|---|---|---|",
        *(
            f"| `{f.name}` | ${f.latex.replace('|', chr(92) + 'vert ')}$ | {f.unit} | {f.meaning} |"
            for f in FEATURES.values()
        ),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(markdown())
