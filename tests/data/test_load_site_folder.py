"""Rules of a site folder in a load: taken over, checked, told, and the states of cases kept in step."""

import shutil
from pathlib import Path

import pytest
from conftest import ENGINES
from load_limit_town import LIMIT, calendar, case, due
from load_rules_town import (
    LIGHTS,
    limits,
    lit_town,
    load,
    opened,
    refused,
    rules,
    rules_town,
    settings,
    stage,
    with_names,
)
from test_load_calendar import OTHER

import data.load.site_folder
from data.sites.folder import SITE_FILE, SITES

POST = '[[post]]\nkey = "head"\nname = ["网格长", "Head"]\n'
STEPS = '[steps]\nhandled = ["处置", "Handled"]\n'
PERIOD = """[period]
key = "spring"
name = "春季"
name_en = "Spring"
from = "2024-03-01"
to = "2024-05-31"

[[published]]
key = "spring_closure"
metric = "closure_rate_simple"
value = "99.5"
period = "spring"
name = ["春季办结率", "Closure rate in spring"]
source = ["公报", "Bulletin"]
"""


@pytest.fixture(params=ENGINES)
def town(request, tmp_path, monkeypatch, capsys):
    return rules_town(request.param, tmp_path, monkeypatch, capsys)


@pytest.fixture(params=ENGINES)
def lit(request, tmp_path, monkeypatch, capsys):
    return lit_town(request.param, tmp_path, monkeypatch, capsys)


def test_rules_are_taken_over_and_told_once(town):
    rules(town, 'worker_sources = ["巡查"]', LIGHTS, POST, STEPS)
    printed = load(town)
    assert (
        "rules\n  note: rules/site.toml: new: lights, steps, worker_sources, posts.\ngrids"
        in printed
    )
    held = settings(town)
    assert held["lights"] == {"ladder": "blue_orange_red", "warn_share": 0.5, "basis": "whole"}
    assert held["posts"] == [{"key": "head", "name": ["网格长", "Head"]}]
    assert held["worker_sources"] == ["巡查"]
    before = town.everything()
    assert "rules" not in load(town).replace("rules.toml", "")
    assert town.everything() == before


def test_what_is_changed_and_what_is_gone_is_told(town):
    rules(town, LIGHTS, POST, stage("dispatch", 1, "work_hour"))
    load(town)
    rules(town, LIGHTS.replace("blue_orange_red", "green_yellow_red"), STEPS)
    printed = load(town)
    assert "new: steps; changed: lights; removed: posts, stage limits." in printed
    assert "posts" not in settings(town)
    assert limits(town) == ()


def test_another_share_renews_the_states_of_all_cases(town):
    rules(town, LIGHTS.replace("0.5", "0.75"))
    rows = [case(f"L{n}", "4") for n in range(3)]
    load(town, *rows)
    # Reported on Friday at 16:30 with four hours: three of them have run on Saturday at 09:30.
    assert due(town, "L1", "warn_at") == "Sat 05-11 09:30"
    versions = dict(town.sql("SELECT part, version FROM data_version"))
    rules(town, LIGHTS)
    printed = load(town, rows[0])
    assert "3  known cases: their states derived anew, since the rules have changed" in printed
    # Half of them: two hours.
    assert due(town, "L1", "warn_at") == "Sat 05-11 08:30"
    after = dict(town.sql("SELECT part, version FROM data_version"))
    assert after["cases"] > versions["cases"]
    assert after["grids"] > versions["grids"]


def test_names_and_colours_renew_nothing(town):
    rules(town, LIGHTS)
    load(town)
    rules(town, LIGHTS.replace("blue_orange_red", "green_yellow_red"), STEPS, POST)
    printed = load(town)
    assert "changed: lights" in printed
    assert "derived anew" not in printed


