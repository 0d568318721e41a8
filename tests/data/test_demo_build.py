"""The demo city in its databases: what is written, what is refused, and how it goes on."""

import shutil
import threading
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine, func, select, text

from data.case_tables import (
    FOREVER,
    case_derived,
    case_event,
    case_path,
    case_record,
    category,
    grid_edge,
    grid_unit,
    site_setting,
    survey,
)
from data.days import day_number, epoch_of
from data.demo.__main__ import main
from data.demo.build import build_demo
from data.demo.city import City, imagine
from data.demo.plan import open_plan, rows_left
from data.demo.sizes import SMALL
from data.demo.stores import PLAN_NAME, build_of
from data.demo.stream import catch_up, follow
from data.demo.vocabulary import read_vocabulary
from data.engines import CASE, POPULATION, engine_for
from data.errors import SetupError
from data.events import LEAD_LEVELS
from data.population_tables import (
    household,
    legal_entity,
    person,
    population_setting,
    tag,
    tag_assignment,
)
from data.rules import read_rules
from data.settings import read_settings
from data.stored_settings import write_setting

NOW = epoch_of("2026-05-13T10:20", "Asia/Shanghai")
DAY = 86_400
EVENT_COLUMNS = ["type", "at", "deadline", "limit_seconds", "limit_clock", "lead_level", "note"]


@dataclass(frozen=True)
class Built:
    case_url: str
    population_url: str
    plan: Path

    def case_engine(self) -> Engine:
        return engine_for(self.case_url, CASE, writable=True)

    def population_engine(self) -> Engine:
        return engine_for(self.population_url, POPULATION)


