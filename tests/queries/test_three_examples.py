"""Three worked examples and more of every KPI up to K21 (domain.md §4.2).

The tables say what the definitions come to, by hand; the program is asked afterwards.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import examples_citizens
import examples_deadlines
import examples_flow
import examples_quality
import examples_times
import pytest
from conftest import ENGINES
from example_town import Example, ExampleTown, example_town
from hand_town import AS_OF

from queries.figures import Figure, count_text, hours_text, percent_text
from queries.metrics import BY_KEY, METRICS

EXAMPLES = (
    *examples_flow.EXAMPLES,
    *examples_deadlines.EXAMPLES,
    *examples_times.EXAMPLES,
    *examples_quality.EXAMPLES,
    *examples_citizens.EXAMPLES,
)

KPIS = {f"K{number:02}" for number in range(1, 22)} - {"K11"}
"""K11 has its own town: repeats are found by place and time."""

ONE_OF_200_OPEN = "reported 0, accepted 1, closed 2\n" * 199 + "reported 0, accepted 1"
ONE_OF_200_CLOSED = "reported 0, accepted 1\n" * 199 + "reported 0, accepted 1, closed 2"

ANSWERED_AFTER_AN_HOUR = Example(
    "K17",
    "response_in_time",
    "answered by the level above after an hour",
    "reported 9:00, accepted 9:05, responded 10:00 | in_grid=no",
    (1, 1, 100),
)


@pytest.fixture(scope="module", params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[ExampleTown]:
    with example_town(request.param, tmp_path_factory.mktemp("examples")) as town:
        yield town


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_comes_to_what_was_worked_out(town, example):
    example.check(town.figure(example))


@pytest.mark.parametrize(("reclassified", "comes_to"), [(9.2, (1, 1, 100)), (10.5, (0, 1, 0))])
def test_a_report_reclassified_after_its_fifteen_minutes_stays_missed(town, reclassified, comes_to):
    # First it was the grid's to answer by 9:15, then it was handed to the level above, which has 24 h.
    example = replace(ANSWERED_AFTER_AN_HOUR, comes_to=comes_to)
    later = example.cases()
    town.empty()
    town.town.take([replace(case, in_grid=True) for case in later], until=9.1, now=9.1)
    town.town.take(later, until=reclassified, now=reclassified)
    town.town.take(later, now=11)
    example.check(town.ask(example, AS_OF))


@pytest.mark.parametrize(
    ("lines", "places", "text"),
    [
        (ONE_OF_200_OPEN, 0, "99 %"),  # 99.5, but one is missing
        (ONE_OF_200_OPEN, 2, "99.50 %"),
        (ONE_OF_200_CLOSED, 0, "1 %"),  # 0.5 up
        ("reported 0, accepted 1, closed 2", 2, "100.00 %"),
        ("reported 0, accepted 1", 2, "0.00 %"),
        ("reported 0, rejected 1", 2, "—"),
        ("reported 0, accepted 1, closed 2\n" * 2 + "reported 0, accepted 1", 2, "66.67 %"),
    ],
)
def test_a_rate_is_printed_by_its_counts(town, lines, places, text):
    example = Example("K03", "closure_rate_simple", "printed", lines, ())
    assert percent_text(town.figure(example), places) == text


def counted(figure: Figure) -> str:
    return count_text(figure.value)


@pytest.mark.parametrize(
    ("metric", "lines", "printed", "text"),
    [
        ("handling_median", "reported 0, accepted 1, closed 2:20", hours_text, "2.33"),
        ("handling_median", "reported 0, accepted 1", hours_text, "—"),
        ("reported", "reported 0\n" * 1200, counted, "1,200"),
        ("overdue", "reported 0, accepted 1", counted, "0"),
    ],
)
def test_hours_have_a_dash_where_there_are_none_and_counts_a_zero(
    town, metric, lines, printed, text
):
    example = Example(BY_KEY[metric].kpi, metric, "printed", lines, ())
    assert printed(town.figure(example)) == text


def test_every_kpi_up_to_k21_has_three_examples_and_each_of_its_metrics_one():
    asked = [metric for metric in METRICS if metric.kpi[:3] in KPIS]
    examples = Counter(example.kpi for example in EXAMPLES)
    assert {metric.kpi[:3] for metric in asked} == KPIS
    assert {metric.kpi: examples[metric.kpi] for metric in asked if examples[metric.kpi] < 3} == {}
    assert {metric.key for metric in asked} - {example.metric for example in EXAMPLES} == set()


def test_an_example_names_the_kpi_of_its_metric_and_no_two_say_the_same():
    assert [one.name for one in EXAMPLES if BY_KEY[one.metric].kpi != one.kpi] == []
    assert len({one.name for one in EXAMPLES}) == len(EXAMPLES)
