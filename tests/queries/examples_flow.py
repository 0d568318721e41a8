"""Worked examples of what flows in and out: K01–K03, K08, K15 (domain.md §4.2)."""

from example_town import Example

FIRST_DAY = {"from_": "2026-03-02", "to": "2026-03-02"}
SECOND_DAY = {"from_": "2026-03-03", "to": "2026-03-03"}

EXAMPLES = (
    Example(
        "K01",
        "reported",
        "a merged duplicate and a rejected one are reports, a test case is not",
        """
        reported 0, accepted 1
        reported 2, merged 3
        reported 4, rejected 5
        reported 6
        reported 8, accepted 9 | is_test
        """,
        (4, None, 4),
    ),
    Example(
        "K01",
        "accepted",
        "a merged duplicate and a rejected one were never accepted",
        """
        reported 0, accepted 1
        reported 2, merged 3
        reported 4, rejected 5
        reported 6
        reported 8, accepted 9 | is_test
        """,
        (1, None, 1),
    ),
    Example(
        "K01",
        "accepted",
        "what was accepted and then merged or cancelled was accepted, or in and out would not balance",
        """
        reported 0, accepted 1, merged 5
        reported 0, accepted 1, cancelled 5
        reported 0, accepted 1
        """,
        (3, None, 3),
    ),
    Example(
        "K01",
        "accepted",
        "the day of acceptance begins at midnight to the second",
        """
        reported 23:50, accepted 24:00:00
        reported 23:50, accepted 23:59:59
        reported 47:50, accepted 48:00:00
        """,
        (1, None, 1),
        scope=SECOND_DAY,
    ),
    Example(
        "K01",
        "closed",
        "what was reopened counts once, when it is closed again",
        """
        reported 0, accepted 1, closed 10
        reported 0, accepted 1, closed 10, reopened 20
        reported 0, accepted 1, closed 10, reopened 20, closed 30
        reported 0, accepted 1, cancelled 10
        """,
        (2, None, 2),
    ),
    Example(
        "K01",
        "closed",
        "the last closing is the one that counts, so the first day keeps only the other case",
        """
        reported 0, accepted 1, closed 10
        reported 0, accepted 1, closed 10, reopened 20, closed 30
        """,
        (1, None, 1),
        scope=FIRST_DAY,
    ),
    Example(
        "K02",
        "taken_rate",
        "what is being verified is not decided upon; merged, rejected and cancelled are, and not valid",
        """
        reported 0, accepted 1, closed 9
        reported 0, merged 1
        reported 0, rejected 1
        reported 0, accepted 1, cancelled 2
        reported 0, accepted 1, merged 2
        reported 0
        reported 0, verified 5
        """,
        (1, 5, 20),
    ),
    Example(
        "K02",
        "taken_rate",
        "while all are being verified there is no rate",
        """
        reported 226
        reported 227, verified 227.5
        """,
        (0, 0, None),
    ),
    Example(
        "K02",
        "taken_rate",
        "of one source: two of three patrol reports, the hotline aside",
        """
        reported 0, accepted 1 | source=patrol
        reported 1, accepted 2 | source=patrol
        reported 2, rejected 3 | source=patrol
        reported 3, rejected 4 | source=hotline
        """,
        (2, 3, 66.667),
        scope={"source": "patrol"},
    ),
    Example(
        "K02",
        "taken_rate",
        "a report belongs to the day of its report, whenever it was decided upon",
        """
        reported 23:59:59, accepted 30
        reported 24:00:00, accepted 30
        reported 20, rejected 100
        """,
        (1, 2, 50),
        scope=FIRST_DAY,
    ),
    Example(
        "K03",
        "closure_rate",
        "due are the closed and the overdue; what is open within its limit is not due",
        """
        reported 0, accepted 1 due 25, closed 10
        reported 0, accepted 1 due 25, closed 30
        reported 0, accepted 1 due 25
        reported 200, accepted 201 due 300
        """,
        (2, 3, 66.667),
    ),
    Example(
        "K03",
        "closure_rate_simple",
        "of the same cases the one within its limit is in the denominator",
        """
        reported 0, accepted 1 due 25, closed 10
        reported 0, accepted 1 due 25, closed 30
        reported 0, accepted 1 due 25
        reported 200, accepted 201 due 300
        """,
        (2, 4, 50),
    ),
    Example(
        "K03",
        "closure_rate",
        "a case parked past its deadline is not due",
        """
        reported 0, accepted 1 due 80, closed 10
        reported 0, accepted 1 due 80, hung 60
        """,
        (1, 1, 100),
    ),
    Example(
        "K03",
        "closure_rate_simple",
        "a parked case was accepted; cancelled, merged and rejected ones are left out",
        """
        reported 0, accepted 1 due 80, closed 10
        reported 0, accepted 1 due 80, hung 60
        reported 0, accepted 1 due 80, cancelled 5
        reported 0, accepted 1 due 80, merged 5
        reported 0, rejected 5
        """,
        (1, 2, 50),
    ),
    Example(
        "K03",
        "closure_rate",
        "cancelled and merged cases and those without a deadline are not due",
        """
        reported 0, accepted 1 due 25, closed 10
        reported 0, accepted 1 due 25, cancelled 30
        reported 0, accepted 1 due 25, merged 30
        reported 0, accepted 1
        reported 0, accepted 1, closed 5
        """,
        (1, 1, 100),
    ),
    Example(
        "K03",
        "closure_rate",
        "in the very second of its deadline an open case is still within its limit",
        """
        reported 0, accepted 1 due 228
        reported 0, accepted 1 due 227:59:59
        """,
        (0, 1, 0),
    ),
    Example(
        "K03",
        "closure_rate",
        "a case belongs to the day of its deadline, even if it was closed long before",
        """
        reported 0, accepted 1 due 23:59:59, closed 10
        reported 0, accepted 1 due 24:00:00, closed 10
        """,
        (1, 1, 100),
        scope=FIRST_DAY,
    ),
    Example(
        "K03",
        "closure_rate",
        "where parked cases are left out by definition, one within its limit is in",
        """
        reported 0, accepted 1 due 80, closed 10
        reported 0, accepted 1 due 80, hung 60
        reported 0, accepted 1 due 300
        """,
        (1, 2, 50),
        settings={
            "definitions": [
                {
                    "metric": "closure_rate",
                    "variant": "not_parked",
                    "valid_from": "2026-01-01",
                }
            ]
        },
    ),
    Example(
        "K08",
        "same_day_rate",
        "closed in the last second of the day of acceptance, and in the first of the next",
        """
        reported 22, accepted 23, closed 23:59:59
        reported 22, accepted 23, closed 24:00:00
        """,
        (1, 2, 50),
    ),
    Example(
        "K08",
        "same_day_rate",
        "reported before midnight, accepted after it: the day is that of acceptance",
        """
        reported 23:50, accepted 24:10, closed 40
        reported 23:50, accepted 23:55, closed 24:05
        """,
        (1, 2, 50),
    ),
    Example(
        "K08",
        "same_day_rate",
        "open ones are accepted ones; rejected, merged and cancelled ones are left out",
        """
        reported 0, accepted 1, closed 2
        reported 0, accepted 1
        reported 0, accepted 1, cancelled 2
        reported 0, merged 2
        reported 0, rejected 2
        """,
        (1, 2, 50),
    ),
    Example(
        "K08",
        "same_day_rate",
        "what was reopened and closed on a later day was not closed on the first",
        """
        reported 0, accepted 1, closed 2, reopened 30, closed 31
        reported 0, accepted 1, closed 2, reopened 5, closed 20
        """,
        (1, 2, 50),
    ),
    Example(
        "K08",
        "same_day_rate",
        "where the day of assessment runs from noon to noon",
        """
        reported 10, accepted 11:59:59, closed 12:00:00
        reported 10, accepted 12:00:00, closed 35:59:59
        reported 10, accepted 13, closed 34
        """,
        (2, 3, 66.667),
        settings={"assessment": {"day_begins": "12:00"}},
    ),
    Example(
        "K15",
        "self_handled_rate",
        "of all accepted ones, cancelled ones in",
        """
        reported 0, accepted 1, closed 2 | self_handled
        reported 0, accepted 1, closed 2
        reported 0, accepted 1, cancelled 2
        """,
        (1, 3, 33.333),
    ),
    Example(
        "K15",
        "self_handled_rate",
        "what was never accepted and test cases are left out",
        """
        reported 0, accepted 1, closed 2 | self_handled
        reported 0, rejected 1
        reported 0, merged 1
        reported 0, accepted 1, closed 2 | self_handled, is_test
        """,
        (1, 1, 100),
    ),
    Example(
        "K15",
        "self_handled_rate",
        "one still open that its finder deals with",
        """
        reported 0, accepted 1 | self_handled
        reported 0, accepted 1
        """,
        (1, 2, 50),
    ),
    Example(
        "K15",
        "self_handled_rate",
        "nothing accepted, no rate",
        "reported 0, rejected 1 | self_handled",
        (0, 0, None),
    ),
)
