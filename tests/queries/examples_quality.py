"""Worked examples of how well cases are handled: K09, K10, K14, K21 (domain.md §4.2)."""

from example_town import Example

EXAMPLES = (
    Example(
        "K09",
        "first_time_rate",
        "a return counts against it, though it is the dispatcher's slip",
        """
        reported 0, accepted 1, dispatched 2, closed 5
        reported 0, accepted 1, dispatched 2, returned 3, dispatched 4, closed 5
        """,
        (1, 2, 50),
    ),
    Example(
        "K09",
        "first_time_rate",
        "so do rework and reopening; settled on the spot is at the first go",
        """
        reported 0, accepted 1, closed 2 | self_handled
        reported 0, accepted 1, dispatched 2, checked 4, closed 5
        reported 0, accepted 1, dispatched 2, checked 4, rework 5, checked 7, closed 8
        reported 0, accepted 1, closed 5, reopened 20, closed 30
        """,
        (2, 4, 50),
    ),
    Example(
        "K09",
        "first_time_rate",
        "before it was reopened it was at the first go",
        "reported 0, accepted 1, closed 10, reopened 60, closed 90",
        (1, 1, 100),
        now="59:59:59",
    ),
    Example(
        "K09",
        "first_time_rate",
        "reopened and not closed again it is not closed at all",
        "reported 0, accepted 1, closed 10, reopened 60, closed 90",
        (0, 0, None),
        now="60",
    ),
    Example(
        "K09",
        "first_time_rate",
        "closed again it is not at the first go",
        "reported 0, accepted 1, closed 10, reopened 60, closed 90",
        (0, 1, 0),
    ),
    Example(
        "K09",
        "reopened",
        "two reopenings of one case count once; one still open does not count",
        """
        reported 0, accepted 1, closed 2, reopened 3, closed 4, reopened 5, closed 6
        reported 0, accepted 1, closed 2, reopened 3
        reported 0, accepted 1, closed 2
        """,
        (1, None, 1),
    ),
    Example(
        "K10",
        "rework_rate",
        "two reworks of one case count once, and its three checks too",
        """
        reported 0, accepted 1, checked 5, rework 6, checked 8, rework 9, checked 11, closed 12
        reported 0, accepted 1, checked 5, closed 6
        """,
        (1, 2, 50),
    ),
    Example(
        "K10",
        "rework_rate",
        "what was never checked is not in the denominator, nor what is open",
        """
        reported 0, accepted 1, checked 5, rework 6, checked 8, closed 9
        reported 0, accepted 1, closed 6
        reported 0, accepted 1, checked 5, rework 6
        """,
        (1, 1, 100),
    ),
    Example(
        "K10",
        "rework_rate",
        "a rework is a failed check, also where no check is on record",
        """
        reported 0, accepted 1, dispatched 2, rework 6, dispatched 7, closed 9
        reported 0, accepted 1, checked 5, closed 6
        """,
        (1, 2, 50),
    ),
    Example(
        "K10", "rework_rate", "nothing checked", "reported 0, accepted 1, closed 2", (0, 0, None)
    ),
    Example(
        "K10",
        "rework_passes",
        "here every pass counts, of closed cases",
        """
        reported 0, accepted 1, checked 5, rework 6, checked 8, rework 9, checked 11, closed 12
        reported 0, accepted 1, checked 5, rework 6, checked 8, closed 9
        reported 0, accepted 1, checked 5, rework 6
        """,
        (3, None, 3),
    ),
    Example(
        "K14",
        "station_led_rate",
        "neither services nor unknown lines of work nor what was settled on the spot",
        """
        reported 0, accepted 1 lead station, closed 5
        reported 0, accepted 1 lead street, closed 5
        reported 0, accepted 1 lead station, closed 5 | category=water
        reported 0, accepted 1 lead station, closed 5 | category=noise
        reported 0, accepted 1 lead station, closed 5 | self_handled
        """,
        (1, 2, 50),
    ),
    Example(
        "K14",
        "station_led_rate",
        "an escalated case counts for who led when it was closed",
        """
        reported 0, accepted 1 lead station, escalated 3 lead street, closed 5
        reported 0, accepted 1 lead micro_grid, escalated 3 lead station, closed 5
        reported 0, accepted 1 lead micro_grid, closed 5
        """,
        (1, 3, 33.333),
    ),
    Example(
        "K14",
        "station_led_rate",
        "where nobody noted who led, and what is open, is left out",
        """
        reported 0, accepted 1, closed 5
        reported 0, accepted 1 lead station
        reported 0, accepted 1 lead station, cancelled 5
        """,
        (0, 0, None),
    ),
    Example(
        "K21",
        "return_rate",
        "two returns of three dispatches",
        "reported 0, accepted 1, dispatched 2, returned 3, dispatched 4, returned 5, dispatched 6, closed 7",
        (2, 3, 66.667),
    ),
    Example(
        "K21",
        "return_rate",
        "a ratio of sums: two of three and none of one are two of four; open cases are left out",
        """
        reported 0, accepted 1, dispatched 2, returned 3, dispatched 4, returned 5, dispatched 6, closed 7
        reported 0, accepted 1, dispatched 2, closed 3
        reported 0, accepted 1, dispatched 2, returned 3
        """,
        (2, 4, 50),
    ),
    Example(
        "K21",
        "return_rate",
        "sent to the same unit again after a check is a dispatch, and no return",
        "reported 0, accepted 1, dispatched 2, checked 5, rework 6, dispatched 7, checked 8, closed 9",
        (0, 2, 0),
    ),
    Example(
        "K21",
        "return_rate",
        "nothing dispatched",
        "reported 0, accepted 1, closed 2 | self_handled",
        (0, 0, None),
    ),
)
