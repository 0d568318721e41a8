"""Worked examples of deadlines kept and missed: K04–K06 (domain.md §4.2)."""

from example_town import Example

EXTENDED = """
    reported 0, accepted 5 due 29, extended 20 due 53, closed 40
    reported 0, accepted 5 due 29, extended 20 due 53, closed 54
    reported 0, accepted 5 due 29, extended 20 due 53, closed 28
"""
"""In time by the extension only; late by both; in time by both."""

PARKED = """
    reported 0, accepted 1 due 25, hung 10, resumed 30, closed 45
    reported 0, accepted 1 due 25, hung 10, resumed 30, closed 45:00:01
"""
"""Parked for 20 h: due at 45."""

PARKED_AND_EXTENDED = """
    reported 0, accepted 1 due 25, extended 5 due 50, hung 10, resumed 20, closed 35
    reported 0, accepted 1 due 25, extended 5 due 50, hung 10, resumed 20, closed 60
    reported 0, accepted 1 due 25, extended 5 due 50, hung 10, resumed 20, closed 61
"""
"""Parked for 10 h: due at 60 by the extension, at 35 without it."""

EXAMPLES = (
    Example(
        "K04a",
        "on_time_rate",
        "closed in the very second of the deadline is in time, a second later is late",
        """
        reported 0, accepted 1 due 25, closed 25:00:00
        reported 0, accepted 1 due 25, closed 25:00:01
        """,
        (1, 2, 50),
    ),
    Example("K04a", "on_time_rate", "an extension moves the deadline", EXTENDED, (2, 3, 66.667)),
    Example("K04a", "on_time_rate", "parked time moves the deadline", PARKED, (1, 2, 50)),
    Example(
        "K04a",
        "on_time_rate",
        "parked time moves an extended deadline too",
        PARKED_AND_EXTENDED,
        (2, 3, 66.667),
    ),
    Example(
        "K04a",
        "on_time_rate",
        "rework does not reset the limit of the whole",
        """
        reported 0, accepted 1 due 25, dispatched 2, checked 20, rework 21, dispatched 22, checked 26, closed 27
        reported 0, accepted 1 due 25, dispatched 2, checked 10, rework 11, dispatched 12, checked 20, closed 24
        """,
        (1, 2, 50),
    ),
    Example(
        "K04a",
        "on_time_rate",
        "an extension or a parking that was only asked for changes nothing",
        """
        reported 0, accepted 1 due 25, extension_requested 20, closed 26
        reported 0, accepted 1 due 25, hang_requested 10, closed 26
        reported 0, accepted 1 due 25, hang_requested 10, hung 24, closed 26
        """,
        (1, 3, 33.333),
    ),
    Example(
        "K04a",
        "on_time_rate",
        "overdue and open is not in time; no deadline and within the limit are not due",
        """
        reported 0, accepted 1 due 25, closed 20
        reported 0, accepted 1 due 25
        reported 0, accepted 1 due 300
        reported 0, accepted 1, closed 2
        """,
        (1, 2, 50),
    ),
    Example(
        "K04a",
        "on_time_rate",
        "four working hours from Monday 16:00 end on Tuesday at 10:00",
        """
        reported 16, accepted 16 limit 4 work_hour, closed 34:00:00
        reported 16, accepted 16 limit 4 work_hour, closed 34:00:01
        """,
        (1, 2, 50),
    ),
    Example("K04b", "on_time_rate_original", "an extension is ignored", EXTENDED, (1, 3, 33.333)),
    Example(
        "K04b", "on_time_rate_original", "parked time still does not count", PARKED, (1, 2, 50)
    ),
    Example(
        "K04b",
        "on_time_rate_original",
        "parked time moves the original deadline, the extension does not",
        PARKED_AND_EXTENDED,
        (1, 3, 33.333),
    ),
    Example(
        "K04b",
        "on_time_rate_original",
        "an extended case belongs to the day of its extended deadline, as in K04a",
        """
        reported 0, accepted 1 due 20, extended 10 due 30, closed 15
        reported 0, accepted 1 due 30, closed 29
        reported 0, accepted 1 due 20, closed 15
        """,
        (2, 2, 100),
        scope={"from_": "2026-03-03", "to": "2026-03-03"},
    ),
    Example(
        "K04",
        "on_time_rate_unit",
        "handled in time, closed late: what checking takes is not the unit's delay",
        """
        reported 0, accepted 1 due 25, handled 25:00:00, checked 26, closed 27
        reported 0, accepted 1 due 25, handled 25:00:01, checked 26, closed 27
        """,
        (1, 2, 50),
    ),
    Example(
        "K04",
        "on_time_rate_unit",
        "without a record of handling the closing counts",
        """
        reported 0, accepted 1 due 25, closed 24
        reported 0, accepted 1 due 25, closed 26
        """,
        (1, 2, 50),
    ),
    Example(
        "K04",
        "on_time_rate_unit",
        "a handling that fails its check is none: the last one counts",
        """
        reported 0, accepted 1 due 25, handled 20, checked 22, rework 23, handled 30, checked 31, closed 32
        reported 0, accepted 1 due 25, handled 10, checked 12, rework 13, handled 20, checked 26, closed 27
        """,
        (1, 2, 50),
    ),
    Example(
        "K04",
        "on_time_rate_unit",
        "before its check failed the first handling stood",
        "reported 0, accepted 1 due 25, handled 20, checked 26, rework 27, handled 30, closed 31",
        (1, 1, 100),
        now="25:30",
    ),
    Example(
        "K04",
        "on_time_rate_unit",
        "handled in time and still being checked when the deadline has passed",
        """
        reported 0, accepted 1 due 25, handled 20
        reported 0, accepted 1 due 25
        """,
        (1, 2, 50),
    ),
    Example(
        "K05",
        "overdue",
        "from the second after the deadline on",
        """
        reported 0, accepted 1 due 227:59:59
        reported 0, accepted 1 due 228
        """,
        (1, None, 1),
    ),
    Example(
        "K05",
        "overdue",
        "a parked case is not overdue, nor one without a deadline, nor a closed one",
        """
        reported 0, accepted 1 due 100, hung 90
        reported 0, accepted 1 due 100, hung 120
        reported 0, accepted 1
        reported 0, accepted 1 due 100, closed 120
        reported 0, accepted 1 due 100, cancelled 120
        """,
        (0, None, 0),
    ),
    Example(
        "K05",
        "overdue",
        "a case that goes on has the time left that it had, if it had any",
        """
        reported 0, accepted 1 due 100, hung 50, resumed 200
        reported 0, accepted 1 due 100, hung 50, resumed 150
        reported 0, accepted 1 due 100, hung 120, resumed 220
        """,
        (2, None, 2),
    ),
    Example(
        "K05",
        "overdue",
        "an extension moves the deadline; one that was only asked for does not, nor such a parking",
        """
        reported 0, accepted 1 due 100, extended 90 due 240
        reported 0, accepted 1 due 100, extension_requested 90
        reported 0, accepted 1 due 100, hang_requested 90
        """,
        (2, None, 2),
    ),
    Example(
        "K05",
        "closed_late",
        "one second is late; the deadline's own second is not",
        """
        reported 0, accepted 1 due 25, closed 25:00:01
        reported 0, accepted 1 due 25, closed 25
        reported 0, accepted 1 due 25
        reported 0, accepted 1, closed 200
        """,
        (1, None, 1),
    ),
    Example(
        "K05",
        "overdue_rate",
        "closed late and overdue of all due",
        """
        reported 0, accepted 1 due 25, closed 10
        reported 0, accepted 1 due 25, closed 30
        reported 0, accepted 1 due 25
        reported 0, accepted 1 due 25, hung 20
        reported 0, accepted 1 due 300
        reported 0, accepted 1
        """,
        (2, 3, 66.667),
    ),
    Example(
        "K05",
        "late_days",
        "a begun day counts: 1 s is one day, 24 h one, 24 h and 1 s two, 100 h of an open one five",
        """
        reported 0, accepted 1 due 25, closed 25:00:01
        reported 0, accepted 1 due 25, closed 49
        reported 0, accepted 1 due 25, closed 49:00:01
        reported 0, accepted 1 due 128
        reported 0, accepted 1 due 128, hung 127
        reported 0, accepted 1 due 128, closed 128
        """,
        (9, None, 9),
    ),
    Example(
        "K06",
        "due_soon",
        "from the very instant at which 80 % have passed: 100 of 125 h",
        """
        reported 100, accepted 128 due 253
        reported 100, accepted 128:00:01 due 253:00:01
        """,
        (1, None, 1),
    ),
    Example(
        "K06",
        "due_soon",
        "up to 100 %, the deadline's own second in; not parked, not closed",
        """
        reported 0, accepted 1 due 228
        reported 0, accepted 1 due 227:59:59
        reported 0, accepted 1 due 240, hung 200
        reported 0, accepted 1 due 240, closed 227
        reported 0, accepted 1
        """,
        (1, None, 1),
    ),
    Example(
        "K06",
        "due_soon",
        "four of five working hours have passed at noon, of natural time only 57 %",
        "reported 216, accepted 216 limit 5 work_hour",
        (1, None, 1),
    ),
    Example(
        "K06",
        "due_soon",
        "a second before noon it is normal",
        "reported 216, accepted 216 limit 5 work_hour",
        (0, None, 0),
        now="227:59:59",
    ),
    Example(
        "K06",
        "due_soon",
        "over a night: from Tuesday 16:00 two and four working hours, 6 of 8 and of 7.5",
        """
        reported 208, accepted 208 limit 8 work_hour
        reported 208, accepted 208 limit 7.5 work_hour
        """,
        (1, None, 1),
    ),
    Example(
        "K06",
        "due_soon",
        "parked time does not use up the limit: 178 h of 200 have passed, and 158 h",
        """
        reported 0, accepted 0 due 200, hung 50, resumed 100
        reported 0, accepted 0 due 200, hung 50, resumed 120
        """,
        (1, None, 1),
    ),
    Example(
        "K06",
        "due_soon",
        "the light of an extended case goes by what it is due now: 128 h of 160, and of 200",
        """
        reported 0, accepted 100 due 200, extended 190 due 260
        reported 0, accepted 100 due 200, extended 190 due 300
        """,
        (1, None, 1),
    ),
)
