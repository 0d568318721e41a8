"""Both languages, and addresses that are wrong: a notice in words with a way home that works."""

import re

import pytest
from browser_tools import PHONE, TABLET, WALL, Size, Visitor

pytestmark = pytest.mark.browser
pytest_plugins = ["browser_fixtures"]

CHINESE = re.compile(r"[\u4e00-\u9fff]")
every_screen = pytest.mark.parametrize("size", [WALL, TABLET, PHONE], ids=str)
LABELS = ".panel-title, .tile-label, .lamp-word, .choice:not(.language), .panel-aside, .row-label"
LABELS += ", .tile-under, .change, .crumb, .legend, .sheet-close, .header-title, h3, .button"

BAD = [
    ("#grid=nope", "没有编码为「nope」的网格", "There is no grid with the code “nope”"),
    ("#days=0", "天数「0」不成立", "“0” is not a number of days"),
    ("#from=2026-02-01&to=2026-01-01", "统计期不成立", "The period is not possible"),
    ("#%zz", "地址里 # 之后的部分读不懂", "The part after # cannot be read"),
    ("#foo=1", "「foo=1」不认识", "“foo=1” in the address is not known"),
    ("#level=9", "「level=9」不认识", "“level=9” in the address is not known"),
    ("#grid=%3Cimg%20src=x%20onerror=alert(1)%3E", "<img src=x", "<img src=x"),
]


@every_screen
def test_english_by_query_and_by_switch(size: Size, visit: Visitor) -> None:
    seen = visit(size).go(search="?lang=en")
    words = " ".join(seen.page.locator(LABELS).all_inner_texts())
    assert not CHINESE.search(words), CHINESE.findall(words)
    assert "Lanchuan" in words
    assert seen.page.evaluate("document.documentElement.lang") == "en"
    if size.screen != "wall":
        seen.page.locator(".language").click()
        seen.eventually(lambda: "岚川" in seen.text("h1"))
        assert seen.page.evaluate("document.documentElement.lang") == "zh-CN"
        seen.page.locator(".language").click()
        seen.eventually(lambda: "Lanchuan" in seen.text("h1"))


@every_screen
def test_the_pages_title_is_in_the_language_of_the_page(size: Size, visit: Visitor) -> None:
    seen = visit(size).go("#lang=en")
    seen.eventually(lambda: not CHINESE.search(seen.page.title()), timeout=2000)


@every_screen
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_wrong_address_is_told_and_leads_home(size: Size, language: str, visit: Visitor) -> None:
    seen = visit(size)
    address = f"{seen.server.url}/{size.screen}/?lang={language}"
    for i, (fragment, zh, en) in enumerate(BAD):
        if i == 0:
            seen.page.goto(address + fragment)
        else:
            seen.to(fragment)
        words = en if language == "en" else zh
        seen.eventually(lambda w=words: w in seen.text(".notice-card"))
        assert "Traceback" not in seen.page.content()
        seen.page.locator(".notice-card .button").click()
        seen.drawn()
        seen.eventually(lambda: not seen.count(".notice-card"))
        assert seen.count(".crumb") == 1


def test_the_fragments_language_counts_more_than_the_querys(visit: Visitor) -> None:
    """Who came by ?lang=en and switched to Chinese is told of a wrong address in Chinese."""
    seen = visit(PHONE)
    seen.page.goto(f"{seen.server.url}/phone/?lang=en#lang=zh&grid=nope")
    seen.eventually(lambda: seen.count(".notice-card"))
    assert "没有编码为「nope」的网格" in seen.text(".notice-card")


def test_a_wrong_address_over_figures_keeps_them(visit: Visitor) -> None:
    seen = visit(TABLET).go()
    seen.page.evaluate("() => { location.hash = '#grid=nope'; }")
    seen.eventually(lambda: seen.count(".notice-card"))
    assert seen.text(".lamp-open .lamp-number")
    seen.page.go_back()
    seen.eventually(lambda: not seen.count(".notice-card"))


def test_the_first_page_leads_to_the_screens(visit: Visitor) -> None:
    seen = visit(TABLET)
    for query, fragment in (("", ""), ("?lang=en", "#lang=en")):
        for screen in ("wall", "tablet", "phone"):
            seen.page.goto(f"{seen.server.url}/{query}")
            seen.page.locator(f'a[href^="/{screen}/"]').click()
            seen.page.wait_for_url(f"**/{screen}/{fragment}")
            seen.page.wait_for_selector(f".screen-{screen}")
