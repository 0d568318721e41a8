"""督办 as browsers ask for them: who may issue, whom it reaches, what becomes of it, and that walls name none."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from accounts_town import grant
from stage_town import Hall, hall_in, open_town
from test_photos import PLAIN

from dashboard.linkage.stage import keep_stage
from data.accounts import posts
from data.audit.verify import verify
from data.bus.tick import Tick
from queries.site import Site

WORDS = "请今日核实 <b>并</b>回告"
CASE = {"case": "c1", "words": WORDS, "amount": "4", "clock": "urgent_hour"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_town(tmp_path_factory.mktemp("ground")) as opened:
        yield opened


@pytest.fixture
def hall(site: Site, tmp_path: Path) -> Iterator[Hall]:
    with hall_in(site, tmp_path) as opened:
        yield opened
        assert verify(opened.office.access.log).problems == []


def lit(hall: Hall, login: str, screen: str = "tablet") -> str:
    return str(hall.tab(login, screen).stage()["html"])


def test_it_shows_at_once_to_all_whom_it_concerns_and_to_nobody_else(hall: Hall) -> None:
    _, wall = hall.wall("east", grant("wall"))
    _, beside = hall.wall("B", grant("wall", tree="area", grid="B"))
    hall.tab("boss").done("issue", **CASE)
    for login, screen in (
        ("chief", "tablet"),
        ("worker", "phone"),
        ("works", "tablet"),
        ("house", "phone"),
    ):
        html = lit(hall, login, screen)
        assert "路面破损" in html and "boss name" in html and "is-lit" in html, login
    for login in ("other", "yan", "ops", "boss"):
        assert "路面破损" not in lit(hall, login), login
    counted = wall.stage()["html"]
    assert "平台督办 1 件未结" in counted
    assert not re.search("路面|boss|c1|核实", counted)
    assert "督办" not in beside.stage()["html"]
    assert hall.noted("supervision") == [("boss", "#1", f"issued: {WORDS}")]


def test_from_issued_to_closed(hall: Hall) -> None:
    boss, chief, worker = hall.tab("boss"), hall.tab("chief"), hall.tab("worker", "phone")
    boss.done("issue", **CASE)
    sheet = chief.sheet("supervision", number="1")
    assert WORDS not in sheet and "请今日核实 &lt;b&gt;" in sheet
    chief.done("seen", number=1)
    assert "签收" in worker.stage()["html"]
    worker.done("acknowledge", number=1)
    assert 'data-do="acknowledge"' not in chief.stage()["html"]
    assert "路面破损" in chief.stage()["html"]
    chief.done("answer", number=1, words="已到场处置")
    assert chief.stage()["html"] == worker.stage()["html"] == ""
    assert "已答复，待办结" in boss.stage()["html"]
    boss.done("send_back", number=1, words="未见照片")
    assert "路面破损" in chief.stage()["html"] and "路面破损" not in boss.stage()["html"]
    worker.done("answer", number=1, words="补充完毕")
    boss.done("close", number=1)
    assert boss.stage()["html"] == ""
    steps = re.findall(r"</span> (\S+?)(?: ·|</li>|<div)", boss.sheet("supervision", number="1"))
    assert steps == ["下发", "已看", "签收", "答复", "退回重答", "答复", "办结"]
    told = [(actor, reason.split(":")[0]) for actor, _, reason in hall.noted("supervision")]
    assert told == [
        ("boss", "issued"),
        ("chief", "seen"),
        ("worker", "acknowledged"),
        ("chief", "answered"),
        ("boss", "sent_back"),
        ("worker", "answered"),
        ("boss", "closed"),
    ]


def test_a_picture_is_seen_by_those_whom_it_concerns_only(hall: Hall) -> None:
    boss, chief = hall.tab("boss"), hall.tab("chief")
    boss.done("issue", **CASE)
    wrong = chief.act("answer", number=1, words="x", photo="iVBORw0KGgo=")
    assert wrong.status_code == 409 and "JPEG" in wrong.json()["wrong"]
    chief.done("answer", number=1, words="x", photo=b64encode(PLAIN).decode())
    found = re.search(r'src="([^"]+)"', boss.sheet("supervision", number="1"))
    assert found is not None
    picture = boss.get(found[1])
    assert (picture.status_code, picture.content) == (200, PLAIN)
    assert picture.headers["content-type"] == "image/jpeg"
    assert "no-store" in picture.headers["cache-control"]
    assert chief.get(found[1]).status_code == 200
    for login, path, status in (
        ("other", found[1], 404),
        ("chief", "/api/stage/tablet/photo/1/2", 404),
        ("chief", "/api/stage/tablet/photo/2/1", 404),
        ("chief", "/api/stage/wall/photo/1/1", 403),
    ):
        assert hall.tab(login).get(path).status_code == status, path


def test_what_is_late_turns_red_and_goes_to_its_issuer(hall: Hall) -> None:
    _, wall = hall.wall("east", grant("wall"))
    boss = hall.tab("boss")
    boss.done("issue", **{**CASE, "amount": "1"})
    due = hall.office.hand.at + 3600
    assert hall.tab("chief").stage()["next"] == due
    hall.later(3600)
    assert "is-late" in lit(hall, "chief") and "已逾期" in lit(hall, "chief")
    assert "逾期未答复" in lit(hall, "boss")
    assert "■ 逾期 1" in wall.stage()["html"]
    assert hall.noted("supervision")[-1] == ("-", "#1", "escalated")
    hall.later(60)
    lit(hall, "boss")
    assert len(hall.noted("supervision")) == 2


def test_a_clock_of_working_hours_gives_the_end_of_working_time(hall: Hall) -> None:
    answer = hall.tab("boss").act("issue", **{**CASE, "clock": "work_hour"})
    if hall.site.work_clock() is None:
        assert answer.status_code == 409
    else:
        assert answer.status_code == 200


def test_ticks_go_to_issuer_those_addressed_and_their_walls_only(hall: Hall) -> None:
    wall, _ = hall.wall("east", grant("wall"))
    hall.wall("B", grant("wall", tree="area", grid="B"))
    ticks: list[Tick] = []
    bus = hall.desk.bus
    bus.listen(ticks.append)
    hall.tab("boss").done("issue", **CASE)
    numbers = {hall.office.number_of(one) for one in ("boss", "chief", "worker", "works", "house")}
    (tick,) = ticks
    assert (tick.kind, tick.object) == ("supervision", "1")
    assert set(tick.to) == {*(f"account:{n}" for n in numbers), f"device:{wall}"}
    hall.tab("chief").done("acknowledge", number=1)
    assert ticks[-1].version > tick.version


@pytest.mark.parametrize(
    ("login", "screen", "about", "status"),
    [
        ("chief", "tablet", {"case": "c1"}, 403),
        ("works", "tablet", {"case": "c1"}, 403),
        ("worker", "phone", {"case": "c1"}, 403),
        ("yan", "tablet", {"case": "c1"}, 400),
        ("yan", "tablet", {"case": "c2"}, 200),
        ("yan", "phone", {"hierarchy": "area", "grid": "A"}, 200),
        ("ops", "tablet", {"case": "c2"}, 200),
        ("boss", "tablet", {"case": "nowhere"}, 400),
        ("boss", "tablet", {"hierarchy": "area", "grid": "nowhere"}, 400),
        ("boss", "tablet", {"hierarchy": "nowhere", "grid": "A"}, 400),
        ("boss", "tablet", {}, 400),
        # Nobody has an account that would be told.
        ("boss", "tablet", {"hierarchy": "area", "grid": "C"}, 409),
    ],
)
def test_who_may_issue_what(
    hall: Hall, login: str, screen: str, about: dict[str, str], status: int
) -> None:
    tab = hall.tab(login, screen)
    sent = {"words": "x", "amount": "4", "clock": "urgent_hour", **about}
    assert tab.act("issue", **sent).status_code == status
    if status == 403:
        assert hall.noted("denial")[-1][0] == login
    assert len(hall.noted("supervision")) == (status == 200)


def test_nobody_acts_for_others(hall: Hall) -> None:
    boss, other, chief, ops = (hall.tab(one) for one in ("boss", "other", "chief", "ops"))
    boss.done("issue", **CASE)
    for do in ("seen", "acknowledge", "answer"):
        assert other.act(do, number=1, words="x").status_code == 403
        assert boss.act(do, number=1, words="x").status_code == 403
    for do in ("close", "send_back"):
        assert chief.act(do, number=1, words="x").status_code == 403
        assert ops.act(do, number=1, words="x").status_code == 403
    assert other.get("/api/stage/tablet/supervision?number=1").status_code == 400
    assert ops.get("/api/stage/tablet/supervision?number=1").status_code == 200
    for odd in ("", "0", "-1", "x", "9" * 40, "2"):
        assert chief.act("answer", number=odd, words="x").status_code == 403
        assert chief.get(f"/api/stage/tablet/supervision?number={odd}").status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"words": " "},
        {"words": "x" * 1001},
        {"amount": "0"},
        {"amount": "721"},
        {"amount": "four"},
        {"amount": ""},
        {"clock": "moon"},
        {"clock": ""},
    ],
)
def test_a_slip_is_told_in_words(hall: Hall, wrong: dict[str, str]) -> None:
    answer = hall.tab("boss").act("issue", **{**CASE, **wrong})
    assert answer.status_code == 409
    assert re.search("[一-鿿]", answer.json()["wrong"])


def test_one_thing_is_supervised_once_at_a_time(hall: Hall) -> None:
    boss, yan = hall.tab("boss"), hall.tab("ops")
    boss.done("issue", **CASE)
    assert yan.act("issue", **CASE).status_code == 409
    assert "已有未结督办 1 号" in yan.sheet("supervise", case="c1")
    boss.act("close", number=1, words="")
    assert yan.act("issue", **CASE).status_code == 409  # to withdraw it one says why
    boss.done("close", number=1, words="误发")
    assert boss.act("close", number=1, words="x").status_code == 409
    yan.done("issue", **CASE)
    assert hall.tab("chief").act("answer", number=1, words="x").status_code == 409


def test_who_would_be_told_stands_in_the_sheet(hall: Hall) -> None:
    boss = hall.tab("boss")
    sheet = boss.sheet("supervise", hierarchy="area", grid="A", lang="en")
    assert "chief name (office), house name (office)<" in sheet and "worker name" not in sheet
    assert not re.search("[一-鿿（）、]", sheet)
    sheet = boss.sheet("supervise", hierarchy="area", grid="A")
    assert "chief name（office）、house name（office）<" in sheet


def test_whose_grant_ended_is_addressed_no_more(hall: Hall) -> None:
    from accounts_town import START

    hall.office.person("past", grant("station_chief", tree="area", grid="A", valid_to=START + 9))
    hall.tab("boss").done("issue", **CASE)
    assert "路面破损" in lit(hall, "past")
    hall.later(9)
    tab = hall.tab("past")
    assert tab.get("/api/stage/tablet").status_code == 403


def test_the_effect_page_counts_by_unit(hall: Hall) -> None:
    boss = hall.tab("boss")
    boss.done("issue", **CASE)
    boss.done("issue", **{**CASE, "case": "c2"})
    hall.tab("chief").done("answer", number=1, words="x")
    hall.later(5 * 3600)
    page = hall.tab("boss").get("/supervisions?days=7")
    assert page.status_code == 200
    rows = [re.findall("<td>(.*?)</td>", row) for row in re.findall("<tr>.*?</tr>", page.text)]
    told = {row[0]: row[1:] for row in rows if len(row) == 8}
    assert told["works名"] == ["1", "1/1", "1/1", "1/1", "1/1", "0", "0/1"]
    assert told["<b>合计</b>"] == ["2", "1/2", "1/2", "1/2", "1/2", "1", "0/2"]
    assert hall.noted("list_view")[-1][:2] == ("boss", "supervisions days=7")
    for login in ("chief", "works"):
        assert hall.tab(login).get("/supervisions").status_code == 403


def test_inspectors_look_at_what_they_may_see_and_each_look_is_noted(hall: Hall) -> None:
    boss, yan = hall.tab("boss"), hall.tab("yan")
    for case in ("c1", "c2"):
        boss.done("issue", **{**CASE, "case": case})
    assert yan.get("/api/stage/tablet/supervision?number=1").status_code == 400
    assert yan.get("/api/stage/tablet/photo/1/1").status_code == 404
    assert hall.noted("list_view") == []
    for _ in range(3):
        yan.sheet("supervision", number="2")
    hall.tab("ops").sheet("supervision", number="1")
    assert hall.noted("list_view") == [("yan", "tablet supervision number=2", "")]
    page = yan.get("/supervisions").text
    assert "police名" in page and "works名" not in page
    # What they issued themselves remains theirs to look at.
    boss.done("close", number=2, words="误发")
    yan.done("issue", **{**CASE, "case": "c2"})
    yan.sheet("supervision", number="3")


def test_the_same_denial_is_noted_once_a_minute(hall: Hall) -> None:
    chief = hall.tab("chief")
    for _ in range(5):
        assert chief.act("issue", **CASE).status_code == 403
        assert chief.get("/api/stage/tablet/supervise?case=c1").status_code == 403
    told = [("chief", "/api/stage/tablet issue"), ("chief", "/api/stage/tablet supervise")]
    assert [row[:2] for row in hall.noted("denial")] == told
    hall.later(60)
    chief.act("issue", **CASE)
    assert len(hall.noted("denial")) == 3


def test_what_no_database_holds_is_taken_out_of_what_is_sent(hall: Hall) -> None:
    boss = hall.tab("boss")
    assert "路面破损" in boss.sheet("supervise", case="c1\0")
    sent = json.dumps({"do": "issue", **CASE, "words": "半个字 \ud800"})
    headers = {"Origin": boss.base, "Content-Type": "application/json"}
    answer = boss.client.post("/api/stage/tablet", content=sent.encode(), headers=headers)
    assert answer.status_code == 200
    assert "半个字 ?" in boss.sheet("supervision", number="1")
    for photo_id in (2**63, 10**40):
        assert boss.get(f"/api/stage/tablet/photo/1/{photo_id}").status_code == 404


def test_the_clock_is_kept_though_nobody_looks(hall: Hall) -> None:
    number, _ = hall.wall("east", grant("wall"))
    hall.tab("boss").done("issue", **CASE)
    hall.tab("chief").done("take", wall=number, fragment="#")
    hall.later(4 * 3600)

    class Once:
        times = 0

        def wait(self, seconds: float) -> bool:
            self.times += 1
            return self.times > 1

    stop: Any = Once()
    keep_stage(hall.desk, stop)
    assert hall.noted("supervision")[-1][2] == "escalated"
    assert hall.noted("cast")[-1][2] == "expired"


def test_the_buttons_stand_where_somebody_may_issue(hall: Hall) -> None:
    for login, screen, shown in (
        ("boss", "phone", True),
        ("chief", "tablet", False),
        ("boss", "tablet", True),
    ):
        tab = hall.tab(login, screen)
        for fragment in ("#case=c1", "#about=A"):
            answer = tab.callback_at(screen, fragment)
            assert ("supervise?" in answer) == shown, (login, screen, fragment)
            assert '"data-sheet":"walls"' in answer


def test_who_handles_the_case_is_addressed_wherever_their_grant_reaches(
    hall: Hall,
) -> None:
    access = hall.office.access
    far = hall.office.person("far", grant("grid_worker", tree="area", grid="B1"))
    posts.bind(access, far, "SL-1", "root")
    boss = hall.tab("boss")
    assert "far name" in boss.sheet("supervise", case="c3")
    assert "far name" not in boss.sheet("supervise", case="c1")
    boss.done("issue", case="c3", words=WORDS, amount="4", clock="urgent_hour")
    assert "is-lit" in lit(hall, "far", "phone")
    phone = hall.tab("far", "phone")
    number = int(re.search(r'data-number="(\d+)"', lit(hall, "far", "phone"))[1])  # type: ignore[index]
    assert phone.act("acknowledge", number=number).status_code == 200
    # Whoever stands for the post no more is addressed no more.
    posts.free(access, far, "SL-1", "root")
    assert "is-lit" not in lit(hall, "far", "phone")
    assert phone.act("answer", number=number, words="x").status_code == 403


def test_a_post_alone_addresses_nobody(hall: Hall) -> None:
    """Standing for a post gives no right: whoever may not be addressed at all is not."""
    access = hall.office.access
    nobody = hall.office.person("nobody", grant("operations"))
    posts.bind(access, nobody, "SL-1", "root")
    hall.tab("boss").done("issue", case="c3", words=WORDS, amount="4", clock="urgent_hour")
    assert "is-lit" not in lit(hall, "nobody")
