"""Figures of images: a column for each, on scales that can be compared."""

import numpy as np

from unsculpt.plots import pictures

RNG = np.random.default_rng(1)


def shown(bright):
    image = bright * RNG.exponential(1, (6, 5)) * (RNG.random((6, 5)) < 0.6)
    wrong = RNG.normal(0, 0.1 * bright, (6, 5))
    images = {"image": image, "given_back": image + wrong, "squared_error": wrong**2}
    return {"error": float(np.mean(wrong**2))} | {name: values.tolist() for name, values in images.items()}


CONTENT = {
    "method": "ann",
    "tag": "1",
    "means": {"background": shown(1), "signal": shown(2)},
    "examples": [{"class": "background", "quantile": 0.99} | shown(3), {"class": "signal", "quantile": 0.5} | shown(0)],
}


def test_every_image_has_a_column_of_what_it_is_what_is_given_back_and_what_is_wrong(study, draw):
    figure = pictures.pictures(CONTENT, study)
    draw(figure)
    panels = np.array([axes for axes in figure.axes if axes.get_label() != "<colorbar>"]).reshape(3, 4)
    assert len(figure.axes) == 12 + 3
    columns = [*CONTENT["means"].values(), *CONTENT["examples"]]
    most = max(np.max(column["squared_error"]) for column in columns)
    for column, content in zip(panels.T, columns, strict=True):
        brightest = np.max(content["image"]) or 1
        for panel, key in zip(column, ("image", "given_back", "squared_error"), strict=True):
            values, limit = np.array(content[key]) / (1 if key == "squared_error" else brightest), 1e-4
            limit *= most if key == "squared_error" else 1
            drawn = np.ma.filled(panel.collections[0].get_array().astype(float), np.nan)
            np.testing.assert_allclose(drawn, np.where(values >= limit, values, np.nan))
    assert panels[2, 0].get_xlabel() == f"error {CONTENT['means']['background']['error']:.3g}"
    assert panels[0, 2].get_title().endswith("error above\n99 % of the class")
