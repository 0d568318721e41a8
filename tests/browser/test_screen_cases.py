"""From a figure to its cases, to one case's timeline and back; and to the figure's definition."""

import re

import pytest
from browser_tools import PHONE, TABLET, WALL, Size, Visit, Visitor

pytestmark = pytest.mark.browser
pytest_plugins = ["browser_fixtures"]

TOTAL = {"tablet": ".panel-urgent .panel-aside", "phone": ".sheet-card .panel-aside"}
hand_held = pytest.mark.parametrize("size", [TABLET, PHONE], ids=str)


def number(words: str) -> int:
    return int(re.sub(r"\D", "", words))


def lists(visit: Visit) -> int:
    """How many cases the open list says it has; on a phone the sheet, on a tablet the panel."""
    return number(visit.text(TOTAL[visit.size.screen]))


def follow_case(visit: Visit) -> None:
    """Open the first case of the list, read its timeline, close it: the list is there again."""
    total = lists(visit)
    case = visit.page.locator(".case").first
    title = case.locator(".case-title").inner_text()
    case.click()
    visit.eventually(lambda: visit.text(".sheet-card .case-head") == title)
    steps = visit.page.locator(".timeline .step-what").all_inner_texts()
    assert steps[0] == "上报"
    assert "受理" in steps
    assert visit.count(".sheet-card .facts dt") >= 10
    visit.page.locator(".sheet-close").click()
    visit.eventually(lambda: not visit.count(".timeline"))
    assert lists(visit) == total
    assert visit.part("case") is None


@hand_held
def test_from_a_light_to_a_case_and_back(size: Size, visit: Visitor) -> None:
    seen = visit(size).go()
    if size.screen == "tablet":
        opener = seen.page.locator(".lamp-open")
        figure = number(opener.locator(".lamp-number").inner_text())
    else:
        opener = seen.page.locator('.need[href*="list=overdue"]')
        figure = number(opener.locator("b").inner_text())
    opener.click()
    seen.eventually(lambda: seen.part("list") and lists(seen) == figure)
    assert seen.count(".case") == min(figure, 50)
    follow_case(seen)
    if size.screen == "phone":
        seen.page.locator(".sheet-close").click()
        seen.eventually(lambda: not seen.count(".sheet-card"))
        assert seen.part("list") is None


@hand_held
def test_a_list_is_as_long_as_its_figure_says(size: Size, visit: Visitor) -> None:
    """Of a rate: missed, met and all in the denominator."""
    seen = visit(size).go()
    panel = "cards" if size.screen == "phone" else "rates"
    tile = seen.page.locator(
        f".panel-{panel} .tile", has=seen.page.locator('[href*="on_time_rate"]')
    )
    n, d = map(number, tile.first.locator(".tile-basis").inner_text().split("/"))
    tile.first.locator(".tile-value").click()
    seen.eventually(lambda: lists(seen) == d - n)
    for choice, total in ((1, n), (2, d), (0, d - n)):
        place = ".sheet-card" if size.screen == "phone" else ".panel-urgent"
        seen.page.locator(f"{place} .choices .choice").nth(choice).click()
        seen.eventually(lambda wanted=total: lists(seen) == wanted)
    assert seen.count(".case") == min(d - n, 50)


@hand_held
def test_pages_of_a_long_list(size: Size, visit: Visitor) -> None:
    seen = visit(size).go("#list=accepted")
    total = lists(seen)
    pages = -(-total // 50)
    assert pages > 2
    first = seen.text(".case-title")
    seen.page.locator(".pages .choice").last.click()
    seen.eventually(lambda: seen.text(".case-title") != first)
    seen.to(f"#list=accepted&page={pages}")
    seen.eventually(lambda: seen.count(".case") == total - 50 * (pages - 1))
    assert lists(seen) == total


@pytest.mark.parametrize("size", [WALL, TABLET, PHONE], ids=str)
def test_touching_a_label_opens_the_definition(size: Size, visit: Visitor) -> None:
    seen = visit(size).go()
    panel = "cards" if size.screen == "phone" else "rates"
    tile = seen.page.locator(f".panel-{panel} .tile").first
    label, basis = (
        tile.locator(".tile-label").inner_text(),
        tile.locator(".tile-basis").inner_text(),
    )
    tile.locator(".tile-label").click()
    seen.eventually(lambda: seen.text(".sheet-card .panel-title") == label)
    assert seen.text(".sheet-card .tile-basis") == basis
    told = seen.page.locator(".sheet-card .facts dt").all_inner_texts()
    assert told[:4] == ["口径", "口径版本", "统计时钟", "不计入"]
    assert {"统计期", "范围", "目标", "依据", "截至"} <= set(told)
    seen.page.locator(".sheet-close").click()
    seen.eventually(lambda: not seen.count(".sheet-card"))


def test_a_point_of_the_map_opens_its_case(visit: Visitor) -> None:
    seen = visit(WALL).go()
    seen.eventually(lambda: seen.count(".map-point"))
    seen.page.locator(".map-point").first.click(force=True)
    seen.eventually(lambda: seen.shown(".sheet-card .timeline"))
    assert seen.text(".sheet-card .light").endswith("超期")


def test_back_walks_out_of_case_and_list(visit: Visitor) -> None:
    seen = visit(PHONE).go()
    seen.page.locator(".need").first.click()
    seen.eventually(lambda: seen.count(".case"))
    seen.page.locator(".case").first.click()
    seen.eventually(lambda: seen.count(".timeline"))
    seen.page.go_back()
    seen.eventually(lambda: seen.count(".case") and not seen.count(".timeline"))
    seen.page.go_back()
    seen.eventually(lambda: not seen.count(".sheet-card"))


def test_a_filter_changes_every_panel_and_can_be_taken_off(visit: Visitor) -> None:
    seen = visit(TABLET).go()
    whole = seen.text(".lamp-open .lamp-number")
    row = seen.page.locator(".panel-sources a.row").first
    row.click()
    seen.eventually(lambda: seen.part("source"))
    seen.eventually(lambda: number(seen.text(".lamp-open .lamp-number")) < number(whole))
    seen.page.locator(".panel-sources .panel-aside .choice").click()
    seen.eventually(lambda: seen.text(".lamp-open .lamp-number") == whole)
