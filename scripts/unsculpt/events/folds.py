"""Folds, parts and clusters of events, by a hash of their identifiers."""

import numpy as np


def fold(run, event, folds):
    """The fold of each event: a hash of its identifiers, so that it depends neither on order nor on chunks.

    The hash is splitmix64 (Steele, Lea and Flood, OOPSLA 2014, doi:10.1145/2660193.2660195) of the event number mixed
    with that of the run; its upper 32 bits times `folds`, over 2^32, are the fold.

    Parameters
    ----------
    run, event : int64 array, shape (n,)
    folds : int

    Returns
    -------
    int8 array, shape (n,), from 0 to folds - 1
    """
    return _share(_mixed(run, event), folds).astype(np.int8)


def part(run, event, number):
    """One of several parts of each event, independent of the folds and subfolds: the hash of `fold`, hashed again.

    Parameters
    ----------
    run, event : int64 array, shape (n,)
    number : int
        Of parts, up to 127.

    Returns
    -------
    int8 array, shape (n,), from 0 to number - 1
    """
    return _share(_splitmix64(_mixed(run, event)), number).astype(np.int8)


def cluster(run, event, number):
    """One of many clusters of each event for a bootstrap, independent of the folds and parts: hashed once more.

    Parameters
    ----------
    run, event : int64 array, shape (n,)
    number : int
        Of clusters, up to 32767.

    Returns
    -------
    int16 array, shape (n,), from 0 to number - 1
    """
    return _share(_splitmix64(_splitmix64(_mixed(run, event))), number).astype(np.int16)


def draw(run, event):
    """A number from 0 to 1 of each event, independent of folds, parts, subfolds and clusters, by which some are drawn.

    Parameters
    ----------
    run, event : int64 array, shape (n,)

    Returns
    -------
    float array, shape (n,)
    """
    hashed = _mixed(run, event)
    for _ in range(3):
        hashed = _splitmix64(hashed)
    return (hashed >> np.uint64(11)) / 2.0**53


def subfold(run, event, number):
    """A part of each event within its fold: the lower 32 bits of the hash of `fold`, independent of the upper ones.

    Parameters
    ----------
    run, event : int64 array, shape (n,)
    number : int
        Of parts, up to 127.

    Returns
    -------
    int8 array, shape (n,), from 0 to number - 1
    """
    return ((_mixed(run, event) & np.uint64(0xFFFFFFFF)) * np.uint64(number) >> np.uint64(32)).astype(np.int8)


def _share(hashed, number):
    """Which of a number of equal ranges the upper 32 bits lie in."""
    return (hashed >> np.uint64(32)) * np.uint64(number) >> np.uint64(32)


def _mixed(run, event):
    return _splitmix64(np.asarray(event).astype(np.uint64) ^ _splitmix64(np.asarray(run).astype(np.uint64)))


def _splitmix64(x):
    x = np.atleast_1d(x) + np.uint64(0x9E3779B97F4A7C15)  # arrays wrap around silently, scalars would warn
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
