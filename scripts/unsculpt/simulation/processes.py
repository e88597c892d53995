"""The registry of processes that can be simulated: what each needs, what its ntuples hold, and what it stands for.

A new process is one entry here. Nothing else compares processes by their names. Only the standard library is imported
at the top: a study is checked before anything else is there.
"""

from dataclasses import dataclass, replace

POWER_SHOWER = ("SpaceShower:pTmaxMatch = 2", "TimeShower:pTmaxMatch = 2")
TOP_PAIR = ("Top:gg2ttbar = on", "Top:qqbar2ttbar = on")
TO_MUONS = (
    "WeakSingleBoson:ffbar2gmZ = on",
    "23:onMode = off",
    "23:onIfAny = 13",
    "PhaseSpace:mHatMin = 50.",
    "PhaseSpace:mHatMax = 200.",  # above the preselection: radiated photons lower the mass of the muons
)
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
class Preselection:
    """The events that ntuples hold: those with a pair of objects, or with one.

    candidates : name of the function in `candidates` that finds the objects.
    objects : what they are, in words, with their number.
    mass_range_gev : mass of the pair, or of the one.
    leading_pt_over_mass, subleading_pt_over_mass : least transverse momenta of the two, over the mass of the pair.
    leading_pt_gev, subleading_pt_gev : the same in GeV. All of them are 0 where nothing is asked.
    matched_to : PDG number of the particle that the object must be of; None where none is asked for.
    """

    candidates: str
    objects: str
    mass_range_gev: tuple
    leading_pt_over_mass: float = 0.0
    subleading_pt_over_mass: float = 0.0
    leading_pt_gev: float = 0.0
    subleading_pt_gev: float = 0.0
    matched_to: int | None = None

    def __str__(self):
        """The preselection in words, to follow "events with".

        Examples
        --------
        >>> print(PHOTON_PAIR)
        two photon candidates, mass 100 to 165 GeV, pT above 0.35 and 0.25 of the mass
        """
        low, high = self.mass_range_gev
        words = [self.objects, f"mass {low:g} to {high:g} GeV"]
        if self.leading_pt_over_mass:
            words.append(f"pT above {self.leading_pt_over_mass:g} and {self.subleading_pt_over_mass:g} of the mass")
        if self.leading_pt_gev:
            least = f" and {self.subleading_pt_gev:g}" if self.subleading_pt_gev else ""
            words.append(f"pT above {self.leading_pt_gev:g}{least} GeV")
        return ", ".join(words)


@dataclass(frozen=True)
class Process:
    """A process of the study.

    channel_number : channelNumber in the ntuple; the two of the ATLAS Open Data where the process is the same.
    generator : one line on how the events are made, stored in each ntuple.
    components : Pythia runs, whose shares add up to one.
    preselection : the events that its ntuples hold.
    matrix_element : whether the hard events come from Sherpa, and Pythia only showers them.
    fallback : name of the process that is simulated instead where there is no Sherpa.
    cross_section_pb : written to the ntuple where the generator's has no meaning, else None.
    pseudodata : name of the function in `photons` that makes its candidates look like those of the search region, for
        pseudo-data; None where they do already.
    format : the format of its ntuples, whose branches `config/formats/<format>.yaml` describes.
    pile_up : whether minimum-bias events may be laid over it; where there is a detector response, that knows of none.
    toy : name of the function in `toys` that draws its events, which have columns and no particles; None for physics.
    """

    channel_number: int
    generator: str
    components: tuple
    preselection: Preselection
    matrix_element: bool = False
    fallback: str | None = None
    cross_section_pb: float | None = None
    pseudodata: str | None = None
    format: str = "atlas_open"
    pile_up: bool = False
    toy: str | None = None

    def for_pseudodata(self, sample):
        """A `samples.Sample` of the process as pseudo-data take it: like events of the search region."""
        if self.pseudodata is None:
            return sample
        from unsculpt.simulation import photons  # numpy only when there are events

        return getattr(photons, self.pseudodata)(sample)


PHOTON_PAIR = Preselection(
    "photon_clusters", "two photon candidates", (100.0, 165.0), leading_pt_over_mass=0.35, subleading_pt_over_mass=0.25
)
PROMOTED_PAIR = replace(PHOTON_PAIR, candidates="promoted_jets")
LARGE_JET = Preselection("large_jets", "a trimmed jet of large radius", (50.0, 300.0), leading_pt_gev=200.0)
ANY_NUMBERS = Preselection("", "any numbers", (-float("inf"), float("inf")))
W_JET = replace(LARGE_JET, objects="a trimmed jet of large radius around the W boson", matched_to=24)
MUON_PAIR = Preselection("muons", "two muons", (55.0, 125.0), leading_pt_gev=20.0, subleading_pt_gev=15.0)

