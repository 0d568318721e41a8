"""Worked examples of what citizens are told and say: K12, K13, K16, K17 (domain.md §4.2)."""

from example_town import Example

ANSWERS = """
    reported 0, accepted 1, closed 10, surveyed 12 very_satisfied
    reported 0, accepted 1, closed 10, surveyed 12 satisfied
    reported 0, accepted 1, closed 10, surveyed 12 basically_satisfied
    reported 0, accepted 1, closed 10, surveyed 12 dissatisfied
    reported 0, accepted 1, closed 10, surveyed 12 very_dissatisfied
"""

HARDLY_ANY_ANSWER = """
    reported 0, accepted 1, closed 10, surveyed 12 satisfied
    reported 0, accepted 1, closed 10, surveyed 12 unrated
    reported 0, accepted 1, closed 10, surveyed 12 unreached
    reported 0, accepted 1, closed 10
"""

ANONYMOUS = """
    reported 0, accepted 1, closed 10, surveyed 12 dissatisfied
    reported 0, accepted 1, closed 10, surveyed 12 satisfied responded solved | anonymous
    reported 0, accepted 1, closed 10 | anonymous
"""

REOPENED_FOR_AN_ANSWER = """
    reported 0, accepted 1, closed 10, surveyed 12 dissatisfied, reopened 20, closed 30, surveyed 32 satisfied solved
    reported 0, accepted 1, closed 10, surveyed 12 satisfied solved
"""

CALLED_BACK = """
    reported 0, accepted 1, closed 10, surveyed 12 satisfied responded solved
    reported 0, accepted 1, closed 10, surveyed 12 dissatisfied responded
    reported 0, accepted 1, closed 10, surveyed 12 dissatisfied
    reported 0, accepted 1, closed 10, surveyed 12 unreached
    reported 0, accepted 1, closed 10
"""

EXAMPLES = (
    Example("K12", "satisfaction", "basically satisfied counts in full", ANSWERS, (3, 5, 60)),
    Example(
        "K12",
        "satisfaction",
        "where it weighs 0.9 by definition",
        ANSWERS,
        (2.9, 5, 58),
        settings={
            "definitions": [
                {"metric": "satisfaction", "variant": "w0.9", "valid_from": "2026-01-01"}
            ]
        },
    ),
    Example(
        "K12",
        "satisfaction",
        "not surveyed, not reached and not rated is not satisfied, and not dissatisfied",
        HARDLY_ANY_ANSWER,
        (1, 1, 100),
    ),
    Example(
        "K12", "satisfaction", "what anonymous callers say does not count", ANONYMOUS, (0, 1, 0)
    ),
    Example(
        "K12",
        "satisfaction",
        "after a reopening the newest answer counts, and counts once",
        REOPENED_FOR_AN_ANSWER,
        (2, 2, 100),
    ),
    Example(
        "K12",
        "satisfaction",
        "an answer counts from when it was given",
        ANSWERS,
        (0, 0, None),
        now="11:59:59",
    ),
    Example(
        "K13",
        "survey_coverage",
        "valid is what was reached and rated, of all closed",
        HARDLY_ANY_ANSWER,
        (1, 4, 25),
    ),
    Example("K13", "survey_coverage", "anonymous reports are not due", ANONYMOUS, (1, 1, 100)),
    Example(
        "K13",
        "survey_coverage",
        "open, reopened and cancelled cases are not due",
        """
        reported 0, accepted 1, closed 10
        reported 0, accepted 1
        reported 0, accepted 1, closed 10, reopened 20
        reported 0, accepted 1, cancelled 10
        """,
        (0, 1, 0),
    ),
    Example(
        "K13",
        "survey_coverage",
        "only anonymous reports, nothing due",
        "reported 0, accepted 1, closed 10 | anonymous",
        (0, 0, None),
    ),
    Example(
        "K16", "response_rate", "somebody got in touch, of the reached", CALLED_BACK, (2, 3, 66.667)
    ),
    Example("K16", "solved_rate", "solved, of the reached", CALLED_BACK, (1, 3, 33.333)),
    Example(
        "K16",
        "solved_rate",
        "reached is enough, rated or not",
        """
        reported 0, accepted 1, closed 10, surveyed 12 unrated responded solved
        reported 0, accepted 1, closed 10, surveyed 12 satisfied
        """,
        (1, 2, 50),
    ),
    Example("K16", "solved_rate", "anonymous reports are left out", ANONYMOUS, (0, 1, 0)),
    Example("K16", "response_rate", "and of contact too", ANONYMOUS, (0, 1, 0)),
    Example(
        "K16",
        "solved_rate",
        "after a reopening the newest answer counts",
        REOPENED_FOR_AN_ANSWER,
        (2, 2, 100),
    ),
    Example(
        "K17",
        "response_in_time",
        "in the grid within fifteen minutes to the second",
        """
        reported 9:00, responded 9:15:00, accepted 10 | in_grid
        reported 9:00, responded 9:15:01, accepted 10 | in_grid
        """,
        (1, 2, 50),
    ),
    Example(
        "K17",
        "response_in_time",
        "by the level above within 24 hours to the second, nights and all",
        """
        reported 9:00, accepted 10, responded 33:00:00 | in_grid=no
        reported 9:00, accepted 10, responded 33:00:01 | in_grid=no
        """,
        (1, 2, 50),
    ),
    Example(
        "K17",
        "response_in_time",
        "an answer is not a closing; where nobody waits for one none is due",
        """
        reported 9:00, accepted 9:05, closed 9:10 | in_grid
        reported 9:00, responded 9:05, accepted 9:05, closed 9:10 | in_grid
        reported 9:00, accepted 9:05, closed 9:10
        """,
        (1, 2, 50),
    ),
    Example(
        "K17",
        "response_in_time",
        "unanswered within its time it is not due yet; in the very last second neither",
        """
        reported 227:50, accepted 227:55 | in_grid
        reported 227:45, accepted 227:50 | in_grid
        reported 227:44:59, accepted 227:50 | in_grid
        reported 210, accepted 211 | in_grid=no
        reported 227:50, responded 227:55, accepted 227:58 | in_grid
        """,
        (1, 2, 50),
    ),
    Example(
        "K17",
        "response_in_time",
        "merged, rejected and cancelled reports are left out",
        """
        reported 9, responded 9:05, merged 10 | in_grid
        reported 9, rejected 10 | in_grid
        reported 9, accepted 9:05, cancelled 11 | in_grid
        reported 9, responded 9:05, accepted 10 | in_grid
        """,
        (1, 1, 100),
    ),
    Example(
        "K17",
        "response_in_time",
        "what is handed up after fifteen minutes was missed all the same",
        """
        reported 9, accepted 9:10, escalated 9:30 lead street, responded 10 | in_grid
        """,
        (0, 1, 0),
    ),
)
