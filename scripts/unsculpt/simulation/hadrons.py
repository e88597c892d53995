"""A full simulator: e+e- -> hadrons at the Z with Pythia, whose parameter is alpha_s of the final-state shower.

An event is its charged multiplicity, -ln(1 - thrust) and -ln(sphericity, linear in the momenta), which is safe against
collinear splittings.
"""

import numpy as np

PARAMETERS, SYMBOLS = ("alpha_s",), (r"$\alpha_s(M_Z)$",)
COLUMNS = ("Charged multiplicity", r"$-\ln(1-T)$", r"$-\ln S$")
LEAST = 1e-5  # of 1 - thrust and of sphericity, before the logarithm
SETTINGS = (
    "Print:quiet = on",
    "Beams:idA = 11",
    "Beams:idB = -11",
    "Beams:eCM = 91.1876",
    "PDF:lepton = off",
    "WeakSingleBoson:ffbar2gmZ = on",
    "23:onMode = off",
    "23:onIfAny = 1 2 3 4 5",
)


def start(alpha_s, seed):
    """An initialised Pythia; ValueError where it refuses a setting."""
    import pythia8mc

    pythia = pythia8mc.Pythia("", False)
    for line in (*SETTINGS, "Random:setSeed = on", f"Random:seed = {seed}", f"TimeShower:alphaSvalue = {alpha_s}"):
        if not pythia.readString(line):
            raise ValueError(f"Pythia does not know the setting {line!r}")
    if not pythia.init():
        raise ValueError(f"Pythia cannot be initialised with alpha_s = {alpha_s}")
    return pythia


def events(alpha_s, number, seed):
    """Observables of events, (number, 3) float32."""
    import pythia8mc

    pythia, thrust, sphericity = start(alpha_s, seed), pythia8mc.Thrust(), pythia8mc.Sphericity(1.0)
    found = np.empty((number, 3), np.float32)
    done = 0
    while done < number:
        if not pythia.next() or not thrust.analyze(pythia.event) or not sphericity.analyze(pythia.event):
            continue
        roundness = max(1 - thrust.thrust(), LEAST), max(sphericity.sphericity(), LEAST)
        found[done] = pythia.event.nFinal(True), *(-np.log(roundness))
        done += 1
    return found
