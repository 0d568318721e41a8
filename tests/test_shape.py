"""The shape of the project itself: sizes, directions, tokens, strings, documents."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.drawing import SHAPES
from dashboard.text import LANGUAGES, catalogue
from data.priorities import COLOURS
from data.settings import SETTINGS
from queries import metric_docs
from queries.metrics import METRICS

ROOT = Path(__file__).resolve().parent.parent
TEXT = {".py", ".js", ".css", ".toml", ".md", ".sh", ".html", ".yml", ".txt", ".mako"}
LONGEST = 400
GENERATED = {"docs/metrics.md"}
"""A page made from definitions is as long as they are many."""


def tracked() -> list[Path]:
    """Files that git knows, or would."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def style(name: str) -> str:
    return (ROOT / "assets" / name).read_text(encoding="utf-8")


def test_no_file_is_longer_than_a_person_can_hold() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked()
        if path.suffix in TEXT
        and str(path.relative_to(ROOT)) not in GENERATED
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) >= LONGEST
    }
    assert long == {}


def test_modules_can_be_imported_without_a_database(tmp_path: Path) -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in tracked()
        if path.suffix == ".py"
        and path.relative_to(ROOT).parts[0] in ("app.py", "data", "queries", "dashboard")
        and "migrations" not in path.parts
        and path.name != "__main__.py"
    ]
    code = f"import importlib; [importlib.import_module(m) for m in {modules!r}]"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "CASE_DATABASE_URL": "nonsense", "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_app_imports_from_the_three_packages_only() -> None:
    tree = ast.parse((ROOT / "app.py").read_text(encoding="utf-8"))
    names = {n.module.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    names |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    assert names - set(sys.stdlib_module_names) <= {"dashboard", "queries", "data", "uvicorn"}


def test_every_token_that_is_used_is_defined() -> None:
    sheets = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "assets").glob("*.css"))
    defined = set(re.findall(r"(--[a-z0-9-]+)\s*:", sheets))
    assert set(re.findall(r"var\((--[a-z0-9-]+)", sheets)) - defined == set()


@pytest.mark.parametrize("folder", ["assets", "dashboard"])
def test_colours_are_written_in_tokens_only(folder: str) -> None:
    found = {
        f"{path.name}: {colour}"
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".css", ".js", ".py"} and path.name != "tokens.css"
        for colour in re.findall(r"#[0-9a-fA-F]{6}\b|rgba?\(", path.read_text(encoding="utf-8"))
    }
    assert found == set()


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


LIGHT_COLOURS = [f"light-{name}" for name in "green yellow red grey blue orange".split()]
PRIORITY_COLOURS = [f"priority-{name}" for name in COLOURS]
TEXT_COLOURS = [
    "ink",
    "ink-muted",
    "accent",
    "better",
    "worse",
    *LIGHT_COLOURS,
    *PRIORITY_COLOURS,
]


def tokens_of(block: int) -> dict[str, str]:
    """Colours by name: 0 light, 1 dark, 2 the wall's."""
    blocks = re.findall(r":root[^{]*\{(.*?)\}", style("tokens.css"), re.S)
    return dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6})", blocks[block]))


any_set = pytest.mark.parametrize("block", [0, 1, 2], ids=["light", "dark", "wall"])


@any_set
@pytest.mark.parametrize("ground", ["ground", "surface"])
def test_text_stands_out_from_its_ground(block: int, ground: str) -> None:
    tokens = tokens_of(block)
    weak = {
        name: round(ratio, 2)
        for name in TEXT_COLOURS
        if (ratio := contrast(tokens[name], tokens[ground])) < 4.5
    }
    assert weak == {}


@any_set
def test_a_priority_never_has_the_colour_or_the_shape_of_a_light(block: int) -> None:
    tokens = tokens_of(block)
    own = {tokens[name] for name in PRIORITY_COLOURS}
    assert len(own) == len(PRIORITY_COLOURS)
    assert not own & {tokens[name] for name in (*LIGHT_COLOURS, "accent")}
    assert "◆" not in SHAPES.values()


@any_set
@pytest.mark.parametrize("ramp", ["heat", "cool"])
def test_a_point_of_the_map_stands_out_from_every_area(block: int, ramp: str) -> None:
    """Its plate or the ring around it does, and its mark from the plate."""
    tokens = tokens_of(block)
    areas = [*(f"{ramp}-{n}" for n in range(1, 6)), "map-none"]
    weak = [
        area
        for area in areas
        if max(contrast(tokens[part], tokens[area]) for part in ("surface", "ink")) < 3
    ]
    assert weak == []
    assert contrast(tokens["light-red"], tokens["surface"]) >= 4.5


def test_every_string_has_both_languages() -> None:
    lacking = [key for key, words in catalogue().items() if set(words) != set(LANGUAGES)]
    assert lacking == []


def test_every_string_asked_for_by_name_is_there() -> None:
    asked = set()
    for path in (ROOT / "dashboard").rglob("*.py"):
        code = path.read_text(encoding="utf-8")
        asked |= set(re.findall(r"""\bt\(\s*"([a-z_]+\.[a-z_]+)\"""", code))
        asked |= set(re.findall(r"""titled\(\s*ask,\s*"([a-z_.]+)\"""", code))
    assert asked - set(catalogue()) == set()


def test_nothing_points_outside_the_building() -> None:
    allowed = re.compile(r"https?://(www\.w3\.org/|127\.0\.0\.1|localhost)")
    found = {
        f"{path.name}: {address}"
        for folder in ("assets", "dashboard")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".css", ".js", ".py", ".html"}
        for address in re.findall(r"https?://[^\s\"')]+", path.read_text(encoding="utf-8"))
        if not allowed.match(address)
    }
    assert found == set()


def test_the_metrics_page_is_what_the_definitions_give() -> None:
    assert metric_docs.main(["--check"]) == 0


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_readme_names_every_setting_and_both_commands(name: str) -> None:
    readme = (ROOT / name).read_text(encoding="utf-8")
    missing = [setting.name for setting in SETTINGS if setting.name not in readme]
    assert missing == []
    assert "sh start.sh" in readme
    assert "sh test.sh" in readme


def test_metric_keys_are_unique_and_complete() -> None:
    keys = [metric.key for metric in METRICS]
    assert len(keys) == len(set(keys))
    asked = [
        "reported",
        "accepted",
        "closed",
        "closure_rate_simple",
        "closure_rate",
        "on_time_rate",
        "on_time_rate_original",
        "overdue",
        "due_soon",
        "handling_median",
        "handling_p90",
        "satisfaction",
        "survey_coverage",
    ]
    assert set(asked) <= set(keys)


def test_the_wall_is_dark_in_the_same_colours_as_any_dark_screen() -> None:
    """CSS cannot share the set between a media query and a selector without newer functions."""
    css = (ROOT / "assets" / "tokens.css").read_text(encoding="utf-8")
    sets = [
        dict(re.findall(r"(--[\w-]+):\s*([^;]+);", block))
        for block in re.findall(r":root(?:\S*)? \{(.*?)\}", css, re.DOTALL)
    ]
    _, dark, wall = sets[:3]
    assert {name: value for name, value in wall.items() if name in dark} == dark
