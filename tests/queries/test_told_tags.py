"""Of tags that share houses out among them no total is told where another count would follow from it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from small_town import Town, at, found_town
from sqlalchemy import select

from data.population_tables import house, tag, tag_assignment
from queries.scope import read_scope
from queries.site import Site
from queries.told_tags import open_tags

TAGS = {"自住房": ("使用", "自住"), "出租房": ("使用", "出租"), "老旧住房": ("结构安全", "自住")}
HOUSES = {
    "A1": {"自住": 40, "出租": 3},
    "A2": {"自住": 40, "出租": 40},
    "B1": {"自住": 40, "出租": 40},
}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    made = found_town("sqlite", tmp_path_factory.mktemp("told-tags"), "toldtags")
    with made.population.begin() as connection:
        for n, (name, (klass, _)) in enumerate(TAGS.items(), start=1):
            row = {"tag_id": n, "code": f"T{n}", "name": name, "name_en": name, "subject": "house"}
            row |= {"class_name": klass, "sensitivity": 0}
            connection.execute(tag.insert().values(row))
        stand = [
            (code, usage)
            for code, held in HOUSES.items()
            for usage, n in held.items()
            for _ in range(n)
        ]
        for house_id, (code, usage) in enumerate(stand):
            row = {"house_id": house_id, "address_code": f"H{house_id}", "usage": usage}
            connection.execute(house.insert().values(**row, heritage=0, grid_code=code))
            for tag_id, (_, of) in enumerate(TAGS.values(), start=1):
                if of == usage:
                    carried = {"tag_id": tag_id, "subject_id": house_id, "grid_code": code}
                    connection.execute(tag_assignment.insert().values(carried))
    yield made
    made.close()


@pytest.fixture
def site(town: Town) -> Iterator[Site]:
    opened = town.city.site(at(0))
    yield opened
    opened.case.dispose()
    opened.population.dispose()


def told(site: Site, grid: str) -> dict[str, str]:
    return {
        one.name.zh: one.shown.text
        for one in open_tags(site, read_scope(site, {"grid": grid}, at(0)))
    }


def test_the_usage_of_houses_is_told_by_tags_where_all_of_it_may_be(site: Site) -> None:
    assert told(site, "T") == {"自住房": "120", "出租房": "83"}
    assert told(site, "A1") == {"自住房": "…", "出租房": "…"}


@contextmanager
def tagged(town: Town, **tags: Sequence[int]) -> Iterator[None]:
    """Further tags of the houses that are named, until the end of the block."""
    with town.population.begin() as connection:
        for tag_id, (name, carry) in enumerate(tags.items(), start=8):
            row = {"tag_id": tag_id, "code": f"T{tag_id}", "name": name, "name_en": name}
            row |= {"subject": "house", "class_name": f"消防{tag_id}", "sensitivity": 0}
            connection.execute(tag.insert().values(row))
            for house_id in carry:
                code = connection.execute(
                    select(house.c.grid_code).where(house.c.house_id == house_id)
                )
                carried = {"tag_id": tag_id, "subject_id": house_id, "grid_code": code.scalar_one()}
                connection.execute(tag_assignment.insert().values(carried))
    try:
        yield
    finally:
        with town.population.begin() as connection:
            for table in (tag, tag_assignment):
                connection.execute(table.delete().where(table.c.tag_id > 3))


def test_a_tag_within_another_is_told_nowhere(town: Town, site: Site) -> None:
    """Of the houses with gas all but three have an alarm: who subtracts one from the other knows these."""
    with_gas = range(0, 200, 2)
    with tagged(town, 管道燃气=with_gas, 燃气报警器=with_gas[3:]):
        assert told(site, "T") == {"自住房": "120", "管道燃气": "100", "出租房": "83"}


def test_a_tag_that_few_lack_who_should_carry_it_is_left_out(
    town: Town, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """All of 自住 carry it but two of A1, and some of 出租 elsewhere: there would be two less than nobody."""
    own = [*range(2, 40), *range(43, 83), *range(123, 163)]
    with tagged(town, 安装水表=[*own, *range(83, 113)]):
        assert told(site, "T") == {"自住房": "120", "出租房": "83"}
    assert "cannot be protected" not in caplog.text