def test_a_new_calendar_and_new_rules_renew_the_states_once(town, monkeypatch):
    rules(town, LIGHTS)
    load(town)
    done = []
    renew = data.load.site_folder.renew_states
    monkeypatch.setattr(
        data.load.site_folder,
        "renew_states",
        lambda *given: done.append(renew(*given)) or done[-1],
    )
    rules(town, LIGHTS.replace("0.5", "0.75"))
    calendar(town, OTHER)
    printed = load(town)
    assert done == [1]
    assert "1  known cases: their states derived anew, since the working time has" in printed
    assert "changed: lights" in printed
    # Under 10–12 and 14–18 the four hours end on Saturday at 14:30; the third of them at 11:30.
    assert due(town, "L") == "Sat 05-11 14:30"
    assert due(town, "L", "warn_at") == "Sat 05-11 11:30"


def test_without_rules_in_the_mapping_those_of_before_stay(town):
    rules(town, LIGHTS)
    load(town)
    town.change('rules = "rules"\n', "")
    printed = load(town)
    assert "the mapping names none, so those of an earlier load (rules) stay" in printed
    assert settings(town)["lights"]["warn_share"] == 0.5


def test_an_empty_folder_takes_all_rules_away(town):
    rules(town, LIGHTS, POST)
    load(town)
    rules(town, "")
    assert "rules/site.toml: removed: lights, posts." in load(town)
    assert not {"lights", "posts"} & set(settings(town))


def test_of_a_whole_site_only_the_rules_are_read(town):
    rules(town, 'name = ["某区", "A district"]\narea_km2 = "large"', LIGHTS, "[size]\nfull = 3")
    load(town)
    assert settings(town)["name"] == ["示范镇", "Sample Town"]


def test_stage_limits_name_a_category_before_its_first_case(town):
    with_names(town)
    rules(
        town,
        stage("verify", 0.5, "natural_hour"),
        stage("dispatch", 1, "work_hour"),
        stage("fence", 3, "urgent_hour", "爆管"),
        stage("restore", 5, "work_day", "突发 / 爆管"),
    )
    printed = load(town, case("B", "4", 大类="突发", 小类="爆管"))
    assert "new: stage limits (4)" in printed
    (burst,) = town.sql("SELECT category_id, name FROM category WHERE code = '突发 / 爆管'")
    assert burst[1] == "供水管道破裂"
    assert town.sql("SELECT category_id FROM case_record") == [(burst[0],)]
    # Half an hour, an hour, three hours, five days of eight hours.
    assert [
        (row.stage, row.limit_seconds, row.limit_clock, row.category_id) for row in limits(town)
    ] == [
        ("verify", 1800, None, None),
        ("dispatch", 3600, "work_hour", None),
        ("fence", 10_800, "urgent_hour", burst[0]),
        ("restore", 144_000, "work_day", burst[0]),
    ]
    before = town.everything()
    load(town, case("B", "4", 大类="突发", 小类="爆管"))
    assert town.everything() == before


def test_another_stage_limit_renews_the_states(town):
    by_stage = LIGHTS.replace("whole", "stage")
    rules(town, by_stage, stage("accept", 1, "work_hour"), stage("dispatch", 2, "work_hour"))
    load(town)
    was = town.now("L")
    rules(town, by_stage, stage("accept", 1, "work_hour"), stage("dispatch", 4, "work_hour"))
    printed = load(town)
    assert "changed: stage limits (2)" in printed
    assert "1  known cases: their states derived anew, since the rules have changed" in printed
    assert town.now("L")["stage"] == was["stage"]


def test_a_longer_day_makes_limits_of_working_days_longer(town):
    rules(town, stage("handle", 1, "work_day"))
    load(town)
    assert limits(town)[0].limit_seconds == 8 * 3600
    calendar(town, OTHER)
    assert "changed: stage limits (1)" in load(town)
    assert limits(town)[0].limit_seconds == 6 * 3600


def test_a_period_with_days_is_named_and_figures_are_held_against_it(town):
    rules(town, PERIOD)
    load(town)
    held = settings(town)
    assert [p["key"] for p in held["periods"]] == ["spring"]
    assert (held["periods"][0]["from"], held["periods"][0]["to"]) == ("2024-03-01", "2024-05-31")
    with opened(town) as site:
        assert [p.key for p in site.facts().periods] == ["spring"]
        assert [f.key for f in site.facts().published] == ["spring_closure"]


