"""The figure of images shows each step of each sample, and what a network on images looks at."""

import numpy as np
import pytest

from unsculpt.plots import images

STEPS = ("centre", "rotate", "flip")


def means(sample, role):
    rng = np.random.default_rng(len(sample))
    image = {"half_width": 0.8, "shape": [6, 5], "steps": {step: rng.random((6, 5)).tolist() for step in STEPS}}
    return {"sample": sample, "role": role, "jets": 10, "images": {"picture": image}}


def gradients(method, image="picture"):
    values = {role: np.random.default_rng(3).normal(size=(6, 5)).tolist() for role in ("signal", "background")}
    return {"background": "ttyy", "method": method, "tag": "0", "image": image, "gradients": values}


def maps(panels):
    return [artist for panel in panels for artist in panel["drawn"] if "map" in artist]


def test_every_step_of_every_sample_is_a_map_and_each_network_has_its_gradient(study, draw):
    given = [means("tth", "signal"), means("ttyy", "background")]
    found = maps(draw(images.images(given, [gradients("nn")], study)))
    found = [artist for artist in found if artist["map"]]
    assert [artist["map"] for artist in found] == 2 * [*STEPS, "gradient of nn"]
    np.testing.assert_allclose(np.reshape(found[0]["values"], (6, 5)), given[0]["images"]["picture"]["steps"]["centre"])
    assert found[0]["x_edges"][0] == -0.8 and len(found[0]["x_edges"]) == 6 and len(found[0]["y_edges"]) == 7
    values = np.reshape(found[7]["values"], (6, 5))
    np.testing.assert_allclose(values, gradients("nn")["gradients"]["background"])


@pytest.mark.parametrize("number", [1, 4, 5])
def test_further_samples_are_below_after_the_last_step(study, draw, number):
    study = study.__class__(
        **vars(study) | {"samples": study.samples | {f"dark_{i}": {"role": "background"} for i in range(number)}}
    )
    given = [means("tth", "signal"), means("ttyy", "background")]
    given += [means(f"dark_{i}", "background") for i in range(number)]
    figure = images.images(given, [gradients("nn")], study)
    found = [artist for artist in maps(draw(figure)) if artist["map"]]
    assert [artist["map"] for artist in found] == 2 * [*STEPS, "gradient of nn"] + number * ["flip"]
    flipped = [mean["images"]["picture"]["steps"]["flip"] for mean in given[2:]]
    np.testing.assert_allclose([np.reshape(artist["values"], (6, 5)) for artist in found[8:]], flipped)
    titles = [axis.get_title() for axis in figure.axes if axis.get_title().startswith("dark")]
    assert titles == [f"dark_{i}, flipped" for i in range(number)]


@pytest.mark.parametrize("given", [[], [gradients("nn", "another")]])
def test_a_network_that_sees_another_image_has_no_panel(study, draw, given):
    found = [artist for artist in maps(draw(images.images([means("tth", "signal")], given, study))) if artist["map"]]
    assert len(found) == 3
