"""Worked examples of durations, extensions, parking and supervision: K07, K18–K20 (domain.md §4.2)."""

from example_town import Example

TEN = "\n".join(f"reported 0, accepted 0.5, closed {n}" for n in range(1, 11))

NINE = "\n".join(f"reported 0, accepted 0.5, closed {n}" for n in range(1, 10))

TEN_AT_WORK = "\n".join(
    f"reported 8, accepted 8, closed {n}" for n in (9, 10, 11, 12, 13)
) + "".join(f"\nreported 32, accepted 32, closed {n}" for n in (32.5, 39, 40, 41, 50))
"""Of work: 1 2 3 4 4 and 0.5 5 6 7 8 hours."""

EXAMPLES = (
    Example(
        "K07",
        "handling_median",
        "of three the one in the middle, from the report on",
        """
        reported 0, accepted 1, closed 2
        reported 0, accepted 1, closed 4
        reported 0, accepted 1, closed 90
        reported 0, accepted 1
        """,
        (3, None, 4),
    ),
    Example(
        "K07",
        "handling_median",
        "of two the middle between them; one that is closed while parked has been parked till then",
        """
        reported 0, accepted 1, hung 2, resumed 10, closed 12
        reported 0, accepted 1, hung 2, closed 10
        """,
        (2, None, 3),  # 4 and 2
    ),
    Example(
        "K07",
        "handling_median",
        "rework is in; what was reopened is measured to its last closing",
        """
        reported 0, accepted 1, checked 4, rework 5, checked 7, closed 8
        reported 40, accepted 41, closed 50, reopened 60, closed 90
        reported 0, accepted 1, closed 2, reopened 3
        """,
        (2, None, 29),  # 8 and 50
    ),
    Example(
        "K07",
        "handling_p90",
        "of 1 to 10 h at place 0.9 × 9 = 8.1",
        TEN,
        (10, None, 9.1),
    ),
    Example("K07", "handling_p90", "of nine there is none", NINE, (9, None, None)),
    Example("K07", "handling_median", "of nine there is a median", NINE, (9, None, 5)),
    Example(
        "K07",
        "handling_mean",
        "the sum of the hours by their number",
        """
        reported 0, accepted 1, closed 1
        reported 0, accepted 1, closed 2
        reported 0, accepted 1, hung 5, resumed 6, closed 10
        reported 0, accepted 1, closed 500 | is_test
        """,
        (3, None, 4),
    ),
    Example(
        "K07",
        "work_median",
        "over a night, over a weekend, and in the evening, when nobody works",
        """
        reported 17, accepted 17, closed 33:30
        reported 113, accepted 113, closed 179
        reported 19, accepted 19, closed 20
        """,
        (3, None, 2.5),  # 1 + 1.5; 1 + 3; 0
    ),
    Example(
        "K07",
        "work_median",
        "parking takes out the working time it covers: 9 h less 7",
        "reported 9, accepted 9, hung 10, resumed 33, closed 34",
        (1, None, 2),
    ),
    Example(
        "K07",
        "work_p90",
        "of 0.5 1 2 3 4 4 5 6 7 8 at place 8.1",
        TEN_AT_WORK,
        (10, None, 7.1),
    ),
    Example(
        "K18",
        "dispatch_median",
        "from acceptance to the first dispatch; what was not dispatched is left out",
        """
        reported 0, accepted 9, dispatched 9:30
        reported 0, accepted 9, dispatched 10, returned 11, dispatched 20
        reported 0, accepted 9, dispatched 12, closed 13
        reported 0, accepted 9, closed 30
        """,
        (3, None, 1),
    ),
    Example(
        "K18",
        "dispatch_median",
        "nothing dispatched, nothing measured",
        "reported 0, accepted 9, closed 10 | self_handled",
        (0, None, None),
    ),
    Example(
        "K18",
        "receive_median",
        "from the first dispatch to the first receipt, a return between them in",
        """
        reported 0, accepted 9, dispatched 10, received 10:20
        reported 0, accepted 9, dispatched 10, returned 11, dispatched 12, received 13, received 20
        reported 0, accepted 9, dispatched 10
        """,
        (2, None, 1.667),  # 20 min and 3 h
    ),
    Example(
        "K18",
        "receive_median",
        "a dispatch and its receipt after the instant asked for have not happened",
        """
        reported 0, accepted 9, dispatched 10, received 11
        reported 0, accepted 9, dispatched 10, received 16
        """,
        (1, None, 1),
        now="15",
    ),
    Example(
        "K19",
        "extension_rate",
        "two extensions of a case count once, one that was asked for does not; cancelled ones are out",
        """
        reported 0, accepted 1 due 25, extended 20 due 50, extended 40 due 60, closed 55
        reported 0, accepted 1 due 25, extension_requested 20, closed 24
        reported 0, accepted 1 due 25, extended 20 due 50, cancelled 30
        reported 0, accepted 1
        """,
        (1, 3, 33.333),
    ),
    Example(
        "K19",
        "parked_rate",
        "parked now of open now; resumed and asked for is not parked",
        """
        reported 0, accepted 1, hung 2
        reported 0, accepted 1, hung 2, resumed 3
        reported 0, accepted 1, hang_requested 2
        reported 0, accepted 1, hung 2, closed 3
        reported 0, accepted 1, hung 2, cancelled 3
        """,
        (1, 3, 33.333),
    ),
    Example(
        "K19",
        "parked_rate",
        "nothing open, no share",
        "reported 0, accepted 1, hung 2, resumed 3, closed 4",
        (0, 0, None),
    ),
    Example(
        "K19",
        "parked_long",
        "sixty days of 24 h to the second, of the parking that still lasts",
        """
        reported -1300, accepted -1290, hung -1212
        reported -1300, accepted -1290, hung -1211.75
        reported -1500, accepted -1490, hung -1400, resumed -100, hung 0
        reported -1500, accepted -1490, hung -1400, resumed 0
        """,
        (1, None, 1),
    ),
    Example(
        "K19",
        "extended_of_due",
        "closed and overdue ones of those due; within the extended limit is not due",
        """
        reported 0, accepted 1 due 25, extended 20 due 50, closed 55
        reported 0, accepted 1 due 25, extended 20 due 50
        reported 0, accepted 1 due 25, extended 20 due 300
        reported 0, accepted 1 due 25, closed 20
        """,
        (2, None, 2),
    ),
    Example(
        "K20",
        "supervision_rate",
        "answered in the very second of the reply date, and a second later",
        """
        reported 0, accepted 1, supervised 30 due 50, supervision_answered 50
        reported 0, accepted 1, supervised 30 due 50, supervision_answered 50:00:01
        """,
        (1, 2, 50),
    ),
    Example(
        "K20",
        "supervision_rate",
        "unanswered is a miss once the date has passed; without a date nothing is due",
        """
        reported 0, accepted 1, supervised 30 due 50
        reported 0, accepted 1, supervised 30 due 228
        reported 0, accepted 1, supervised 30 due 230
        reported 0, accepted 1, supervised 30
        reported 0, accepted 1, supervised 30 due 50, supervision_answered 40
        """,
        (1, 2, 50),
    ),
    Example(
        "K20",
        "supervision_rate",
        "of two supervisions the newest counts, and its own answer",
        """
        reported 0, accepted 1, supervised 2 due 20, supervision_answered 5, supervised 30 due 50
        reported 0, accepted 1, supervised 2 due 20, supervised 30 due 50, supervision_answered 40
        reported 0, accepted 1, supervised 2 due 20, supervised 30 due 50, supervision_answered 45
        """,
        (2, 3, 66.667),
    ),
    Example(
        "K20",
        "supervision_rate",
        "the case may be closed meanwhile; who was never supervised is left out",
        """
        reported 0, accepted 1, supervised 30 due 50, supervision_answered 40, closed 45
        reported 0, accepted 1, closed 45
        """,
        (1, 1, 100),
    ),
)