SCENE = '[[scene]]\nname = "网格"\nname_en = "Grids"\nfragment = "{}"\nseconds = 30\n'


@pytest.mark.parametrize(
    ("told", "key", "fix"),
    [
        (LIGHTS.replace("[lights]", "[ligths]"), "ligths: is not a known key", "'lights'"),
        (LIGHTS.replace("0.5", "5"), "lights.warn_share: 5 cannot be taken", "0.01 to 0.99"),
        ("[lights", "site.toml is not valid TOML", "correct it"),
        (STEPS.replace("handled", "handeld"), "steps.handeld: is no event", "'handled'"),
        (SCENE.format("hierarchy=aera"), "there is no hierarchy 'aera'", "'area'"),
        (SCENE.format("level=3"), "level=3 is not in 'area'", "0 to 2"),
        (PERIOD.replace('period = "s', 'period = "S'), "there is no 'Spring'", "'spring'"),
        (PERIOD.replace('to = "2024-05-31"', ""), "period.to: is missing", "both days"),
        (PERIOD.replace("05-31", "02-01"), "period.to: comes before from", "earlier day"),
        (PERIOD.replace("05-31", "06-31"), "'2024-06-31' is no day", "2026-01-01"),
        (stage("fence", 1, "work_hour"), "'fence' is no stage", "name its category"),
        (stage("chekc", 1, "work_hour"), "'chekc' is no stage", "'check'"),
        (stage("check", 1, "work_hours"), "stage[1].clock: 'work_hours'", "work_hour,"),
        (stage("check", 0, "work_hour"), "stage[1].limit: 0 cannot be taken", "0.01"),
        (stage("check", 1, "work_hour") * 2, "of all categories is that of stage[1]", "keep one"),
        (stage("x", 1, "work_day", "占到"), "stage[1].category: there is no '占到'", "names_file"),
        (
            stage("x", 1, "work_day", "市容 / 占到"),
            "there is no '市容 / 占到'",
            "did you mean '市容 / 占道'?",
        ),
        (
            'worker_sources = ["走访"]',
            "worker_sources: there is no source '走访'",
            "[cases.source.names]",
        ),
    ],
)
def test_bad_rules_are_named_with_file_key_and_fix_and_nothing_is_written(lit, told, key, fix):
    before = lit.everything()
    rules(lit, told)
    calendar(lit, OTHER)
    printed = refused(lit)
    assert str(Path("rules") / SITE_FILE) in printed
    assert key in printed
    assert fix in printed
    assert lit.everything() == before


def test_a_working_clock_needs_working_time(town):
    town.change('calendar = "calendar.toml"\n', "")
    town.change(LIMIT, "[cases.status]")
    rules(town, stage("check", 1, "urgent_hour"), stage("accept", 1, "work_hour"))
    printed = refused(town)
    assert "stage[2].clock: work_hour runs in working time, and the site has none" in printed
    assert "stage[1]" not in printed


def test_a_folder_that_is_not_there_is_answered_with_the_sites(town):
    printed = refused(town)
    assert "[site] rules: There is no " in printed
    assert "s3_erqi" in printed


def test_a_dry_run_tells_and_writes_nothing(town):
    rules(town, LIGHTS)
    load(town)
    before = town.everything()
    rules(town, LIGHTS.replace("0.5", "0.75"))
    code, printed = town.load("--dry-run", "--only", "cases")
    assert code == 0, printed
    assert "changed: lights" in printed
    assert town.everything() == before


def test_a_folder_is_looked_for_beside_the_mapping(town):
    shutil.copytree(SITES / "s4_xiapu", town.folder / "rules")
    (town.folder / "rules" / SITE_FILE).write_text(LIGHTS, encoding="utf-8")
    town.change('rules = "rules"', 'rules = "../' + town.folder.name + '/rules"')
    assert "rules/site.toml: new: lights." in load(town)
