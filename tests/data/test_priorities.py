"""分色治理: importance × urgency gives the place among the site's priorities."""

import pytest
from derived_rows import now
from small_town import ZONE, found_town

from data.case_tables import site_setting
from data.errors import InputError, SetupError
from data.priorities import colours_of, priority_cells
from data.rules import Rules, read_rules
from data.stored_settings import write_setting

COLOURS = [
    {"key": "red", "name": ["红", "Red"], "when": [[1, 1], [1, 2]]},
    {"key": "yellow", "name": ["黄", "Yellow"], "when": [[2, 1], [2, 2]]},
    {"key": "green", "name": ["绿", "Green"], "when": [[3, 3]]},
]


@pytest.mark.parametrize(
    ("importance", "urgency", "position"),
    [
        (1, 1, 0),
        (1, 2, 0),
        (2, 1, 1),
        (3, 3, 2),
        # No cell fits.
        (3, 1, None),
        # Not told, or only half of it; or something else.
        (None, None, None),
        (1, None, None),
        (None, 1, None),
        (4, 1, None),
        (0, 1, None),
    ],
)
def test_a_cell_gives_the_position_of_its_priority(importance, urgency, position):
    rules = Rules(ZONE, priorities=priority_cells(COLOURS))
    row = now("reported 0", rules, importance=importance, urgency=urgency)
    assert row["priority"] == position


def test_without_priorities_no_case_has_one():
    assert priority_cells(None) == {}
    assert now("reported 0", importance=1, urgency=1)["priority"] is None


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ([*COLOURS, {"key": "blue", "when": [[2, 2]]}], r"\[2, 2\].*yellow.*blue"),
        ([{"key": "red", "when": [[1, 1], [1, 1]]}], r"\[1, 1\].*red"),
        ([{"key": "red", "when": [[0, 1]]}], r"red.*\[0, 1\]"),
        ([{"key": "red", "when": [[1, 4]]}], r"red.*\[1, 4\]"),
        ([{"key": "red", "when": [[1]]}], r"red.*\[1\]"),
        ([{"key": "red"}], r"red.*when"),
        (["red"], "number 1"),
        ({"red": [[1, 1]]}, "list"),
    ],
)
def test_what_contradicts_itself_is_named(held, said, tmp_path):
    with pytest.raises(InputError, match=said):
        priority_cells(held)
    town = found_town("sqlite", tmp_path, "colours")
    with town.case.begin() as connection:
        write_setting(connection, site_setting, "priorities", held)
        with pytest.raises(SetupError, match="priorities"):
            read_rules(connection, ZONE)
    town.close()


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ([], ()),
        (["violet", "grey"], ("violet", "grey")),
        ([None, None, None], ("red", "orange", "yellow")),
        # The first that nobody has named.
        ([None, "red", None], ("orange", "red", "yellow")),
        ([None] * 9, ("red", "orange", "yellow", "green", "blue", "violet", *["grey"] * 3)),
    ],
)
def test_each_priority_has_a_colour(asked, given):
    held = [{"key": "k", "colour": colour} if colour else {"key": "k"} for colour in asked]
    assert colours_of(held) == given


def test_a_colour_that_is_no_token_is_named():
    with pytest.raises(
        InputError, match="'urgent' has the colour 'pink'; write one of red, orange"
    ):
        colours_of([{"key": "urgent", "colour": "pink"}])
