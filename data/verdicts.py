"""How cases have ended so far, after each of their events."""

import numpy as np

from data.case_run import CaseRun


def verdicts(run: CaseRun, accepted: np.ndarray) -> np.ndarray:
    """'', closed, void (cancelled, merged) or rejected; `accepted` is the newest row of that type.

    The last word counts, since a later import may take back an earlier one; but a merged case that is
    closed together with the other stays merged until it is reopened.
    """
    reopened = run.last(run.of("reopened"))
    last = {name: run.last(run.of(name)) for name in ("closed", "cancelled", "rejected")}
    newest = np.maximum.reduce([reopened, *last.values()])
    verdict = np.full(run.size, "", dtype="U8")
    for name, word in (("closed", "closed"), ("cancelled", "void"), ("rejected", "rejected")):
        verdict[(last[name] >= 0) & (last[name] == newest)] = word
    verdict[(verdict == "rejected") & (accepted > last["rejected"])] = ""
    verdict[run.last(run.of("merged")) > reopened] = "void"
    return verdict