def in_folder(folder: Path) -> Built:
    return Built(
        f"sqlite:///{folder}/case.sqlite", f"sqlite:///{folder}/pop.sqlite", folder / "plan.sqlite"
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    built = in_folder(tmp_path_factory.mktemp("demo"))
    build_demo(
        built.case_url, built.population_url, size="small", seed=5, now=NOW, plan_path=built.plan
    )
    return built


@pytest.fixture
def own(built: Built, tmp_path: Path) -> Built:
    """A copy that a test may change."""
    shutil.copytree(built.plan.parent, tmp_path, dirs_exist_ok=True)
    return in_folder(tmp_path)


def test_build_holds_nothing_from_the_future(built: Built) -> None:
    with built.case_engine().connect() as connection:
        assert connection.execute(select(func.max(case_event.c.at))).scalar_one() <= NOW
        assert connection.execute(select(func.max(survey.c.surveyed_at))).scalar_one() <= NOW
        settings = dict(connection.execute(select(site_setting.c.key, site_setting.c.value)).all())
        first = connection.execute(
            select(func.count()).select_from(case_event).where(case_event.c.type == "reported")
        ).scalar_one()
        assert first == connection.execute(select(func.count(case_record.c.code))).scalar_one()
    assert settings["demo"] is True
    assert settings["zone"] == "Asia/Shanghai"
    assert settings["periods"][0]["key"] == "s3"
    assert settings["demo_build"]["seed"] == 5


def test_window_in_the_database(built: Built) -> None:
    with built.case_engine().connect() as connection:
        period = connection.execute(
            select(site_setting.c.value).where(site_setting.c.key == "periods")
        ).scalar_one()[0]
        first, last = (day_number(date.fromisoformat(period[key])) for key in ("from", "to"))
        accepted, closed = connection.execute(
            select(func.count(), func.sum(case_derived.c.is_closed)).where(
                case_derived.c.valid_to == FOREVER,
                case_derived.c.accepted_day.between(first, last),
            )
        ).one()
    assert (accepted, closed) == (SMALL.window_accepted, SMALL.window_closed)


def test_the_rules_of_the_site_are_in_the_database(built: Built) -> None:
    words = read_vocabulary()
    with built.case_engine().connect() as connection:
        rules = read_rules(connection, "Asia/Shanghai")
        lines = connection.execute(select(category.c.line).order_by(category.c.category_id))
        assert lines.scalars().all() == words.categories["line"].tolist()
    assert rules.calendar == words.working_time
    assert 0 < len(rules.management) < len(words.categories)


def test_most_cases_are_closed_on_time_and_all_have_a_lead(built: Built) -> None:
    now = everything(built)["case_derived"].query("valid_to == @FOREVER")
    overdue = (now["is_open"] == 1) & (now["is_hung"] == 0) & (now["effective_deadline"] < NOW)
    due = now[(now["is_closed"] == 1) | overdue]
    due = due[due["effective_deadline"].notna()]
    assert 0.96 < due["on_time_effective"].mean() < 0.99
    assert set(now["lead_level"][now["is_accepted"] == 1]) == set(LEAD_LEVELS)


def test_both_hierarchies_share_grids_and_paths(built: Built) -> None:
    with built.case_engine().connect() as connection:
        edges = pd.DataFrame(connection.execute(select(grid_edge)).mappings().all())
        units = pd.DataFrame(connection.execute(select(grid_unit)).mappings().all())
        paths = pd.DataFrame(connection.execute(select(case_path)).mappings().all())
    territory, station = (set(edges.loc[edges["hierarchy_id"] == i, "child_id"]) for i in (1, 2))
    assert len(territory) == 1 + 3 + 9 + 27 + 81
    assert station - territory == set(units.loc[units["kind"] == "综合网格", "grid_id"])
    one = paths[paths["hierarchy_id"] == 1].set_index("case_id")
    other = paths[paths["hierarchy_id"] == 2].set_index("case_id").loc[one.index]
    pd.testing.assert_series_equal(one["grid_1"], other["grid_2"], check_names=False)
    pd.testing.assert_series_equal(one["grid_2"], other["grid_3"], check_names=False)
    assert one["grid_1"].isna().sum() == other["grid_1"].isna().sum() > 0
    parent = edges[edges["hierarchy_id"] == 2].set_index("child_id")["parent_id"]
    known = other.dropna(subset=["grid_2"])
    assert (known["grid_2"].map(parent) == known["grid_1"]).all()


def test_population_database(built: Built) -> None:
    with built.population_engine().connect() as connection:
        counts = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (household, person, legal_entity, tag)
        }
        used = connection.execute(select(tag_assignment.c.tag_id).distinct()).all()
    assert counts["tag"] == 286
    assert counts["legal_entity"] == 60
    assert 600 < counts["person"] < 1100
    assert len(used) > 120


def everything(built: Built) -> dict[str, pd.DataFrame]:
    tables = (case_record, case_path, case_event, case_derived, survey)
    with built.case_engine().connect() as connection:
        return {
            table.name: pd.DataFrame(
                connection.execute(select(table).order_by(*table.primary_key)).mappings().all()
            )
            for table in tables
        }


def test_stream_moves_what_is_due_once(own: Built) -> None:
    before = everything(own)
    later = NOW + DAY
    moved = catch_up(own.case_url, own.plan, later)
    after = everything(own)
    assert moved == len(after["case_event"]) - len(before["case_event"]) > 100
    assert after["case_event"]["at"].max() <= later
    assert after["case_event"]["at"].max() > later - DAY / 8
    assert catch_up(own.case_url, own.plan, later) == 0
    for name, table in everything(own).items():
        pd.testing.assert_frame_equal(table, after[name])
    old = before["case_record"]
    kept = after["case_record"].set_index("case_id").loc[old["case_id"]].reset_index()
    # A case that was there already must not look changed.
    pd.testing.assert_frame_equal(kept, old)


def test_stream_ends_where_the_city_does(own: Built) -> None:
    city = imagine(SMALL, read_vocabulary(), 5, NOW, lambda _part: None)
    catch_up(own.case_url, own.plan, NOW + 120 * DAY)
    plan = open_plan(own.plan)
    assert rows_left(plan) == 0
    plan.dispose()
    tables = everything(own)
    assert len(tables["case_event"]) == len(city.events)
    assert len(tables["case_record"]) == len(city.rows)
    assert len(tables["survey"]) == len(city.surveys)
    assert_same_columns(tables, city)
    seqs = tables["case_event"].groupby("case_id")["seq"]
    assert (seqs.max() == seqs.size()).all()
    rows = tables["case_event"].sort_values(["case_id", "seq"])
    same = rows["case_id"].diff().to_numpy() == 0
    assert (rows["at"].diff().to_numpy()[same] > 0).all()


