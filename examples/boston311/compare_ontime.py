"""Holds our on-time verdicts (K04a) against the city's own column `ontime`, case by case.

`python -m examples.boston311.compare_ontime CASES.csv.gz [--csv FILE]`, with CASE_DATABASE_URL as for
`data.load`. Prints how many agree; --csv lists every case that does not, with its times.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

from data.databases import open_database
from data.engines import CASE
from data.errors import SetupError
from data.settings import read_settings
from queries.figures import Figure, percent, percent_text
from queries.verdicts import verdicts

WORDS = {"ONTIME": "on time", "OVERDUE": "late"}


def main(arguments: list[str] | None = None) -> int:
    """Print the comparison; exit code 2 when there is nothing to compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path, help="the city's file, as it was loaded")
    parser.add_argument("--csv", type=Path, help="write the cases that differ here")
    options = parser.parse_args(arguments)
    try:
        ours = verdicts(open_database(read_settings().case_database_url, CASE))
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
    done = rows[rows["state"] == "closed"]
    _tell("city, all that are closed", (done["city"] == "on time").sum(), len(done))
    due = rows[rows["ours"] != "no limit"]
    _tell("ours, all that were due", (due["ours"] == "on time").sum(), len(due))
    if options.csv:
        shown = ["case_enquiry_id", "open_dt", "target_dt", "closed_dt", "city", "ours", "state"]
        differ[shown].to_csv(options.csv, index=False)
    return 0


def _tell(what: str, n: int, d: int) -> None:
    print(f"on time, {what}: {n:,} / {d:,} = {percent_text(Figure(n, d, percent(n, d)))}")


if __name__ == "__main__":
    sys.exit(main())
