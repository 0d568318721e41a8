"""The folders of the sites: they are clean, and whatever is wrong in one is named with the fix."""

import re
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import NOW
from sqlalchemy import select

from data.case_tables import case_derived, category
from data.databases import open_database
from data.demo.build import build_demo
from data.demo.vocabulary import read_vocabulary
from data.engines import CASE
from data.errors import SetupError
from data.score_weights import WEIGHTS
from data.sites.__main__ import main
from data.sites.folder import SITE_FILE, SITES, site_folder, site_names
from data.sites.problems import check_folder
from data.stage_limits import read_stage_limits

ALL = ["demo", "s0_ruijin", "s1_microgrid", "s2_nantong", "s3_erqi", "s4_xiapu"]


def test_there_are_six_sites() -> None:
    assert site_names() == ALL


@pytest.mark.parametrize("site", ALL)
def test_every_site_checks_clean(site: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", site]) == 0
    assert "all is well" in capsys.readouterr().out


def test_what_the_accounts_tell_is_in_the_folders() -> None:
    words = {site: read_vocabulary(site) for site in ALL}
    assert len(words["s0_ruijin"].sources) == 8
    assert "两代表一委员社情民意" in set(words["s0_ruijin"].sources["name"])
    assert set(words["s0_ruijin"].departments["name"]) == set(
        "管理办 平安办 服务办 城运中心 城建中心 综合执法队".split()
    )
    s0 = words["s0_ruijin"].site
    assert (len(s0["force"]), len(s0["team"]), s0["stations"]["staff_quota"]) == (9, 4, [35] * 3)
    assert set(words["s2_nantong"].categories["class_name"]) == set(
        "人员基础动态 社情民意 安全隐患 环境污染 突发事件".split()
    )
    assert {"郑好拍", "两代一委", "随手记", "楼院发声员"} <= set(words["s3_erqi"].sources["name"])
    assert len(words["s3_erqi"].departments) == 25
    assert words["s4_xiapu"].site["lights"]["ladder"] == "blue_orange_red"
    assert [len(p["when"]) for p in words["s4_xiapu"].site["priority"]] == [1, 4, 1, 3]


def test_the_grid_workers_own_sources_are_named() -> None:
    names = {
        site: [
            read_vocabulary(site).sources.set_index("code")["name"][code]
            for code in read_vocabulary(site).site["worker_sources"]
        ]
        for site in ALL
    }
    assert names == {
        "demo": ["网格员巡查"],
        "s0_ruijin": ["网格巡查"],
        "s1_microgrid": ["网格员巡查", "入户走访"],
        "s2_nantong": ["网格员采报", "“铁脚板”走访"],
        "s3_erqi": ["三级网格员采集", "随手记"],
        "s4_xiapu": ["网格员巡查"],
    }


def test_a_demo_build_holds_the_stage_limits_of_its_site(tmp_path: Path) -> None:
    urls = f"sqlite:///{tmp_path}/case.sqlite", f"sqlite:///{tmp_path}/population.sqlite"
    plan = tmp_path / "plan.sqlite"
    build_demo(*urls, size="small", seed=3, now=NOW, plan_path=plan, site="s3_erqi")
    engine = open_database(urls[0], CASE)
    with engine.connect() as connection:
        held = read_stage_limits(connection).rows
        water = connection.execute(select(category).where(category.c.code == "L-304")).one()
        stages = set(connection.execute(select(case_derived.c.stage).distinct()).scalars())
    engine.dispose()
    assert water.name == "自来水管道破裂"
    # 30 min and an hour in natural time; then hours worked; 大英县: 3 and 8 urgent hours, 5 days of 8 hours.
    assert [(r.stage, r.limit_seconds, r.limit_clock, r.category_id) for r in held] == [
        ("verify", 1800, None, None),
        ("accept", 3600, None, None),
        ("dispatch", 3600, "work_hour", None),
        ("check", 14_400, "work_hour", None),
        ("fence", 10_800, "urgent_hour", water.category_id),
        ("repair", 28_800, "urgent_hour", water.category_id),
        ("restore", 144_000, "work_day", water.category_id),
    ]
    assert {"verify", "handle", "fence"} <= stages


def test_the_guide_prints_the_weights_that_hold_without_a_section() -> None:
    guide = (SITES.parent.parent / "docs" / "sites.md").read_text("utf-8")
    block = next(b for b in guide.split("```toml\n") if b.startswith("[scores.department]"))
    assert tomllib.loads(block.partition("```")[0])["scores"] == WEIGHTS


def test_drilling_in_s1_stops_above_the_persons() -> None:
    assert read_vocabulary("s1_microgrid").ladder.leaf == "micro"


def copied(site: str, tmp_path: Path, name: str = "s5_new") -> Path:
    """A sixth site as docs/sites.md tells to make one: a copied folder whose loans still lead home."""
    folder = tmp_path / name
    shutil.copytree(SITES / site, folder)
    path = folder / SITE_FILE
    text = path.read_text("utf-8").replace('"../demo"', f'"{(SITES / "demo").as_posix()}"')
    path.write_text(text, "utf-8")
    calendar = folder / "calendar.toml"
    if calendar.exists():
        text = calendar.read_text("utf-8").replace("../holidays", (SITES / "holidays").as_posix())
        calendar.write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize("site", ALL)
def test_a_copied_folder_is_a_sixth_site(site: str, tmp_path: Path) -> None:
    folder = copied(site, tmp_path)
    assert main(["check", str(folder)]) == 0
    assert read_vocabulary(str(folder)).key == "s5_new"


def test_a_table_of_its_own_wins_over_a_borrowed_one(tmp_path: Path) -> None:
    folder = copied("s3_erqi", tmp_path)
    rows = (SITES / "demo" / "departments.csv").read_text("utf-8").replace("区城管局", "城管委")
    (folder / "departments.csv").write_text(rows, "utf-8")
    assert "城管委" in set(read_vocabulary(str(folder)).departments["name"])


def replacing(old: str, new: str, name: str = SITE_FILE, count: int = 1) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, count), "utf-8")

    return change