def assert_same_columns(tables: dict[str, pd.DataFrame], city: City) -> None:
    """Nothing of a case is lost on its way, through the build or through the plan."""
    stored = tables["case_record"].set_index("case_id")
    codes = city.rows["code"].to_numpy(object)
    for name, made, kept, key in (
        ("case_event", city.events, EVENT_COLUMNS, "at"),
        ("survey", city.surveys, ["responded", "solved", "satisfaction"], "cycle_no"),
    ):
        arrived = tables[name].assign(code=tables[name]["case_id"].map(stored["code"]))
        expected = made.assign(code=codes[made["case"]])
        one, other = (
            table.sort_values(["code", key])[kept].astype(object).reset_index(drop=True)
            for table in (arrived, expected)
        )
        pd.testing.assert_frame_equal(
            one.where(one.notna(), None), other.where(other.notna(), None), obj=name
        )
    in_grid = stored.set_index("code")["in_grid"].loc[codes]
    assert in_grid.fillna(-1).tolist() == city.rows["in_grid"].fillna(-1).tolist()


def test_other_data_is_not_overwritten(own: Built) -> None:
    assert build_of(own.case_url, CASE) == build_of(own.population_url, POPULATION)
    with own.case_engine().begin() as connection:
        write_setting(connection, site_setting, "demo", False)
    with pytest.raises(SetupError, match="not the demo city"):
        build_of(own.case_url, CASE)


def test_half_built_is_not_taken_for_finished(own: Built, tmp_path: Path) -> None:
    with own.case_engine().begin() as connection:
        connection.execute(text("DELETE FROM site_setting WHERE key = 'demo_build'"))
    assert build_of(own.case_url, CASE) is None
    assert build_of(f"sqlite:///{tmp_path}/none.sqlite", CASE) is None


def test_command_line_reuses_and_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CASE_DATABASE_URL", f"sqlite:///{tmp_path}/case.sqlite")
    monkeypatch.setenv("POPULATION_DATABASE_URL", f"sqlite:///{tmp_path}/pop.sqlite")
    assert main(["--size", "small"]) == 0
    assert "is built" in capsys.readouterr().out
    assert main(["--size", "small"]) == 0
    assert "there already" in capsys.readouterr().out
    with engine_for(f"sqlite:///{tmp_path}/pop.sqlite", POPULATION, writable=True).begin() as own:
        write_setting(own, population_setting, "demo", False)
    assert main(["--size", "small", "--rebuild"]) == 2
    assert "POPULATION_DATABASE_URL" in capsys.readouterr().err
    assert main(["--now", "yesterday"]) == 2


def test_follow_stops_when_told(own: Built) -> None:
    settings = read_settings(
        {"CASE_DATABASE_URL": own.case_url, "POPULATION_DATABASE_URL": own.population_url}
    )
    own.plan.rename(own.plan.with_name(PLAN_NAME))
    stop = threading.Event()
    before = len(everything(own)["case_event"])
    running = threading.Thread(target=follow, args=(settings, stop, lambda: NOW + 3600))
    running.start()
    for _ in range(100):
        if len(everything(own)["case_event"]) > before:
            break
        time.sleep(0.1)
    stop.set()
    running.join(timeout=10)
    assert not running.is_alive()
    assert len(everything(own)["case_event"]) > before


def test_follow_wants_the_plan_of_its_database(own: Built) -> None:
    settings = read_settings(
        {"CASE_DATABASE_URL": own.case_url, "POPULATION_DATABASE_URL": own.population_url}
    )
    with pytest.raises(SetupError, match="no plan for this database"):
        follow(settings, threading.Event())
