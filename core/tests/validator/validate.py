"""Validates FOCUS files with the validator of the FinOps Foundation: `validate.py OUTLAY FOLDER`.

OUTLAY is the program `outlay`, FOLDER takes what is written. The demo report and two generated ones are
normalized to Parquet with maps as JSON, and validated; a rule that fails and is not in `expected.csv` is an error, and so
is a rule of that list that fails nowhere. Then cells of a file are damaged, one by one, and each has to be noticed.
"""

import csv
import decimal
import pathlib
import re
import subprocess
import sys
import sysconfig
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor

import pyarrow
import pyarrow.parquet

import reports

HERE = pathlib.Path(__file__).resolve().parent
DEMO = HERE / "../../../examples/data/report"
# Rules that the validator answers for, and those that it finds kept: fewer mean that it did not look.
LEAST_RESULTS, LEAST_PASSED = 578, 330


def expected():
    with open(HERE / "expected.csv", newline="", encoding="utf-8") as file:
        return {line["rule"]: line["when"] for line in csv.DictReader(file)}


def is_composite(rule):
    """Whether a rule only says that rules of the same column fail, which are looked at themselves."""
    return re.search(r"-000-[A-Z]$", rule) is not None


def failing(report):
    """The rules that fail, by a report in XML. The validator's exit status is 0 whatever it finds."""
    failed, passed, results = [], 0, 0
    for case in ElementTree.parse(report).iter("testcase"):
        results += 1
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(case.get("name").split(" :: ")[0])
        elif case.find("skipped") is None:
            passed += 1
    if results < LEAST_RESULTS or passed < LEAST_PASSED:
        raise SystemExit(f"{report}: only {passed} of {results} rules passed: was the file validated at all?")
    return failed


def validate(path):
    """The rules that a file does not keep."""
    report = path.with_suffix(".xml")
    report.unlink(missing_ok=True)
    command = [
        str(pathlib.Path(sys.executable).parent / "focus-validator"), "--data-file", str(path), "--validate-version", "1.2",
        "--block-download", "--applicability-criteria", "ALL", "--output-type", "unittest",
        "--output-destination", str(report),
    ]
    # It opens a list of currencies by a path that begins in site-packages.
    site_packages = sysconfig.get_paths()["purelib"]
    done = subprocess.run(command, cwd=site_packages, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0 or not report.is_file():
        raise SystemExit(f"{path}: the validator ended with {done.returncode}:\n{done.stdout[-4000:]}")
    return failing(report)


def normalize(program, report, output):
    command = [program, "normalize", str(report), "--output", str(output), "--maps", "json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0 or "\nproven" not in done.stdout:
        raise SystemExit(f"{report} is not proven:\n{done.stdout}")


def unexpected(failed, conditions):
    """The rules of a file that fail and may not."""
    known = expected()
    return [rule for rule in failed if not is_composite(rule) and known.get(rule) not in conditions]


def damaged(path, column, value):
    """The file with another cell in the first row of usage that has one in this column."""
    table = pyarrow.parquet.read_table(path)
    categories, cells = table.column("ChargeCategory").to_pylist(), table.column(column).to_pylist()
    row = next(row for row, cell in enumerate(cells) if categories[row] == "Usage" and cell is not None)
    cells[row] = value
    index = table.schema.get_field_index(column)
    field = table.schema.field(index).with_nullable(True)
    table = table.set_column(index, field, pyarrow.array(cells, field.type))
    target = path.with_name(f"damaged-{column}.parquet")
    pyarrow.parquet.write_table(table, target)
    return target


# What is done to one cell. A quantity that is null is noticed by the rules of its unit.
DAMAGES = (("ListUnitPrice", decimal.Decimal("-1")), ("PricingQuantity", None), ("Tags", "{"))


def main(program, folder):
    folder = pathlib.Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    reports.legacy(folder / "legacy.csv")
    reports.cur2(folder / "cur2.csv")
    files = (
        # name, report, and what is true of it
        ("demo", DEMO, {"always", "no_names"}),
        ("legacy", folder / "legacy.csv", {"always", "no_names", "not_ascii"}),
        ("cur2", folder / "cur2.csv", {"always", "not_ascii"}),
    )
    problems, seen = [], set()
    with ThreadPoolExecutor(2) as threads:
        for name, report, _ in files:
            normalize(program, report, folder / f"{name}.parquet")
        results = threads.map(validate, [folder / f"{name}.parquet" for name, _, _ in files])
        for (name, _, conditions), failed in zip(files, results):
            seen.update(failed)
            problems += [f"{name}: {rule} fails" for rule in unexpected(failed, conditions)]
            print(f"{name}: {len(failed)} rules fail, {len(unexpected(failed, conditions))} of them unexpected", flush=True)
        problems += [f"{rule} is expected to fail, and fails nowhere" for rule in expected() if rule not in seen]
        spoiled = [damaged(folder / "cur2.parquet", *damage) for damage in DAMAGES]
        for (column, _), failed in zip(DAMAGES, threads.map(validate, spoiled)):
            found = unexpected(failed, files[2][2])
            print(f"damaged {column}: {', '.join(found) or 'not noticed'}", flush=True)
            if not found:
                problems.append(f"a damaged {column} is not noticed")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2]))
