"""Keeps the grid paths of known cases: what is known stays, what was missing is filled in.

A case keeps the grids it lay in when it was first loaded, so that last year's figures survive a
re-zoning. But 未落格 is no place to keep: when a corrected mapping or a new hierarchy finds the grid
of a case that had none, its path is filled in: by today's grids, so that nothing is left to re-map.
"""

import pandas as pd
from sqlalchemy import Connection, bindparam, delete, select, update

from data import bulk
from data.case_tables import case_path, case_path_now, case_record
from data.load.plain import records
from data.repeats import Changing, nothing

ASKED = 500
NOWHERE = -1


def fill_paths(
    connection: Connection, paths: pd.DataFrame, before_change: Changing = nothing
) -> tuple[int, int]:
    """(paths filled in, paths that would differ now and were kept) for the known cases among them.

    paths: code, hierarchy_id, grid_1 …; cases that are not stored are passed over. before_change: is
    told the cases whose path is about to be filled in.
    """
    columns = [name for name in paths if name.startswith("grid_")]
    known = _stored(connection, paths["code"].unique().tolist(), columns)
    if known.empty:
        return 0, 0
    key = ["code", "hierarchy_id"]
    ids = known.drop_duplicates("code").set_index("code")["case_id"]
    asked = paths[paths["code"].isin(ids.index)].assign(case_id=paths["code"].map(ids))
    both = asked.merge(
        known.drop(columns="case_id"), on=key, how="left", suffixes=("", "_before"), indicator=True
    )
    now = both[columns].fillna(NOWHERE).to_numpy("int64")
    before = both[[f"{name}_before" for name in columns]].fillna(NOWHERE).to_numpy("int64")
    absent = (both["_merge"] == "left_only").to_numpy()
    differs = ~absent & (now != before).any(axis=1)
    deeper = differs & ((before == now) | (before == NOWHERE)).all(axis=1)
    before_change(both.loc[absent | deeper, "case_id"].tolist())
    bulk.insert(connection, case_path, both.loc[absent, ["case_id", "hierarchy_id", *columns]])
    _update(connection, both.loc[deeper, ["case_id", "hierarchy_id", *columns]], columns)
    _forget_today(connection, both.loc[absent | deeper, ["case_id", "hierarchy_id"]])
    return int((absent | deeper).sum()), int((differs & ~deeper).sum())


def _stored(connection: Connection, codes: list[str], columns: list[str]) -> pd.DataFrame:
    """Paths of the cases that are known; a case without any path has one row without hierarchy."""
    named = [case_path.c[name] for name in columns]
    statement = select(
        case_record.c.code, case_record.c.case_id, case_path.c.hierarchy_id, *named
    ).outerjoin(case_path, case_path.c.case_id == case_record.c.case_id)
    parts = [
        bulk.read(connection, statement.where(case_record.c.code.in_(codes[n : n + ASKED])))
        for n in range(0, len(codes), ASKED)
    ]
    frame = pd.concat([p for p in parts if len(p)] or parts[:1] or [pd.DataFrame()])
    if "case_id" in frame:
        frame[["hierarchy_id", *columns]] = frame[["hierarchy_id", *columns]].astype("Int64")
    return frame


def _update(connection: Connection, rows: pd.DataFrame, columns: list[str]) -> None:
    if rows.empty:
        return
    connection.execute(
        update(case_path)
        .where(case_path.c.case_id == bindparam("key"))
        .where(case_path.c.hierarchy_id == bindparam("tree"))
        .values({name: bindparam(name) for name in columns}),
        records(rows, {"case_id": "key", "hierarchy_id": "tree"}),
    )


def _forget_today(connection: Connection, rows: pd.DataFrame) -> None:
    if rows.empty:
        return
    connection.execute(
        delete(case_path_now)
        .where(case_path_now.c.case_id == bindparam("key"))
        .where(case_path_now.c.hierarchy_id == bindparam("tree")),
        records(rows, {"case_id": "key", "hierarchy_id": "tree"}),
    )
