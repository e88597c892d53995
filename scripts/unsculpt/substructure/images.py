"""Images of jets: centred, turned, flipped, and the transverse momentum in each pixel (arXiv:1808.08979)."""

import numpy as np

from unsculpt.kinematics import wrapped

CENTRE, ROTATE, FLIP = "centre", "rotate", "flip"
STEPS = (CENTRE, ROTATE, FLIP)
BLOCK = 4096  # jets at a time, whose pixels are held in double precision


def oriented(jets, until=FLIP):
    """Constituents in the frame of their jet.

    Their pseudorapidity and azimuth about the mean of their jet, weighted by transverse momentum; turned, so that the
    longer axis of the second moments is upright; flipped, so that at least half of the transverse momentum is on the
    right, and above.

    Parameters
    ----------
    jets : simulation.constituents.Jets
    until : one of `STEPS`
        The last step.

    Returns
    -------
    x, y, pt : float arrays, shape (constituents,)
    """
    pt = np.hypot(jets.p[:, 0], jets.p[:, 1])
    total = jets.sum(pt)
    x = np.arcsinh(jets.p[:, 2] / pt)
    y = wrapped(np.arctan2(jets.p[:, 1], jets.p[:, 0]) - jets.spread(jets.spherical[2]))
    x, y = (v - jets.spread(jets.sum(pt * v) / total) for v in (x, y))
    if until != CENTRE:
        xx, xy, yy = jets.sum(pt[:, None] * np.stack([x * x, x * y, y * y], axis=1)).T
        turn = jets.spread(np.pi / 2 - 0.5 * np.arctan2(2 * xy, xx - yy))
        x, y = np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y
    if until == FLIP:
        x, y = (v * jets.spread(np.where(jets.sum(pt * np.sign(v)) < 0, -1, 1)) for v in (x, y))
    return x, y, pt


def pixels(jets, shape, half_width, until=FLIP):
    """Share of the transverse momentum in each pixel, which add up to one; what is outside is cut off.

    Parameters
    ----------
    jets : simulation.constituents.Jets
    shape : (rows, columns)
        Rows along the azimuth, from below, and columns along the pseudorapidity.
    half_width : float
        From the middle to each edge.
    until : one of `STEPS`

    Returns
    -------
    float32 array, shape (n, rows, columns)
    """
    found = np.empty((len(jets), *shape), np.float32)
    for first in range(0, len(jets), BLOCK):
        block = np.arange(first, min(first + BLOCK, len(jets)))
        found[block] = _pixels(jets.take(block), shape, half_width, until)
    return found


def _pixels(jets, shape, half_width, until):
    x, y, pt = oriented(jets, until)
    row, column = (np.floor((v / half_width + 1) * side / 2).astype(int) for v, side in zip((y, x), shape, strict=True))
    inside = (row >= 0) & (row < shape[0]) & (column >= 0) & (column < shape[1])
    jet = np.repeat(np.arange(len(jets)), jets.size)
    place = (jet * shape[0] + row) * shape[1] + column
    flat = np.bincount(place[inside], pt[inside], minlength=len(jets) * shape[0] * shape[1])
    flat = flat.reshape(len(jets), *shape)
    total = flat.sum((1, 2), keepdims=True)
    return np.divide(flat, total, out=flat, where=total > 0)


def chain(arrays):
    """The images among the configuration `arrays`, each after every step on its way: `arrays` of their own."""
    found = {}
    for name, about in arrays.items():
        if "image" in about:
            steps = STEPS[: STEPS.index(about["image"]["until"]) + 1]
            found |= {f"{name} {step}": about | {"image": about["image"] | {"until": step}} for step in steps}
    return found


def means(arrays, pictures, weight):
    """Weighted mean of the pictures of `chain` in lists, with what the image is, by its name.

    Parameters
    ----------
    arrays : dict
        The configuration `arrays`.
    pictures : dict of arrays, shape (n, rows, columns)
        By the names that `chain` gives.
    weight : float array, shape (n,)
    """
    found = {}
    for name, picture in pictures.items():
        image, step = name.rsplit(" ", 1)
        about = {"half_width": arrays[image]["image"]["half_width"], "shape": arrays[image]["shape"], "steps": {}}
        mean = np.tensordot(weight / weight.sum(), picture, 1)
        found.setdefault(image, about)["steps"][step] = mean.tolist()
    return found
