"""Our verdict on every case, to hold against somebody else's."""

import pandas as pd
from sqlalchemy import Engine, select

from data import bulk
from data.case_tables import FOREVER, case_derived, case_record


def verdicts(engine: Engine) -> pd.DataFrame:
    """code, ours (on time | late | no limit) and state (open | closed) as they stand in the end."""
    d = case_derived.c
    statement = (
        select(case_record.c.code, d.is_closed, d.on_time_effective, d.effective_deadline)
        .join_from(case_record, case_derived, case_record.c.case_id == d.case_id)
        .where(d.valid_to == FOREVER)
    )
    with engine.connect() as connection:
        found = bulk.read(connection, statement)
    in_time = found["on_time_effective"] == 1
    ours = in_time.map({True: "on time", False: "late"})
    return pd.DataFrame(
        {
            "code": found["code"],
            "ours": ours.mask(found["effective_deadline"].isna(), "no limit"),
            "state": (found["is_closed"] == 1).map({True: "closed", False: "open"}),
        }
    )
