"""Figures of the training draw means over the folds and the right references."""

from dataclasses import replace

import numpy as np
import pytest
import synthetic_results

from unsculpt.plots import training


def figure(method, study):
    return training.training(method, [synthetic_results.training(method)], [synthetic_results.training("nn")], study)


def lines(panel, name):
    return [a for a in panel["drawn"] if a.get("line") == name]


@pytest.mark.parametrize(("method", "panels"), [("nn", 1), ("ann", 3), ("disco", 3)])
def test_a_plain_classifier_needs_one_panel_and_the_others_three(method, panels, study, draw):
    assert len(draw(figure(method, study))) == panels


def test_another_network_without_objective_is_compared_with_the_plain_one(study, draw):
    """One trained in the window, say: one panel, with the loss of the plain classifier."""
    methods = study.methods | {"window": {"objective": "none", "train_in": "window", "strengths": [0]}}
    plain = [synthetic_results.training("nn")]
    made = training.training("window", plain, plain, replace(study, methods=methods))
    (panel,) = draw(made)
    assert lines(panel, "WINDOW")
    assert "NN alone" in [text.get_text() for text in made.legends[0].get_texts()]


def test_the_error_of_an_autoencoder_is_compared_with_no_cross_entropy(study, draw):
    autoencoder = study.methods["ann"] | {"architecture": "autoencoder", "task": "reconstruction"}
    study = replace(study, methods=study.methods | {"ann": autoencoder})
    made = figure("ann", study)
    assert [axes.get_ylabel().split(" ")[0].strip("$") for axes in made.axes[::2]] == [r"L_\mathrm{rec}"] * 2
    assert "NN alone" not in [text.get_text() for text in made.legends[0].get_texts()]
    assert len(draw(made)) == 3


def test_models_of_each_channel_have_a_column_of_their_own(study, draw):
    histories = []
    for channel in ("leptonic", "hadronic"):
        history = synthetic_results.training("ann")
        shift = 0.1 * (channel == "hadronic")
        for model in history["models"]:
            model |= {"channel": channel, "classifier_validation": [x + shift for x in model["classifier_validation"]]}
        histories.append(history)
    made = training.training("ann", histories, [synthetic_results.training("nn")], study)
    panels = draw(made)
    assert len(panels) == 6
    left, right = (lines(panel, r"ANN, $\lambda = 3$")[0]["y"] for panel in panels[:2])
    assert np.allclose(np.subtract(right, left), 0.1)
    names = [[text.get_text() for text in axes.texts] for axes in made.axes[:2]]
    assert "Leptonic" in names[0] and "Hadronic" in names[1]


def test_curves_are_means_over_the_folds(study, draw):
    models = [m for m in synthetic_results.training("ann")["models"] if m["strength"] == 3]
    mean = np.mean([m["classifier_validation"] for m in models], axis=0)
    (line,) = lines(draw(figure("ann", study))[0], r"ANN, $\lambda = 3$")
    assert np.allclose(line["y"], mean)


def test_a_model_that_stopped_early_stays_where_its_weights_were_kept(study, draw):
    history = synthetic_results.training("ann")
    short, *others = [model for model in history["models"] if model["strength"] == 3]
    short |= {key: value[:10] for key, value in short.items() if isinstance(value, list)} | {"best_epoch": 7}
    panels = draw(training.training("ann", [history], [synthetic_results.training("nn")], study))
    (line,) = lines(panels[0], r"ANN, $\lambda = 3$")
    rows = [model["classifier_validation"] for model in others]
    expected = np.mean([short["classifier_validation"] + [short["classifier_validation"][6]] * 15, *rows], axis=0)
    assert np.allclose(line["y"], expected)


def test_an_adversary_that_learns_nothing_leaves_the_loss_of_the_classifier(study, draw):
    history, plain = synthetic_results.training("ann"), synthetic_results.training("nn")
    for model in history["models"]:
        entropy = history["reference"]["entropy"]
        model["adversary_validation"] = [entropy] * len(model["epochs"])
        model["total_validation"] = [c - model["strength"] * entropy for c in model["classifier_validation"]]
    panels = draw(training.training("ann", [history], [plain], study))
    top, bottom = (panel["drawn"][0]["y"] for panel in (panels[0], panels[2]))
    assert np.allclose(top, bottom)


def test_histories_in_parts_draw_the_same_as_in_one(study, draw):
    whole = synthetic_results.training("ann")
    parts = [{**whole, "models": whole["models"][::2]}, {**whole, "models": whole["models"][1::2]}]
    plain = [synthetic_results.training("nn")]
    one, two = (draw(training.training("ann", h, plain, study)) for h in ([whole], parts))
    a, b = ([line["y"] for line in lines(panels[0], r"ANN, $\lambda = 10$")] for panels in (one, two))
    assert np.allclose(a, b)
