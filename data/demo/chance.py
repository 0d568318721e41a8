"""Seeded randomness: every part of the city draws from its own stream, so parts do not disturb."""

import zlib

import numpy as np


def stream(seed: int, part: str) -> np.random.Generator:
    """The random numbers of one part of the city; the same for the same seed and part."""
    return np.random.default_rng([seed, zlib.crc32(part.encode())])


def pick(rng: np.random.Generator, weights: np.ndarray, size: int) -> np.ndarray:
    """Draw `size` positions with probability in proportion to the weights."""
    running = np.cumsum(weights, dtype=np.float64)
    drawn = np.searchsorted(running, rng.random(size) * running[-1], side="right")
    return np.minimum(drawn, len(weights) - 1)


def pick_by_row(rng: np.random.Generator, weights: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """For each entry of `rows`, draw a column of that row of the weight matrix."""
    shares = weights / weights.sum(axis=1, keepdims=True)
    running = np.cumsum(shares, axis=1)
    running[:, -1] = 1.0
    steps = (running + np.arange(len(weights))[:, None]).ravel()
    drawn = np.searchsorted(steps, rows + rng.random(len(rows)), side="right")
    return np.clip(drawn - rows * weights.shape[1], 0, weights.shape[1] - 1)


def apportion(total: int, weights: np.ndarray, least: int) -> np.ndarray:
    """Whole numbers that add up to `total`, each at least `least`, nearly in proportion."""
    free = total - least * len(weights)
    if free < 0:
        raise ValueError(f"{total} cannot give {least} to each of {len(weights)}")
    exact = free * weights / weights.sum()
    whole = np.floor(exact).astype(np.int64)
    largest = np.argsort(whole - exact, kind="stable")[: free - int(whole.sum())]
    whole[largest] += 1
    return whole + least
