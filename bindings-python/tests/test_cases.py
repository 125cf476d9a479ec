"""Files as people have them, one case of each kind: what the programs say of it, the package says as well.

The table is the core's: `core/tests/cases/cases.json`. Each `expect` is one object, or a list of which any one suffices.
"""

from __future__ import annotations

import csv
import json
import re
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import outlay
import pytest
from conftest import ROOT

FOLDER = ROOT / "core/tests/cases"
# What a case gives to the program, as the package has it.
FLAGS = {"--on-error": "on_error", "--quarantine": "quarantine_file"}
KEYS = {
    "exit", "proven", "rows_in", "rows_out", "costs", "warning", "error", "not_error", "check_fails", "says", "rows",
}  # fmt: skip

Case = dict[str, Any]


def cases() -> list[Case]:
    """The first of each kind, by name."""
    table: list[Case] = json.loads((FOLDER / "cases.json").read_text(encoding="utf-8"))
    first: dict[str, Case] = {}
    for case in sorted(table, key=lambda case: case["name"]):
        first.setdefault(case["kind"], case)
    return list(first.values())


def test_there_is_a_case_of_each_kind() -> None:
    kinds = {case["kind"].split(" ")[0] for case in cases()}
    assert kinds == {*map(str, range(1, 18)), "regression"}


def arguments(case: Case, folder: Path) -> tuple[list[str], dict[str, str]]:
    """The paths, and the options."""
    paths, options = [], {}
    given = iter(case["args"])
    for argument in given:
        if argument.startswith("--"):
            options[FLAGS[argument]] = next(given).replace("{tmp}", str(folder))
        else:
            paths.append(argument.replace("{tmp}", str(folder)))
    return paths, options


def came(case: Case, folder: Path) -> dict[str, Any]:
    """What the package makes of a case, in the terms of the table."""
    paths, options = arguments(case, folder)
    output = folder / "out.csv"
    try:
        reader = outlay.read(paths, **options)  # type: ignore[arg-type]
        reader.to_csv(output)
    except outlay.OutlayError as error:
        return {"exit": 1, "error": f"{error.code}: {error}", "totals": None, "rows": []}
    totals, found = reader.totals, {"exit": 0, "error": ""}
    try:
        totals.check()
    except outlay.UnprovenError as error:
        found = {"exit": 1, "error": f"{error.code}: {error}"}
    with output.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [warning.code for warning in reader.warnings] == [one["code"] for one in totals.to_dict()["warnings"]]
    return {**found, "totals": totals.to_dict(), "rows": rows}


def find(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE | re.DOTALL) is not None


def number(text: Any) -> Decimal | None:
    try:
        return Decimal(text)
    except (InvalidOperation, TypeError):
        return None


def same(want: Any, cell: str | None) -> bool:
    """What is wanted, beside a cell: null or "" is an empty one, `~` begins a regex, an object is compared as JSON."""
    cell = cell or ""
    if want is None or want == "":
        return cell == ""
    if isinstance(want, dict):
        return cell.startswith("{") and json.loads(cell) == want
    if want.startswith("~"):
        return re.search(want[1:], cell, re.DOTALL) is not None
    return cell == want or (number(want) is not None and number(want) == number(cell))


def lacking(want: dict[str, Any], came: dict[str, Any]) -> list[str]:
    """What of an `expect` does not hold."""
    assert set(want) <= KEYS, "the table has a key that this test does not know"
    totals = came["totals"]
    broken = [check for check in totals["checks"] if not check["holds"]] if totals else []
    warnings = [f"{one['code']}: {one['message']}" for one in totals["warnings"]] if totals else []
    details = [f"{check['name']}: {check['detail']}" for check in broken]
    is_proven = came["exit"] == 0 and totals is not None and not broken
    costs = None if totals is None else totals["costs"]
    texts = [came["error"], *warnings]
    holds = {
        "exit": lambda exit: came["exit"] == exit,
        "proven": lambda proven: is_proven == proven,
        "rows_in": lambda rows: totals is not None and totals["rows_in"] == rows,
        "rows_out": lambda rows: totals is not None and totals["rows_out"] == rows,
        "costs": lambda wanted: costs is not None
        and set(costs) == set(wanted)
        and all(
            number(costs[currency].get(name)) == Decimal(sum)
            for currency, sums in wanted.items()
            for name, sum in sums.items()
        ),
        "warning": lambda pattern: any(find(pattern, text) for text in warnings),
        "error": lambda pattern: find(pattern, came["error"]),
        "not_error": lambda pattern: not any(find(pattern, text) for text in texts),
        "check_fails": lambda pattern: any(find(pattern, check["name"]) for check in broken),
        "says": lambda pattern: any(find(pattern, text) for text in [*texts, *details]),
        "rows": lambda rules: all(
            (rows := [row for row in came["rows"] if all(same(text, row.get(name)) for name, text in rule["where"].items())])
            and all(same(text, row.get(name)) for row in rows for name, text in rule["has"].items())
            for rule in rules
        ),
    }
    return [f"{key}: {wanted}" for key, wanted in want.items() if not holds[key](wanted)]


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case['kind'].replace(' ', '-')}-{case['name']}")
def test_a_case_of_each_kind_is_what_it_is_everywhere(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Paths are relative to the case, as its messages name them.
    monkeypatch.chdir(FOLDER / case["name"])
    found = came(case, tmp_path)
    wants = case["expect"] if isinstance(case["expect"], list) else [case["expect"]]
    short = [lacking(want, found) for want in wants]
    brief = {key: value for key, value in (found["totals"] or {}).items() if key in ("costs", "rows_in", "rows_out", "warnings")}
    assert [] in short, f"{case['why']}\n{short}\n{found['error']}\n{brief}"
