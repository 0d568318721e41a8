"""Holds our on-time verdicts (K04a) against the city's own column `ontime`, case by case.

`python -m examples.boston311.compare_ontime CASES.csv.gz [--csv FILE]`, with CASE_DATABASE_URL as for
`data.load`. Prints how many agree; --csv lists every case that does not, with its times.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd
from sqlalchemy import select

from data import bulk
from data.case_tables import FOREVER, case_derived, case_record
from data.databases import open_database
from data.engines import CASE
from data.errors import SetupError
from data.settings import read_settings

WORDS = {"ONTIME": "on time", "OVERDUE": "late"}


def main(arguments: list[str] | None = None) -> int:
    """Print the comparison; exit code 2 when there is nothing to compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path, help="the city's file, as it was loaded")
    parser.add_argument("--csv", type=Path, help="write the cases that differ here")
    options = parser.parse_args(arguments)
    try:
        ours = verdicts(read_settings().case_database_url)
        theirs = pd.read_csv(options.cases, dtype=str, keep_default_na=False)
    except (SetupError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    rows = theirs[theirs["ontime"] != ""].merge(ours, left_on="case_enquiry_id", right_on="code")
    rows["city"] = rows["ontime"].map(WORDS)
    print(f"{len(rows):,} cases with a verdict of the city")
    print(rows.groupby(["city", "ours", "state"]).size().rename("cases").to_string())
    differ = rows[rows["city"] != rows["ours"]]
    print(f"{len(rows) - len(differ):,} agree, {len(differ):,} differ")
    if options.csv:
        shown = ["case_enquiry_id", "open_dt", "target_dt", "closed_dt", "city", "ours", "state"]
        differ[shown].to_csv(options.csv, index=False)
    return 0


def verdicts(address: str) -> pd.DataFrame:
    """code, ours (on time | late | no limit) and state (open | closed) as they stand in the end."""
    d = case_derived.c
    statement = (
        select(case_record.c.code, d.is_closed, d.on_time_effective, d.effective_deadline)
        .join_from(case_record, case_derived, case_record.c.case_id == d.case_id)
        .where(d.valid_to == FOREVER)
    )
    with open_database(address, CASE).connect() as connection:
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


if __name__ == "__main__":
    sys.exit(main())
