"""What the selection of a study is, for tests that have events and no workflow."""

from pathlib import Path

from unsculpt import axes, config, definitions, formats

ROOT = Path(__file__).parents[1]


def definitions_of(base="config/config.yaml", **changes):
    """Of a changed study without its features: definitions, format of simulated samples, and axis of the mass."""
    study = {"base": base, "study": "changed", **changes}
    config.resolve_in_place(study, ROOT, formulas=False)
    about = study["formats"]["atlas_open"]
    used, needs = definitions.used({**study, "features": []}, formats.fields(about))
    return {"study": used, "about": formats.reduced(about, needs), "axis": axes.mass(study["mass"])}