def removing(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def adding(text: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / SITE_FILE
        path.write_text(path.read_text("utf-8") + "\n" + text, "utf-8")

    return change


BROKEN = [
    ("s3_erqi", replacing("area_km2", "area_km"), "area_km: is not a known key", "'area_km2'"),
    ("s3_erqi", replacing("code = ", "cod = "), "cod: is not a known key", "'code'"),
    ("demo", removing("tags.csv"), "tags.csv: -: is missing here", 'tables = "../demo"'),
    (
        "s3_erqi",
        replacing("hotline,", "patrol,", "sources.csv"),
        "'patrol' is that of row 3",
        "another",
    ),
    ("s3_erqi", replacing('"third", "micro"]', '"fird", "micro"]'), "no level 'fird'", "'third'"),
    ("s3_erqi", replacing('"third", "micro"]', '"micro"]'), "'third'", "is in no hierarchy"),
    (
        "s3_erqi",
        replacing('"first", "second"', '"second", "first"'),
        "order of the ladder",
        "top down",
    ),
    (
        "s3_erqi",
        replacing("full = 175", "full = 12"),
        "12 are fewer than the 17",
        "at least as many",
    ),
    ("s3_erqi", replacing("digits = 3", "digits = 1"), "1 are too few to number 175 in 17", "more"),
    (
        "s3_erqi",
        replacing("{parent_n:02d}-{n}", "{parnt_n}-{n}"),
        "{parnt_n} is not known",
        "parent_n",
    ),
    (
        "s3_erqi",
        replacing('pool = "subdistrict"', 'pool = "subdistrct"'),
        "no 'subdistrct'",
        "subdistrict",
    ),
    (
        "s3_erqi",
        replacing("warn_share = 0.8", "warn_share = 1.2"),
        "lights.warn_share: 1.2",
        "0.99",
    ),
    (
        "s4_xiapu",
        replacing("[1, 3], [3, 1]]", "[1, 1], [3, 1]]"),
        "[1, 1] is one of 'red' already",
        "one",
    ),
    (
        "s4_xiapu",
        replacing("when = [[2, 2]]", "when = []"),
        "no priority has the cell [2, 2]",
        "add it",
    ),
    (
        "s4_xiapu",
        replacing('colour = "green"', 'colour = "grean"'),
        "priority[4].colour: 'grean'",
        "red, orange, yellow, green, blue, violet, grey",
    ),
    (
        "s4_xiapu",
        replacing('colour = "green"', 'colour = "red"'),
        "priority[4].colour: 'red' is the colour of 'red' already",
        "choose another",
    ),
    (
        "s3_erqi",
        adding('[[definition]]\nmetric = "x"\nversion = "y"\n'),
        "definition[1].version",
        "variant",
    ),
    (
        "s3_erqi",
        adding('[[definition]]\nmetric = "x"\nvariant = "y"\nvalid_from = "1 May"\n'),
        "'1 May' is no day",
        "2026-01-01",
    ),
    (
        "s3_erqi",
        replacing("1,0.21,1", "1,,1", "sources.csv"),
        "(zhenghaopai): has no share",
        "part",
    ),
    ("s0_ruijin", replacing("D03 D13", "D13", "departments.csv"), "no department 'D03'", "covers"),
    (
        "demo",
        replacing("hierarchy=station", "hierarchy=statoin"),
        "no hierarchy 'statoin'",
        "'station'",
    ),
    ("s3_erqi", replacing("level=4", "level=7"), "level=7 is not in 'territory'", "0 to 4"),
    ("demo", replacing("08:00-12:00", "8-12", "calendar.toml"), "window '8-12'", "four digits"),
    ("s3_erqi", replacing("handled = ", "handeld = "), "steps.handeld", "'handled'"),
    ("s2_nantong", replacing("full = 2267", "full = 5000"), "5000 are more than the 4800", "leaf"),
    (
        "s2_nantong",
        replacing('parent = "town"', 'parent = "twon"'),
        "'twon' is no level",
        "name one",
    ),
    ("s0_ruijin", replacing('road = "block"', 'road = "blok"'), "no level 'blok'", "'block'"),
    (
        "s0_ruijin",
        replacing("items = 46", "items = 45"),
        "access_items.csv has 46, not 45",
        "correct",
    ),
    ("s3_erqi", replacing('period = "s3"', 'period = "s2"'), "there is no 's2'", "'s3'"),
    (
        "s3_erqi",
        replacing('category = "L-304"', 'category = "L-3044"'),
        "stage[5].category: there is no 'L-3044'",
        "did you mean 'L-",
    ),
    (
        "s3_erqi",
        replacing('clock = "natural_hour"', 'clock = "hour"'),
        "stage[1].clock: 'hour' cannot be taken",
        "urgent_hour, work_hour, work_day, natural_day, natural_hour",
    ),
    (
        "s3_erqi",
        replacing('stage = "check"', 'stage = "verify"'),
        "stage[4].stage: 'verify' of all categories is that of stage[1]",
        "keep one",
    ),
    (
        "s3_erqi",
        replacing('stage = "check"', 'stage = "chekc"'),
        "stage[4].stage: 'chekc' is no stage",
        "'check'",
    ),
    ("s3_erqi", replacing("limit = 0.5", "limit = 0"), "stage[1].limit: 0 cannot", "from 0.01"),
    (
        "s3_erqi",
        replacing('supervisor = "third"', 'supervisor = "thrid"'),
        "seats.supervisor: 'thrid' is no [[post]] with a level of the ladder",
        "'third'",
    ),
    (
        "demo",
        adding(
            "[scores.acceptor]\nvolume = 30\nverify_sent_in_time = 40\ncheck_sent_in_time = 35\n"
        ),
        "scores.acceptor: the weights add up to 105, not to 100",
        "change volume, verify_sent_in_time, check_sent_in_time so that they do",
    ),
    (
        "demo",
        adding("[scores.acceptor]\nvolume = 60\nverify_sent_in_time = 40\n"),
        "scores.acceptor.check_sent_in_time: is missing",
        "write a number from 0 to 100",
    ),
    ("demo", adding("[scores.acceptors]\n"), "scores.acceptors: is not a known key", "'acceptor'"),
    (
        "demo",
        removing("calendar.toml"),
        "stage[4].clock: work_hour runs in working time, and the site has none",
        "calendar",
    ),
    (
        "s3_erqi",
        replacing('["patrol", "note"]', '["patrol", "notes"]'),
        "worker_sources: there is no source 'notes'",
        "'note'",
    ),
    ("s3_erqi", replacing('["patrol", "note"]', "[]"), "worker_sources: [] cannot", '["…", "…"]'),
    (
        "s3_erqi",
        replacing('key = "s3"\n', 'key = "s3"\nfrom = "2026-01-01"\nto = "2026-03-31"\n'),
        "period.from: a made-up site",
        "leave it out",
    ),
]


@pytest.mark.parametrize(("site", "change", "wrong", "fix"), BROKEN)
def test_what_is_wrong_is_named_with_its_file_and_the_fix(
    site: str,
    change: Callable[[Path], None],
    wrong: str,
    fix: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = copied(site, tmp_path)
    change(folder)
    assert main(["check", str(folder)]) == 1
    lines = capsys.readouterr().out.splitlines()
    (*found, last) = lines
    assert last.endswith(f"problems in {folder}")
    assert all(re.match(r"[\w.]+\.(toml|csv): .+: .+; .+", line) for line in found), found
    assert any(wrong in line and fix in line for line in found), found


def test_all_problems_are_named_at_once(tmp_path: Path) -> None:
    folder = copied("s3_erqi", tmp_path)
    for change in (replacing("full = 175", "full = 12"), replacing("level=4", "level=9")):
        change(folder)
    assert len(check_folder(folder)[1]) >= 2


def test_a_broken_site_is_not_built(tmp_path: Path) -> None:
    folder = copied("s3_erqi", tmp_path)
    replacing("full = 175", "full = 12")(folder)
    with pytest.raises(SetupError, match="12 are fewer than the 17"):
        read_vocabulary(str(folder))


def test_an_unknown_site_is_answered_with_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SetupError, match="s3_erqi"):
        site_folder("s9")
    assert main(["check", "s9"]) == 2
    assert "choose one of demo, s0_ruijin" in capsys.readouterr().err


def test_listing_names_every_site(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr().out.split() == ALL
