"""What a README beside a workspace says: what its observations are, and how to get expected results without them."""

from unsculpt.likelihood.portable import WITHOUT_DATA

_WITHOUT = f"""\
workspace.json is the likelihood of all categories as plain HistFactory JSON.

IT HOLDS NO DATA: the study is blind, or it has none. The schema asks for an observation: the only one is called
"{WITHOUT_DATA}", is zero, and belongs to no channel; the measurement is called "{WITHOUT_DATA}", too. Programs build
the model, and stop where they would read the data of a channel. So no expectation can pass for an observation.

Expected results need the Asimov data of a signal strength mu, which you make yourself:

    import json
    import pyhf
    from pathlib import Path

    model = pyhf.Workspace(json.loads(Path("workspace.json").read_text())).model()
    parameters = model.config.suggested_init()
    parameters[model.config.poi_index] = 1.0  # mu
    asimov = [float(n) for n in model.expected_actualdata(parameters)] + model.config.auxdata

(cabinetry: model_utils.model_and_data(workspace, asimov=True).) What follows from them is expected, whatever a program
calls it: its significance is significance_fit of combined.json.
"""
_WITH = """\
workspace.json is the likelihood of all categories as plain HistFactory JSON. Its observations are the data of the
study, which is unblinded.
"""
_EMPTY = """\
There are no categories, so workspace.json is empty.
"""
OF_FITS = """\
Each *_workspace.json here and in the folders below is a sideband fit of the background, as plain HistFactory JSON.

Their observations are the background of the study, in effective events (yields over kappa): simulated, or measured in a
control region. They are NOT the data of the search, in the sidebands or in the window, whether the study is blind or
not. There is no signal in them and no parameter of interest.
"""


def of_categories(workspace):
    """The text beside the workspace of the categories."""
    if not workspace:
        return _EMPTY
    return _WITHOUT if workspace["observations"][0]["name"] == WITHOUT_DATA else _WITH
