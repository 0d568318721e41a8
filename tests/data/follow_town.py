"""What those who follow a folder or a table begin with, and what they took in."""

from load_town import Town

from data.engines import CASE, POPULATION
from data.load.mapping_file import read_mapping
from data.load.run import Order


def order_of(town: Town) -> tuple[Order, dict[str, str]]:
    path = town.folder / "town.toml"
    path.write_text(town.mapping, encoding="utf-8")
    order = Order(read_mapping(path), town.source, town.folder, town.folder / "caller.key")
    return order, {CASE: town.case_url, POPULATION: town.people_url}


def codes(town: Town) -> list[str]:
    return [str(row[0]) for row in town.sql("SELECT code FROM case_record ORDER BY code")]


def events(town: Town) -> int:
    return int(str(town.sql("SELECT count(*) FROM case_event")[0][0]))
