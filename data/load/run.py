"""Opens the databases, refuses the wrong ones, and runs the parts of a load in their order."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine

from data import bulk
from data.databases import open_database
from data.engines import CASE, POPULATION, VARIABLE, engine_for
from data.errors import InputError, SetupError
from data.hourly_check import HOUR, check
from data.load.callers import read_callers
from data.load.case_load import CaseLoad
from data.load.entity_load import load_entities
from data.load.grid_load import load_grids, stored_hierarchies
from data.load.inputs import Inputs, open_inputs
from data.load.locate import read_locator
from data.load.mapping import Mapping
from data.load.population_load import load_population
from data.load.site_folder import write_site_rules
from data.load.site_settings import check_owner, write_case_site, write_population_site
from data.load.summary import Part
from data.load.work_load import load_work, write_named_words
from data.load.work_sections import BEFORE_CASES, SECTIONS
from data.migrate import migrate
from data.one_ingester import only_ingester
from data.rederive import renew_states
from data.rules import read_rules
from data.tiles.build import make_first
from data.versions import stamp

PARTS = ("grids", "cases", "population", "entities", *SECTIONS)


class FileError(InputError):
    """What is wrong with a file itself, or between it and the mapping: other files may be loaded."""


@dataclass(frozen=True)
class Order:
    """What is to be loaded, from where, where bad rows go, and where the secret of callers is kept.

    is_live: it is one of many small loads; whoever makes them checks the sums every hour by themselves.
    """

    mapping: Mapping
    source: Path
    rejects: Path
    caller_key_file: Path
    parts: tuple[str, ...] = PARTS
    dry_run: bool = False
    is_live: bool = False


def load(order: Order, addresses: dict[str, str], now: int) -> Iterator[Part]:
    """Load the parts that are ordered and mapped, one by one; addresses by kind of database.

    Raises InputError, and FileError where only the files are to blame.
    """
    with _of_the_files():
        inputs = open_inputs(order.mapping, order.source, order.parts)
    with ExitStack() as stack:
        cases = stack.enter_context(_connection(addresses[CASE], CASE, order))
        people = stack.enter_context(_connection(addresses[POPULATION], POPULATION, order))
        if not order.dry_run:
            stack.enter_context(only_ingester(cases.engine, "data.load"))
        check_owner(cases, CASE, order.mapping.site)
        check_owner(people, POPULATION, order.mapping.site)
        yield from _run(order, inputs, cases, people, stamp(cases, now))


def _run(
    order: Order, inputs: Inputs, cases: Connection, people: Connection, now: int
) -> Iterator[Part]:
    mapping = order.mapping

    def commit() -> None:
        if not order.dry_run:
            cases.commit()
            people.commit()

    write_case_site(cases, mapping.site, now)
    write_population_site(people, mapping.site, "area")
    if told := write_site_rules(cases, mapping, now):
        yield from told
        commit()
    if "grids" in order.parts:
        yield load_grids(cases, mapping, order.source, now)
        commit()
    stored_hierarchies(cases, mapping)
    if inputs.work:
        write_named_words(cases, mapping)
    for name in BEFORE_CASES:
        if name in inputs.work:
            yield _load_listed(cases, order, name, inputs, now)
            commit()
    if inputs.cases:
        assert mapping.cases is not None
        callers = read_callers(cases, mapping.cases, order.caller_key_file, dry_run=order.dry_run)
        work = CaseLoad(cases, mapping, now, commit, callers, dry_run=order.dry_run)
        work.is_live = order.is_live
        with _of_the_files():
            loaded = work.run(inputs.cases, order.rejects)
        yield loaded
        commit()
        if not order.dry_run and make_first(cases, mapping.site.zone, now, committed=True):
            commit()
    for tables, part in (
        (inputs.population, load_population),
        (inputs.entities, load_entities),
    ):
        if tables:
            locator = read_locator(cases, mapping.default_hierarchy().code)
            yield part(people, mapping, locator, tables, order.rejects, now)
            commit()
    for name in SECTIONS:
        if name in inputs.work and name not in BEFORE_CASES:
            yield load_work(cases, mapping, name, inputs.work[name], order.rejects, now)
            commit()
    if order.dry_run or order.is_live:
        return
    check(cases, now // HOUR, now)
    # One after the other, each committed: on PostgreSQL an open ANALYZE holds up the next.
    for connection in (cases, people):
        bulk.analyse(connection)
        connection.commit()


@contextmanager
def _of_the_files() -> Iterator[None]:
    try:
        yield
    except InputError as error:
        raise FileError(str(error)) from error


def _load_listed(connection: Connection, order: Order, name: str, inputs: Inputs, now: int) -> Part:
    """Load what rules go by, and derive the states of known cases anew where that changes them."""
    zone = order.mapping.site.zone
    before = read_rules(connection, zone)
    part = load_work(connection, order.mapping, name, inputs.work[name], order.rejects, now)
    if read_rules(connection, zone) != before:
        part.count("renewed_by_rules", renew_states(connection, zone, now))
    return part


@contextmanager
def _connection(address: str, kind: str, order: Order) -> Iterator[Connection]:
    """A connection to write by; a dry run is rolled back, or writes to a file that is thrown away."""
    with ExitStack() as stack:
        engine = _dry_engine(address, kind, stack) if order.dry_run else _engine(address, kind)
        stack.callback(engine.dispose)
        connection = stack.enter_context(engine.connect())
        yield connection
        connection.rollback()


def _engine(address: str, kind: str) -> Engine:
    engine = engine_for(address, kind, writable=True)
    migrate(engine, kind)
    return engine


def _dry_engine(address: str, kind: str, stack: ExitStack) -> Engine:
    try:
        open_database(address, kind).dispose()
        return open_database(address, kind, writable=True)
    except SetupError:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        return _engine(f"sqlite:///{folder}/{kind}.sqlite", kind)


def refuse_default_addresses(addresses: dict[str, str], defaults: dict[str, str], key: str) -> None:
    """The default address belongs to the demo city: real data needs an address of its own."""
    for kind, address in addresses.items():
        if address == defaults[VARIABLE[kind]]:
            raise InputError(
                f"{VARIABLE[kind]} is not set, and its default {address} is kept for the demo "
                f"city. Set it, e.g. {VARIABLE[kind]}=sqlite:///var/{key}/{kind}.sqlite."
            )
