"""Looks at the versions: who looks last ends not always last, and takes nothing back then."""

from concurrent.futures import ThreadPoolExecutor
from operator import lt
from threading import Event

from queries.versions import CaseParts, LastLook, is_older


def test_what_was_found_is_good_for_a_while() -> None:
    look: LastLook[int] = LastLook(lt)
    assert look.recent(60) is None
    assert look.anew(lambda: 1, lambda: None) == 1
    assert look.recent(60) == 1
    assert look.recent(-1) is None


def test_a_look_that_was_overtaken_takes_nothing_back() -> None:
    """Else a page that connects then would be told of what is over, and never of what came meanwhile."""
    look: LastLook[int] = LastLook(lt)
    went_back: list[int] = []
    has_read, goes_on = Event(), Event()

    def slow() -> int:
        has_read.set()
        assert goes_on.wait(20)
        return 1

    with ThreadPoolExecutor(1) as threads:
        slower = threads.submit(look.anew, slow, lambda: went_back.append(1))
        assert has_read.wait(20)
        assert look.anew(lambda: 2, lambda: None) == 2
        goes_on.set()
        assert slower.result() == 2
    assert look.recent(60) == 2 and not went_back


def test_what_was_read_before_a_database_was_put_back_is_not_believed_after() -> None:
    look: LastLook[int] = LastLook(lt)
    went_back: list[int] = []
    assert look.anew(lambda: 5, lambda: None) == 5

    def slow() -> int:
        assert look.anew(lambda: 3, lambda: went_back.append(1)) == 3
        return 5

    assert look.anew(slow, lambda: None) == 3
    assert look.recent(60) == 3 and went_back == [1]
    assert look.anew(lambda: 4, lambda: None) == 4


def test_a_database_that_was_put_back_is_as_it_is() -> None:
    look: LastLook[CaseParts] = LastLook(is_older)
    went_back: list[int] = []
    for version, told in ((5, []), (5, []), (3, [1]), (4, [1])):
        found = CaseParts({"cases": version, "grids": 1}, 100)
        assert look.anew(lambda f=found: f, lambda: went_back.append(1)) is found
        assert look.recent(60) is found and went_back == told
    assert is_older(CaseParts({}, 0), CaseParts({"grids": 1}, 0))
