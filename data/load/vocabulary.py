"""Gives sources, categories and departments their ids, adding and renaming as the mapping says."""

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection, Table, func, select, update

from data.case_tables import category, department, source
from data.load.mapping import Category, Words
from data.load.text_tables import open_table

UNCLASSIFIED = ("未分类", "Unclassified")
BLANK = "(blank)"


@dataclass
class Vocabulary:
    """One table of words, keyed by `code`; remembers what it has seen during the load."""

    table: Table
    id_column: str
    ids: dict[str, int] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    changed: bool = False

    def write(self, connection: Connection, code: str, values: dict[str, object]) -> int:
        """The id of a word; its row is added or renamed when needed."""
        if code in self.ids:
            return self.ids[code]
        table, key = self.table, self.table.c[self.id_column]
        columns = [table.c[name] for name in values]
        row = connection.execute(select(key, *columns).where(table.c.code == code)).first()
        if row is None:
            self.changed = True
            top = connection.execute(select(func.max(key))).scalar() or 0
            self.ids[code] = int(top) + 1
            connection.execute(
                table.insert().values({self.id_column: self.ids[code], "code": code, **values})
            )
            return self.ids[code]
        self.ids[code] = int(row[0])
        if tuple(row[1:]) != tuple(values.values()):
            self.changed = True
            connection.execute(update(table).where(key == row[0]).values(values))
        return self.ids[code]


class Vocabularies:
    """The three vocabularies of one case source."""

    def __init__(self, sources: Words, departments: Words | None, names: pd.DataFrame) -> None:
        self.sources = Vocabulary(source, "source_id")
        self.departments = Vocabulary(department, "department_id")
        self.categories = Vocabulary(category, "category_id")
        self._source_words = sources
        self._department_words = departments
        self._class_names = dict(zip(names["class"], _names(names, "class"), strict=True))
        items = zip(names["class"], names["item"], strict=True)
        self._item_names = dict(zip(items, _names(names, "item"), strict=True))

    @property
    def changed(self) -> bool:
        """Whether a word was added or renamed."""
        return any(v.changed for v in (self.sources, self.departments, self.categories))

    def write_named(self, connection: Connection) -> None:
        """Write every word of the mapping, so that sources without a case are listed too."""
        for code in self._source_words.names:
            self.source_id(connection, code)
        for code in self._department_words.names if self._department_words else ():
            self.department_id(connection, code)

    def source_id(self, connection: Connection, word: str) -> int:
        """Id of a source; its position is its place in the mapping, added ones come after."""
        names = self._source_words.names
        if word in names:
            position = list(names).index(word)
        else:
            position = len(names) + len(self.sources.added)
            if word not in self.sources.ids:
                self.sources.added.append(word)
        name, name_en = names.get(word, [word or "未注明", word or "not stated"])
        values: dict[str, object] = {"name": name, "name_en": name_en, "position": position}
        return self.sources.write(connection, word or BLANK, values)

    def department_id(self, connection: Connection, word: str) -> int | None:
        """Id of a department, None for an empty word."""
        if not word or self._department_words is None:
            return None
        names = self._department_words.names
        if word not in names and word not in self.departments.ids:
            self.departments.added.append(word)
        name, name_en = names.get(word, [word, word])
        values: dict[str, object] = {
            "name": name,
            "name_en": name_en,
            "kind": self._department_words.kind,
        }
        return self.departments.write(connection, word, values)

    def category_id(self, connection: Connection, class_: str, item: str, standard: str) -> int:
        """Id of a 小类 within its 大类; empty words are 未分类."""
        class_name = self._class_names.get(class_) or ((class_, class_) if class_ else UNCLASSIFIED)
        name = self._item_names.get((class_, item)) or ((item, item) if item else UNCLASSIFIED)
        values: dict[str, object] = {
            "standard": standard,
            "class_code": class_ or BLANK,
            "class_name": class_name[0],
            "class_name_en": class_name[1],
            "name": name[0],
            "name_en": name[1],
        }
        return self.categories.write(connection, f"{class_ or BLANK} / {item or BLANK}", values)


def read_names(spec: Category, folder: Path) -> pd.DataFrame:
    """The names file of the categories, if there is one: class, class_name, item, item_name.

    class_name_en and item_name_en may be there too; without them the word itself is the English.
    """
    columns = ["class", "class_name", "item", "item_name"]
    if spec.names_file is None:
        return pd.DataFrame(columns=columns)
    table = open_table(folder / spec.names_file)
    table.need({f"[cases.category] names_file, column {name!r}": name for name in columns})
    return pd.concat([portion.frame for portion in table.portions()] or [pd.DataFrame()])


def _names(names: pd.DataFrame, key: str) -> list[tuple[str, str]]:
    """(Chinese, English) of each row; an empty name is the word itself."""
    english = names[f"{key}_name_en"] if f"{key}_name_en" in names else names[key]
    rows = zip(names[key], names[f"{key}_name"], english, strict=True)
    return [(zh or word, en or word) for word, zh, en in rows]