# masses of the W' in GeV and their shares of the events, with which pT of the W is about flat from 200 to 2000 GeV
W_PRIMES = {500: 0.10, 700: 0.08, 1000: 0.10, 1400: 0.12, 1900: 0.13, 2500: 0.14, 3200: 0.15, 4000: 0.18}


def w_prime(mass):
    """Lines of Pythia settings of a W' of a mass in GeV, a fifth of it wide: to a W of quarks and an invisible Z."""
    return (
        "NewGaugeBoson:ffbar2Wprime = on",
        f"34:m0 = {mass:.1f}",
        f"34:mWidth = {0.2 * mass:.1f}",
        "34:doForceWidth = on",
        f"34:mMin = {0.5 * mass:.1f}",
        "Wprime:coup2WZ = 1.",
        "34:onMode = off",
        "34:onIfAll = 24 23",
        "24:onMode = off",
        "24:onIfAny = 1 2 3 4 5",
        "23:onMode = off",
        "23:onIfAny = 12 14 16",
    )


def multijets(power):
    """Lines of Pythia settings of multijets: more of large pT, by (pTHat / 200 GeV)^power, and the weights undo it."""
    return (
        "HardQCD:all = on",
        "PhaseSpace:pTHatMin = 180.",
        "PhaseSpace:bias2Selection = on",
        f"PhaseSpace:bias2SelectionPow = {power:g}",
        "PhaseSpace:bias2SelectionRef = 200.",
    )


PROCESSES = {
    "tth": Process(
        341081,
        "Pythia 8: ttH, leading order, H -> yy",
        (Component(1.0, ("HiggsSM:gg2Httbar = on", "HiggsSM:qqbar2Httbar = on", *HIGGS_TO_PHOTONS)),),
        PHOTON_PAIR,
    ),
    "ttyy": Process(
        900001,
        "Sherpa: ttyy matrix element, leading order; Pythia 8: shower",
        (Component(1.0, ()),),
        PHOTON_PAIR,
        matrix_element=True,
        fallback="ttyy_dps",
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
        PHOTON_PAIR,
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
        PROMOTED_PAIR,
        pseudodata="with_good_photons",
    ),
    "ggh": Process(
        900004,
        "Pythia 8: gg -> H, leading order, H -> yy",
        (Component(1.0, ("HiggsSM:gg2H = on", *HIGGS_TO_PHOTONS)),),
        PHOTON_PAIR,
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
        PHOTON_PAIR,
    ),
    "zmm": Process(
        900005,
        "Pythia 8: Z -> mumu, leading order, without exchange of photons",
        (Component(1.0, (*TO_MUONS, "WeakZ0:gmZmode = 2")),),
        MUON_PAIR,
    ),
    "mumu": Process(
        900006,
        "Pythia 8: mumu by exchange of a photon, leading order, without the Z",
        (Component(1.0, (*TO_MUONS, "WeakZ0:gmZmode = 1")),),
        MUON_PAIR,
    ),
    "wprime": Process(
        900007,
        "Pythia 8: W' -> W Z, leading order, eight masses from 0.5 to 4 TeV, W -> qq and Z -> nunu",
        tuple(Component(share, w_prime(mass)) for mass, share in W_PRIMES.items()),
        W_JET,
        cross_section_pb=1.0,  # of no theory: the shares of the masses are chosen
        format="large_jets",
        pile_up=True,
    ),
    "multijets": Process(
        900008,
        "Pythia 8: QCD 2 -> 2, leading order, pTHat > 180 GeV, generated with a weight of pTHat^4",
        (Component(1.0, multijets(4)),),
        LARGE_JET,
        format="large_jets",
        pile_up=True,
    ),
    "multijets_hard": Process(
        900009,
        "Pythia 8: QCD 2 -> 2, leading order, pTHat > 180 GeV, generated with a weight of pTHat^5",
        (Component(1.0, multijets(5)),),
        LARGE_JET,
        format="large_jets",
        pile_up=True,
    ),
    "pivot_signal": Process(
        900010,
        "Gaussian whose mean a nuisance parameter z shifts along x2 (arXiv:1611.01046)",
        (),
        ANY_NUMBERS,
        cross_section_pb=1.0,
        format="pivot",
        toy="signal",
    ),
    "pivot_background": Process(
        900011,
        "Gaussian that does not depend on the nuisance parameter z beside it (arXiv:1611.01046)",
        (),
        ANY_NUMBERS,
        cross_section_pb=1.0,
        format="pivot",
        toy="background",
    ),
}
