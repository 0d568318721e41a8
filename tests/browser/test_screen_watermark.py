"""The watermark lies over every page but the wall's, comes back when it is taken away, and is in nobody's way."""

import pytest
from browser_tools import PHONE, TABLET, WALL, Server, Visit, Visitor
from coming_in import come_in, fill_in

pytestmark = pytest.mark.browser
pytest_plugins = ["browser_fixtures"]

LAYERS = """() => [['html', '::after'], ['body', '::after'], ['.watermark', null]].map(([of, part]) => {
    const one = document.querySelector(of);
    const style = one && getComputedStyle(one, part);
    const drawn = style && style.display !== 'none' && style.visibility === 'visible' && Number(style.opacity) > 0;
    return Boolean(drawn && style.backgroundImage.includes('/watermark.svg') && style.pointerEvents === 'none');
})"""
ATTEMPTS = (
    "document.querySelector('.watermark').remove()",
    "document.documentElement.classList.remove('is-marked')",
    "document.documentElement.className = ''",
    "document.querySelector('.watermark').style.display = 'none'",
    "document.querySelector('.watermark').className = ''",
    "document.querySelector('.watermark').hidden = true",
)


@pytest.mark.parametrize("size", [TABLET, PHONE], ids=str)
def test_it_comes_back_however_it_is_taken_away(
    visit: Visitor, guarded: Server, size: Visit
) -> None:
    seen = come_in(visit(size, at=guarded, alone=True), "leader")
    assert seen.page.evaluate(LAYERS) == [True, True, True]
    for attempt in ATTEMPTS:
        seen.page.evaluate(f"() => {{ {attempt}; }}")
        seen.eventually(lambda: seen.page.evaluate(LAYERS) == [True, True, True])
    assert any("/watermark.svg" in address for address in seen.requested)
    # What is touched is the page below it.
    seen.page.locator(".own-account").click()
    seen.page.wait_for_url("**/account")
    seen.eventually(lambda: seen.page.evaluate(LAYERS) == [True, True, True])


def test_text_below_it_can_be_read(visit: Visitor, guarded: Server) -> None:
    """All layers together change a surface by less than half the step to the next surface's shade."""
    seen = come_in(visit(TABLET, at=guarded, alone=True), "leader")
    depth = seen.page.evaluate(
        "() => Number(getComputedStyle(document.querySelector('.watermark')).opacity)"
    )
    assert 0.1 < 1 - (1 - depth) ** 3 < 0.25


def test_a_wall_has_none(visit: Visitor, guarded: Server) -> None:
    seen = come_in(visit(WALL, at=guarded, alone=True), "operations")
    assert seen.page.evaluate(LAYERS) == [False, False, False]
    assert not any("/watermark.svg" in address for address in seen.requested)


def test_what_an_address_unfolds_survives_signing_in(visit: Visitor, guarded: Server) -> None:
    seen = come_in(visit(TABLET, at=guarded, alone=True), "operations", "#days=7&list=closed")
    assert (seen.part("days"), seen.part("list")) == ("7", "closed")
    seen.page.context.clear_cookies()
    seen.forgiving = True
    seen.page.wait_for_url("**/sign-in?next=/tablet/#days=7&list=closed", timeout=20_000)
    fill_in(seen.page, "operations", "wrong")
    seen.page.get_by_role("alert").wait_for()
    fill_in(seen.page, "operations")
    seen.page.wait_for_url("**/tablet/#days=7&list=closed")
