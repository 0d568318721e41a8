"""Who sits at which desk of the made-up site: the codes that its event log names, never a name.

A 监督员 is a post of a grid and goes by its code in `staff`; the desks of the operations centre are
numbered. Times of what only the desks do are here too.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.demo.chance import pick, stream
from data.demo.site_settings import post_plan
from data.demo.steps import Times
from data.demo.territory import Territory
from data.demo.vocabulary import Vocabulary

NOBODY = -1
"""Position of None among the codes."""
DESKS = {"acceptors": "SL", "shift_leads": "ZB", "dispatchers": "PQ"}
"""Letters before the number of a seat: 受理, 值班, 派遣."""


@dataclass(frozen=True)
class Seats:
    """Positions in `codes` for each case; NOBODY where the site tells of no seats.

    `reporter`: the 监督员 where the report is their own; `closer`: the 值班长 when it was closed.
    """

    codes: np.ndarray
    supervisor: np.ndarray
    reporter: np.ndarray
    acceptor: np.ndarray
    shift_lead: np.ndarray
    closer: np.ndarray
    dispatcher: np.ndarray


def seats_of(cases: pd.DataFrame, territory: Territory, words: Vocabulary, seed: int) -> Seats:
    """The seat of each case at each desk, and the 监督员 of its place; some desks are busier."""
    told = words.site.get("seats")
    if told is None:
        nobody = np.full(len(cases), NOBODY)
        return Seats(np.array([None], object), *[nobody] * 6)
    rng = stream(seed, "seats")
    names: list[str] = []
    drawn = {}
    for desk, letters in DESKS.items():
        busy = rng.uniform(0.6, 1.4, told[desk])
        for draw in ("first", "again"):
            drawn[desk, draw] = len(names) + pick(rng, busy, len(cases))
        names += [f"{letters}-{number:02d}" for number in range(1, told[desk] + 1)]
    posts, at = _posts(territory, words, told["supervisor"])
    supervisor = len(names) + at[cases["leaf"].to_numpy()]
    own = words.sources["code"].isin(words.site.get("worker_sources", [])).to_numpy()
    return Seats(
        codes=np.array([*names, *posts, None], object),
        supervisor=supervisor,
        reporter=np.where(own[cases["source"]], supervisor, NOBODY),
        acceptor=drawn["acceptors", "first"],
        shift_lead=drawn["shift_leads", "first"],
        closer=drawn["shift_leads", "again"],
        dispatcher=drawn["dispatchers", "first"],
    )


def _posts(territory: Territory, words: Vocabulary, key: str) -> tuple[list[str], np.ndarray]:
    """Code of the first post of this key in each grid of its level, and the grid of each leaf."""
    level = next(post["level"] for post in words.site["post"] if post["key"] == key)
    number = 1
    for role, _, count in post_plan(words.site)[level]["posts"]:
        if role == key:
            break
        number += count
    blocks = territory.blocks
    codes = [f"{code}-{number:02d}" for code in territory.units[level]["code"]]
    return codes, np.asarray(blocks.ancestors(blocks.leaf, level))


def is_verified(cases: pd.DataFrame) -> np.ndarray:
    """Whether somebody looks before a report is accepted: not where a citizen waits for minutes only."""
    return np.asarray(cases["awaited"].to_numpy(bool) & ~cases["in_grid"].to_numpy(bool))


def desk_times(times: Times, cases: pd.DataFrame, seed: int) -> Times:
    """The times with those of sending out to verify and to check, each between its neighbours."""
    rng = stream(seed, "desks")
    number = len(cases)

    def between(first: str, last: str, low: float, high: float) -> np.ndarray:
        share = rng.uniform(low, high, number)
        return np.rint(times[first] + share * (times[last] - times[first]))

    return times | {
        "verify_sent": between("reported", "accepted", 0.08, 0.3),
        "verified": between("reported", "accepted", 0.55, 0.9),
        "first_check_sent": between("first_handled", "first_checked", 0.05, 0.3),
        "check_sent": between("handled", "checked", 0.05, 0.3),
        "check_sent_2": between("handled_2", "checked_2", 0.05, 0.3),
    }
