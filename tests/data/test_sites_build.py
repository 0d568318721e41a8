"""Every site is built, opened and drilled; its full ladder has the numbers of its account."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import select

import app
from data.case_tables import (
    FOREVER,
    case_derived,
    case_path,
    department,
    grid_unit,
    site_setting,
    station,
    station_grid,
)
from data.days import epoch_of
from data.demo.__main__ import main
from data.demo.build import build_demo
from data.demo.city import City, survey_land
from data.demo.premises import exclusive_of, mark_out
from data.demo.site_settings import post_plan
from data.demo.sizes import FULL, SMALL, size_of
from data.demo.stores import build_of, check_site
from data.demo.territory import Territory
from data.demo.vocabulary import read_vocabulary
from data.engines import CASE
from data.errors import SetupError
from data.settings import read_settings
from data.sites.folder import database_folder
from queries.site import Site, open_site

NOW = "2026-05-13T10:20"
SITES = ["demo", "s0_ruijin", "s1_microgrid", "s2_nantong", "s3_erqi", "s4_xiapu"]

FULL_COUNTS = {
    "s0_ruijin": {"station": [1, 3, 24, 144], "block": [1, 24, 144]},
    "s1_microgrid": {"territory": [1, 62, 348, 2310], "commercial": [1, 62, 96]},
    "s2_nantong": {"territory": [1, 8, 96, 960, 4800], "exclusive": [1, 8, 96, 2267]},
    "s3_erqi": {"territory": [1, 17, 175, 846, 5657]},
    "s4_xiapu": {"territory": [1, 3, 24, 157, 874]},
}


@dataclass(frozen=True)
class Opened:
    """A site at size small: as it was imagined and as it is opened."""

    city: City
    site: Site
    environment: dict[str, str]


@pytest.fixture(scope="module", params=SITES)
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    folder = tmp_path_factory.mktemp(request.param)
    environment = {
        "CASE_DATABASE_URL": f"sqlite:///{folder}/case.sqlite",
        "POPULATION_DATABASE_URL": f"sqlite:///{folder}/population.sqlite",
        "AS_OF": NOW,
    }
    city = build_demo(
        *list(environment.values())[:2],
        size="small",
        seed=3,
        now=epoch_of(NOW, "Asia/Shanghai"),
        plan_path=folder / "demo-plan.sqlite",
        site=request.param,
    )
    return Opened(city, open_site(read_settings(environment)), environment)


def read(opened: Opened, table: object) -> pd.DataFrame:
    with opened.site.case.connect() as connection:
        return pd.DataFrame(connection.execute(select(table)).mappings().all())


def test_a_site_opens_with_its_own_levels(opened: Opened) -> None:
    words = opened.city.words
    assert opened.site.facts().name == tuple(words.site["name"])
    assert opened.site.facts().demo
    assert [code for code, _ in opened.site.hierarchies()] == [t.code for t in words.ladder.trees]
    small = words.ladder.counts("small")
    if words.ladder.exclusive:
        small[words.ladder.exclusive.key] = words.ladder.exclusive.counts["small"]
    for wanted in words.ladder.trees:
        tree = opened.site.tree(wanted.code)
        assert tree is not None
        assert list(tree.level_names) == words.ladder.level_names(wanted)
        at = [sum(g.level == level for g in tree.order) for level in range(tree.deepest() + 1)]
        assert at == [small[key] for key in wanted.levels]


def test_children_and_the_unplaced_add_up_to_the_parent(opened: Opened) -> None:
    paths = read(opened, case_path)
    for number, (code, _) in enumerate(opened.site.hierarchies(), start=1):
        tree = opened.site.tree(code)
        assert tree is not None
        mine = paths[paths["hierarchy_id"] == number]
        for level in range(1, tree.deepest()):
            above, below = (mine[f"grid_{depth}"] for depth in (level, level + 1))
            assert below[above.isna()].isna().all()
            parents = below.dropna().map({g.grid_id: g.parent_id for g in tree.order})
            # Each case below lies below the grid it lies in: then the sums add up with 未落格.
            assert (parents == above[below.notna()]).all()
        assert mine[f"grid_{tree.deepest() + 1}"].isna().all()
        assert len(mine) == mine["case_id"].nunique() == len(paths) / len(opened.site.hierarchies())


def test_codes_are_unique_and_names_are_in_both_languages(opened: Opened) -> None:
    units = read(opened, grid_unit)
    assert units["code"].is_unique
    assert (units["name"].str.strip() != "").all()
    assert (units["name_en"].str.strip() != "").all()
    assert not units["name"].str.contains(r"[{}]").any()
    assert set(units["kind"]) == {
        kind for level in opened.city.words.ladder.levels for kind in level.kinds
    } | ({opened.city.words.ladder.exclusive.kind} if opened.city.words.ladder.exclusive else set())


def test_the_window_is_as_large_as_the_site_wants(opened: Opened) -> None:
    size = size_of(opened.city.words.site, "small")
    first, end = opened.city.days.window_bounds()
    now = read(opened, case_derived).query("valid_to == @FOREVER")
    inside = now[now["accepted_at"].between(first, end - 1)]
    assert FOREVER > 0
    assert len(inside) == size.window_accepted
    assert inside["is_closed"].sum() == size.window_closed


def test_stations_are_where_the_site_has_some(opened: Opened) -> None:
    expected = 3 if opened.city.words.ladder.station else 0
    assert len(read(opened, station)) == expected
    served = read(opened, station_grid)
    if expected:
        assert served["grid_id"].is_unique
        assert served["station_id"].nunique() == 3


def test_offices_and_departments_are_named_by_the_site(opened: Opened) -> None:
    words = opened.city.words
    table = read(opened, department)
    assert len(table) == len(words.departments) + words.ladder.counts("small")[words.ladder.office]
    assert set(table["kind"]) == {"部门", words.site["office"]["kind"]}
    cases = opened.city.rows["department_id"].dropna()
    assert cases.between(1, len(table)).all()


def test_rules_of_the_folder_are_in_the_settings(opened: Opened) -> None:
    table = read(opened, site_setting).set_index("key")["value"]
    site = opened.city.words.site
    assert table["lights"] == site["lights"]
    assert table["assessment"] == site["assessment"]
    assert table["duty_weights"] == site["duty_weights"]
    assert [post["key"] for post in table["posts"]] == [post["key"] for post in site["post"]]
    assert all(set(post) == {"key", "name"} for post in table["posts"])
    assert ("priorities" in table) == ("priority" in site)
    assert table["demo_build"]["site"] == opened.city.words.key
    plan = post_plan(site)
    rule = opened.city.words.ladder.exclusive
    assert set(plan) <= {*opened.city.words.ladder.keys, *([rule.key] if rule else [])}
    assert plan


def test_a_site_is_not_taken_for_another(opened: Opened) -> None:
    settings = read_settings(opened.environment)
    mine = opened.city.words.key
    check_site(settings, mine)
    other = "s4_xiapu" if mine == "demo" else "demo"
    with pytest.raises(SetupError, match=f"holds the demo site {mine}, not {other}"):
        check_site(settings, other)


def test_numbers_of_people_are_unknown_where_the_account_masks_them(opened: Opened) -> None:
    units = read(opened, grid_unit)
    own = units[~units["kind"].str.contains("专属")]
    if opened.city.words.key == "s1_microgrid":
        assert units[["households", "residents"]].isna().all(axis=None)
        assert opened.city.residents.persons.empty
    else:
        assert own["residents"].notna().all()
        assert own["residents"].max() == opened.city.residents.persons["grid_code"].notna().sum()


def test_two_kinds_at_one_level() -> None:
    land = survey_land(SMALL, read_vocabulary("s4_xiapu"), 1)
    estates, buildings = land.units["estate"], land.units["building"]
    assert set(estates["kind"]) == {"小区", "街区"}
    above = estates.iloc[land.blocks.parents["building"]]
    follows = {"小区": "楼栋", "街区": "街巷"}
    assert (above["kind"].map(follows).to_numpy() == buildings["kind"].to_numpy()).all()
    assert (buildings.loc[buildings["kind"] == "楼栋", "name"].str.endswith("号楼")).all()
    assert (buildings.loc[buildings["kind"] == "街巷", "name"].str.endswith("巷")).all()


@cache
def full_land(site: str) -> Territory:
    words = read_vocabulary(site)
    size = size_of(words.site, "full")
    land = survey_land(size, words, 17)
    busy = np.ones(len(land.units[land.blocks.leaf]))
    return Territory(land.blocks, land.ladder, land.units, mark_out(land, busy, size.name, 17))


@pytest.mark.parametrize("site", list(FULL_COUNTS))
def test_the_full_ladder_has_the_numbers_of_the_account(site: str) -> None:
    land = full_land(site)
    for code, counts in FULL_COUNTS[site].items():
        tree = land.tree(code)
        assert len(tree) == sum(counts)
        assert tree["code"].is_unique
        # Every parent stands before its children.
        seen = dict(zip(tree["code"], range(len(tree)), strict=True))
        parents = tree["parent_code"].iloc[1:].map(seen)
        assert (parents < tree.index[1:]).all()


def test_2267_exclusive_grids_have_codes_of_their_own() -> None:
    land = full_land("s2_nantong")
    exclusive = land.exclusive
    assert len(exclusive) == exclusive["code"].nunique() == 2267
    units = pd.concat(land.units.values())
    assert not exclusive["code"].isin(units["code"]).any()
    assert exclusive["parent_code"].nunique() == 96
    assert exclusive["leaf"].is_unique
    leaves = land.units["grid"]
    assert (leaves["code"].to_numpy()[exclusive["leaf"]] == exclusive["linked_code"]).all()
    # The codes are those of the town, Z and three digits; the linked grid lies in the same town.
    assert (exclusive["code"].str[:-4] == exclusive["parent_code"]).all()
    assert (exclusive["linked_code"].str[:10] == exclusive["parent_code"]).all()
    outer = land.blocks.shapes["grid"][exclusive["leaf"].to_numpy(int)]
    inner = exclusive["geometry"].to_numpy(object)
    assert shapely.is_valid(inner).all()
    assert (shapely.area(shapely.difference(inner, outer)) < 0.02 * shapely.area(inner)).all()
    assert set(exclusive["type"]) == set("市场 商圈 企业 园区 学校 医院 站区".split())


def test_a_case_lies_in_an_exclusive_grid_when_its_point_does() -> None:
    land = full_land("s2_nantong")
    first, second = (land.exclusive.iloc[place] for place in (0, 1))
    inside = shapely.point_on_surface(first["geometry"])
    corner = shapely.get_coordinates(land.blocks.shapes["grid"][first["leaf"]])[0]
    cases = pd.DataFrame(
        {
            "leaf": [first["leaf"], first["leaf"], first["leaf"], second["leaf"]],
            "location": ["exact", "exact", "default_point", "exact"],
            "lon": [inside.x, corner[0], inside.x, inside.x],
            "lat": [inside.y, corner[1], inside.y, inside.y],
        }
    )
    found = exclusive_of(cases, land.exclusive, len(land.units["grid"]))
    # Within; in the leaf but beside; only known to the village; a point of the other leaf.
    assert found.tolist() == [0, -1, -1, -1]


def test_sizes_follow_from_what_the_site_tells() -> None:
    assert size_of({}, "full") == FULL
    assert size_of(read_vocabulary("demo").site, "full") == FULL
    assert size_of(read_vocabulary("demo").site, "small") == SMALL
    told = size_of({"size": {"full": {"cases_per_day": 100.0}}}, "full")
    # 0.985 of 100 cases on 56 days, of which 0.997 are closed.
    assert (told.window_accepted, told.window_closed) == (5516, 5499)


def test_each_site_has_databases_of_its_own() -> None:
    of_s3 = read_settings({}, site=database_folder("s3_erqi"))
    assert of_s3.case_database_url == "sqlite:///var/demo/s3_erqi/case.sqlite"
    assert of_s3.population_database_url == "sqlite:///var/demo/s3_erqi/population.sqlite"
    usual = read_settings({}, site=database_folder("demo"))
    assert usual == read_settings({})
    assert usual.case_database_url == "sqlite:///var/demo/case.sqlite"
    told = {"CASE_DATABASE_URL": "sqlite:///mine.sqlite"}
    assert read_settings(told, site="s3_erqi").case_database_url == "sqlite:///mine.sqlite"


def test_command_line_puts_another_site_in_place_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CASE_DATABASE_URL", f"sqlite:///{tmp_path}/case.sqlite")
    monkeypatch.setenv("POPULATION_DATABASE_URL", f"sqlite:///{tmp_path}/pop.sqlite")
    assert main(["--size", "small", "--site", "s0_ruijin"]) == 0
    assert "the demo site s0_ruijin is built" in capsys.readouterr().out
    assert main(["--size", "small", "--site", "s0_ruijin"]) == 0
    assert "s0_ruijin is there already" in capsys.readouterr().out
    assert app.main(["--site", "s4_xiapu"]) == 2
    assert "python -m data.demo --site s4_xiapu" in capsys.readouterr().err
    assert main(["--size", "small", "--site", "s4_xiapu"]) == 0
    assert "hold the demo site s0_ruijin; s4_xiapu takes its place" in capsys.readouterr().out
    held = build_of(f"sqlite:///{tmp_path}/case.sqlite", CASE)
    assert held is not None
    assert held.site == "s4_xiapu"
    assert main(["--site", "s9"]) == 2
    assert "no site 's9'" in capsys.readouterr().err
