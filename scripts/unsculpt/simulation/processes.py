"""The physics processes that can be simulated: generator settings, sample numbers and what each stands for."""

from dataclasses import dataclass

PAIR_MASS, PAIR_LEADING, PAIR_SUBLEADING = (100.0, 165.0), 0.35, 0.25  # preselection: mass in GeV, pT over mass
POWER_SHOWER = ("SpaceShower:pTmaxMatch = 2", "TimeShower:pTmaxMatch = 2")
TOP_PAIR = ("Top:gg2ttbar = on", "Top:qqbar2ttbar = on")
HIGGS_TO_PHOTONS = ("25:m0 = 125.0", "25:onMode = off", "25:onIfMatch = 22 22")


@dataclass(frozen=True)
class Component:
    """One Pythia run of a process.

    share : fraction of the generated events of the process.
    settings : lines of Pythia settings.
    """

    share: float
    settings: tuple


@dataclass(frozen=True)
class Process:
    """A process of the study.

    channel_number : channelNumber in the ntuple; the two of the ATLAS Open Data where the process is the same.
    generator : one line on how the events are made, stored in each ntuple.
    components : Pythia runs, whose shares add up to one.
    promoted : whether jets are promoted to photon candidates, else photons are clusters of photons and electrons.
    matrix_element : whether the hard events come from Sherpa, and Pythia only showers them.
    cross_section_pb : written to the ntuple where the generator's has no meaning, else None.
    """

    channel_number: int
    generator: str
    components: tuple
    promoted: bool = False
    matrix_element: bool = False
    cross_section_pb: float | None = None


PROCESSES = {
    "tth": Process(
        341081,
        "Pythia 8: ttH, leading order, H -> yy",
        (Component(1.0, ("HiggsSM:gg2Httbar = on", "HiggsSM:qqbar2Httbar = on", *HIGGS_TO_PHOTONS)),),
    ),
    "ttyy": Process(
        900001,
        "Sherpa: ttyy matrix element, leading order; Pythia 8: shower",
        (Component(1.0, ()),),
        matrix_element=True,
    ),
    "ttyy_dps": Process(
        900002,
        "Pythia 8: ttbar and a pair of photons as double parton scattering",
        (
            Component(
                1.0,
                (
                    *TOP_PAIR,
                    "SecondHard:generate = on",
                    "SecondHard:TwoPhotons = on",
                    "PhaseSpace:sameForSecond = off",
                    "PhaseSpace:mHatMinSecond = 95.",
                    "PhaseSpace:mHatMaxSecond = 175.",
                    "PhaseSpace:pTHatMinSecond = 20.",
                ),
            ),
        ),
        cross_section_pb=2.9e-3,  # gives the hadronic yield of the matrix element: 1.202e-3 pb x 0.158 / 0.065
    ),
    "ntni": Process(
        900003,
        "Pythia 8: ttbar (90 %) and photon + jet (10 %), jets promoted to photon candidates",
        (
            Component(0.9, TOP_PAIR),
            Component(
                0.1,
                (
                    "PromptPhoton:qg2qgamma = on",
                    "PromptPhoton:qqbar2ggamma = on",
                    "PromptPhoton:gg2ggamma = on",
                    "PhaseSpace:pTHatMin = 40.",
                    "PhaseSpace:mHatMin = 80.",
                    *POWER_SHOWER,
                ),
            ),
        ),
        promoted=True,
    ),
    "ggh": Process(
        900004,
        "Pythia 8: gg -> H, leading order, H -> yy",
        (Component(1.0, ("HiggsSM:gg2H = on", *HIGGS_TO_PHOTONS)),),
    ),
    "yy": Process(
        364352,
        "Pythia 8: prompt pairs of photons, leading order, power shower",
        (
            Component(
                1.0,
                (
                    "PromptPhoton:ffbar2gammagamma = on",
                    "PromptPhoton:gg2gammagamma = on",
                    "PhaseSpace:mHatMin = 95.",
                    "PhaseSpace:mHatMax = 175.",
                    "PhaseSpace:pTHatMin = 20.",
                    *POWER_SHOWER,
                ),
            ),
        ),
    ),
}
