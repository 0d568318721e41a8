"""The rules of every site that comes with the program, taken over by a load, open without error."""

import csv

import pytest
from conftest import ENGINES
from load_rules_town import limits, load, opened, rules_town
from load_town import SIDE, SOUTH, WEST, Town, features

from data.demo.vocabulary import read_vocabulary
from data.sites.folder import site_names
from queries.work_rules import work_rules


@pytest.fixture(params=ENGINES)
def town(request, tmp_path, monkeypatch, capsys):
    return rules_town(request.param, tmp_path, monkeypatch, capsys)


def like(town: Town, site: str) -> None:
    """Give the town the hierarchies, sources and named period of a site, one grid to a level."""
    words = read_vocabulary(site)
    head, _, rest = town.mapping.partition("[[hierarchy]]")
    cases = rest[rest.index("[cases]") : rest.index("[[cases.locate]]")]
    trees, locates = [], []
    for tree in words.ladder.trees:
        trees.append(f'[[hierarchy]]\ncode = "{tree.code}"\nname = "树"\nname_en = "Tree"\n')
        for depth, level in enumerate(tree.levels):
            where = (
                f'file = "{depth}.geojson"\nkey = {{ column = "code" }}' if depth else 'code = "T"'
            )
            trees.append(
                f'[[hierarchy.level]]\nid = "{level}"\nname = "级"\nname_en = "Level"\n'
                f'unit_name = "{{code}}格"\n{where}\n'
            )
        locates.append(f'[[cases.locate]]\nhierarchy = "{tree.code}"\nby = [{{ point = true }}]\n')
    ring = [[WEST, SOUTH], [WEST + 2 * SIDE, SOUTH], [WEST + 2 * SIDE, SOUTH + 2 * SIDE]]
    ring += [[WEST, SOUTH + 2 * SIDE], [WEST, SOUTH]]
    for depth in range(1, 6):
        shape = {"type": "Polygon", "coordinates": [ring]}
        town.write(f"{depth}.geojson", features({f"G{depth}": shape}))
    period = (
        f'[[site.period]]\nkey = "{words.site["period"]["key"]}"\nname = "窗口"\n'
        'name_en = "Window"\nfirst_day = 2024-03-01\nlast_day = 2024-03-31\n'
    )
    town.mapping = "\n".join([head, period, *trees, cases, *locates])
    town.change('rules = "rules"', f'rules = "{site}"')
    names = "".join(f'"{code}" = ["{code}", "{code}"]\n' for code in words.sources["code"])
    town.change("[cases.source.names]\n", f"[cases.source.names]\n{names}")
    with (town.folder / "names.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["class", "class_name", "item", "item_name"])
        rows = words.categories[["class_code", "class_name", "code", "name"]]
        writer.writerows(rows.itertuples(index=False))
    town.change('item_column = "小类"', 'item_column = "小类"\nnames_file = "names.csv"')


@pytest.mark.parametrize("site", site_names())
def test_the_rules_of_every_site_open_in_a_town_like_it(town, site):
    like(town, site)
    load(town)
    words = read_vocabulary(site)
    with opened(town) as held:
        facts = held.facts()
        workers = work_rules(held).worker_sources
    assert facts.name.zh == "示范镇"
    assert facts.ladder == words.site["lights"]["ladder"]
    assert len(facts.scenes) == len(words.site["scene"])
    assert len(facts.priorities) == len(words.site.get("priority", []))
    assert [v.metric for v in facts.definitions] == [
        one["metric"] for one in words.site.get("definition", [])
    ]
    assert workers == tuple(words.site["worker_sources"])
    assert len(limits(town)) == len(words.site.get("stage", []))
