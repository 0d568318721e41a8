"""Two checks that test.sh runs beside the tests: they accept what is explained, and say what they did not do."""

import re

import careless_code
import known_weaknesses
import pytest
from careless_code import Finding


def test_a_finding_needs_an_explanation_and_an_explanation_a_finding() -> None:
    one = Finding("data/x.py", "B608", 7, "SQL made of strings.")
    assert careless_code.problems([one], {"data/x.py": {"B608": "our own names"}}) == []
    assert "data/x.py:7: B608" in careless_code.problems([one], {})[0]
    assert "data/x.py:7" in careless_code.problems([one], {"data/y.py": {"B608": "x"}})[0]
    assert "take it out" in careless_code.problems([], {"data/x.py": {"B608": "x"}})[0]


def test_every_explanation_says_something() -> None:
    for file, held in careless_code.explained().items():
        assert (careless_code.ROOT / file).is_file(), file
        assert all(len(words) > 20 for words in held.values()), file


def test_the_page_on_security_names_tests_that_there_are() -> None:
    page = (careless_code.ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(tests/[\w/]+\.py)`", page))
    assert len(named) > 20
    assert {name for name in named if not (careless_code.ROOT / name).is_file()} == set()


PINS = """
good==1.0     # carries this
weak==2.0     # carries that; accepted GHSA-aaaa-1, CVE-2026-1: no file of others is read
"""


def told(*vulns: str) -> list[dict[str, object]]:
    weak = [{"id": one, "aliases": [], "fix_versions": ["2.1"]} for one in vulns]
    return [
        {"name": "good", "version": "1.0", "vulns": []},
        {"name": "Weak", "version": "2.0", "vulns": weak},
        {"name": "own", "skip_reason": "not found"},
    ]


def test_a_weakness_that_is_not_explained_beside_its_pin_is_a_problem() -> None:
    allowed = known_weaknesses.accepted(PINS)
    assert allowed == {("weak", "GHSA-aaaa-1"), ("weak", "CVE-2026-1")}
    fine = known_weaknesses.verdict(told("GHSA-aaaa-1"), allowed)
    assert (fine.wrong, fine.unknown, fine.asked) == ([], ["own"], 2)
    found = known_weaknesses.verdict(told("GHSA-bbbb-2"), allowed)
    assert found.wrong == ["Weak 2.0: GHSA-bbbb-2, fixed in 2.1"]


@pytest.mark.parametrize(
    ("answer", "words", "code"),
    [
        ("no route to host", "NOT AUDITED", 0),
        ([{"name": "own", "skip_reason": "not found"}], "NOT AUDITED", 0),
        (told(), "2 packages audited, 0 problems", 0),
        (told("GHSA-bbbb-2"), "fixed in 2.1", 1),
    ],
)
def test_what_was_not_asked_is_said(
    answer: object,
    words: str,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    monkeypatch.setattr(known_weaknesses, "ask", lambda: answer)
    assert known_weaknesses.main() == code
    assert words in capsys.readouterr().out
