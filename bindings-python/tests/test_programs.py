"""The command, the README's program, doc examples and types: what users see, as it stands."""

from __future__ import annotations

import doctest
import gzip
import importlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_origin

import clouds
import outlay
import outlay._command
import pytest
from conftest import DATA, DEMO, ROOT

SAMPLES = DATA / "samples"


def run(*arguments: object, module: bool = False, **variables: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "outlay"] if module else [str(Path(sys.executable).parent / "outlay")]
    command = [*program, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={**variables, "PYTHONWARNINGS": "ignore"})


@pytest.fixture(scope="session")
def rust() -> Path:
    """The program as cargo builds it."""
    # As it was built with the tests of Rust.
    build = ["cargo", "build", "--quiet", "--locked", "--workspace", "--features", "outlay/cli,outlay-examples/connect"]
    build += ["--bin", "outlay", "--example", "normalize", "--message-format=json"]
    lines = subprocess.run(build, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    built = [json.loads(line) for line in lines]
    return next(Path(line["executable"]) for line in built if line["reason"] == "compiler-artifact" and line["target"]["name"] == "outlay" and line["executable"])


@pytest.mark.parametrize(
    "arguments",
    [
        (DEMO,),
        (DEMO, "--json"),
        (SAMPLES / "synthetic-legacy-finalized-nok.csv",),
        (SAMPLES / "legacy-csv-daily-2023-11.csv.gz", "--threads", "1", "--columns", "ServiceName"),
        (SAMPLES / "synthetic-legacy-crlf.csv",),
        (SAMPLES / "synthetic-legacy-crlf.csv", "--on-error", "quarantine"),
        ("nowhere", "--json"),
        (DEMO, "--output", "-", "--format", "ndjson", "--tag-columns", "Team"),
        (DEMO, "--color", "always"),
        ("--help",),
    ],
    ids=lambda arguments: " ".join(str(argument).rsplit("/")[-1] for argument in arguments),
)
def test_the_command_prints_what_the_program_in_rust_prints(rust: Path, arguments: tuple[object, ...]) -> None:
    wanted = subprocess.run([rust, "normalize", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True)
    found = run("normalize", *arguments)
    assert (found.stdout, found.stderr, found.returncode) == (wanted.stdout, wanted.stderr, wanted.returncode)


@pytest.mark.parametrize(
    "arguments",
    [
        ("head", DEMO),
        ("head", DEMO, "-n", 2, "--json"),
        ("columns",),
        ("plan", DEMO, "--json"),
        ("policy", "terraform", "--location", "bucket/prefix", "--trusted", clouds.PAYER),
        ("completion", "bash"),
        ("-V",),
        ("verify",),
    ],
    ids=lambda arguments: " ".join(str(argument).rsplit("/")[-1] for argument in arguments),
)
def test_each_command_is_that_of_the_program_in_rust(rust: Path, arguments: tuple[object, ...]) -> None:
    wanted = subprocess.run([rust, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True)
    found = run(*arguments)
    assert (found.stdout, found.stderr, found.returncode) == (wanted.stdout, wanted.stderr, wanted.returncode)
    assert found.stdout or found.returncode


def test_a_dash_is_standard_input_and_output(tmp_path: Path) -> None:
    report = b"lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\nUsage,1.5,USD\n"
    command = [sys.executable, "-W", "ignore", "-m", "outlay", "normalize", "-", "--columns", "BilledCost"]
    done = subprocess.run([*command, "--output", "-", "--format", "csv"], input=report, capture_output=True)
    assert (done.returncode, done.stdout) == (0, b"BilledCost\n1.5\n")
    assert b"\npartial: " in done.stderr
    done = subprocess.run([*command, "--output", "-", "--format", "parquet"], input=report, capture_output=True)
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(pyarrow.BufferReader(done.stdout))
    assert (table.column_names, table.num_rows) == (["BilledCost"], 1)


@pytest.fixture
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who connects, as the environment says it to programs."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", clouds.KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", clouds.SECRET)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("THE_EXTERNAL_ID", clouds.EXTERNAL_ID)


def role_in(cloud: clouds.Cloud) -> list[str]:
    """The arguments for the role of a cloud."""
    return ["--role", clouds.ROLE, "--external-id-env", "THE_EXTERNAL_ID", "--endpoint", cloud.endpoint]


CONNECT = [sys.executable, "-W", "ignore", "examples/python/connect.py"]


@pytest.mark.usefixtures("_keys")
def test_the_command_connects_as_the_program_in_rust(rust: Path, cloud: Any, tmp_path: Path) -> None:
    role = role_in(cloud)
    cases = [
        ["--report", "daily", *role],
        ["--location", f"{clouds.BUCKET}/reports/daily", *role, "--output", str(tmp_path / "month.parquet")],
        ["--report", "daily", *role, "--period", "2031-01"],
        ["--report", "weekly", *role],
        ["--report", "a b"],
        ["--nonsense"],
    ]
    endings = []
    for arguments in cases:
        wanted = subprocess.run([rust, "connect", *arguments], cwd=ROOT, capture_output=True, text=True)
        found = run("connect", *arguments, **os.environ)
        assert (found.stdout, found.stderr, found.returncode) == (wanted.stdout, wanted.stderr, wanted.returncode)
        assert clouds.EXTERNAL_ID not in found.stdout + found.stderr
        endings.append(found.returncode)
    assert endings == [0, 0, 1, 1, 1, 2]
    assert (tmp_path / "month.parquet").stat().st_size > 1_000


@pytest.mark.usefixtures("_keys")
@pytest.mark.parametrize("command", ["verify", "periods", "accounts"])
def test_the_steps_of_connect_are_commands_of_their_own(rust: Path, cloud: Any, command: str) -> None:
    place = ["--report", "daily", *role_in(cloud)]
    wanted = subprocess.run([rust, "connect", *place], cwd=ROOT, capture_output=True, text=True).stdout
    for program in ([rust], [sys.executable, "-W", "ignore", "-m", "outlay"]):
        done = subprocess.run([*program, command, *place], cwd=ROOT, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout in wanted
        done = subprocess.run([*program, command, *place, "--json"], cwd=ROOT, capture_output=True, text=True)
        found = json.loads(done.stdout)
        if command == "verify":
            skipped = [finding["code"] for finding in found["findings"] if finding["verdict"] == "skipped"]
            assert skipped == ["kms", "cost_explorer"]
        elif command == "periods":
            assert [month["period"] for month in found if month["delivery"]] == ["2023-11"]
        else:
            assert clouds.PAYER in [account["id"] for account in found["accounts"]]
    done = subprocess.run([rust, command, "--report", "weekly", *role_in(cloud)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == (0 if command == "accounts" else 1)


@pytest.mark.usefixtures("_keys")
def test_connect_asks_before_what_costs_money(rust: Path, cloud: Any) -> None:
    place = ["verify", "--report", "daily", *role_in(cloud)]
    skipped, passed = "skipped  cost_explorer  ", "passed   cost_explorer  "
    for program in ([rust], [sys.executable, "-W", "ignore", "-m", "outlay"]):
        for given, said in (([], skipped), (["--no-cost-explorer"], skipped), (["--cost-explorer"], passed)):
            done = subprocess.run([*program, *place, *given], cwd=ROOT, capture_output=True, text=True)
            assert (done.returncode, said in done.stdout) == (0, True), done.stdout
        for answer, said in (("y\n", passed), ("yes\n", passed), ("n\n", skipped), ("\n", skipped)):
            shown, status = on_terminal([*program, *place, "--color", "never"], answer)
            assert "AWS charges 0.01 USD for the request. [y/N] " in shown
            assert (status, said in shown) == (0, True), shown
        for given in ("--no-cost-explorer", "--cost-explorer"):
            shown, status = on_terminal([*program, *place, given], "")
            assert (status, "[y/N]" in shown) == (0, False)
        # Ctrl-C ends the question and the program.
        shown, status = on_terminal([*program, *place], "\x03")
        assert (status, "ready:" in shown) == (130, False), shown


@pytest.mark.usefixtures("_keys")
def test_months_that_cannot_be_read_say_why(rust: Path, start_cloud: Callable[..., clouds.Cloud]) -> None:
    some, none = start_cloud(), start_cloud(clouds.unreadable_world())
    some.ask("PUT", f"objects/{clouds.BUCKET}/reports/daily/20231001-20231101/daily-Manifest.json", {})
    cases = [
        (some, "daily", 0, r"^2023-10: .*: not a manifest: ", "^proven: nothing was lost"),
        (none, "flat", 1, r"^2023-11: .*: it is newer than its manifest", r"^nothing can be read\n\Z"),
    ]
    for cloud, report, status, problem, end in cases:
        arguments = ["--report", report, *role_in(cloud)]
        wanted = subprocess.run([rust, "connect", *arguments], cwd=ROOT, capture_output=True, text=True)
        found = run("connect", *arguments, **os.environ)
        example = subprocess.run([*CONNECT, *arguments], cwd=ROOT, capture_output=True, text=True)
        assert (found.stdout, found.returncode) == (wanted.stdout, wanted.returncode)
        for done in (found, example):
            assert done.returncode == status, done.stderr
            for line in (problem, end):
                assert re.search(line, done.stdout.rstrip() + "\n", re.MULTILINE), done.stdout


@pytest.mark.usefixtures("_keys")
def test_the_example_writes_no_file_of_a_read_with_a_broken_check(
    start_cloud: Callable[..., clouds.Cloud], tmp_path: Path
) -> None:
    header = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,lineItem/UsageAccountId\n"
    files = tmp_path / "files"
    files.mkdir()
    for cost, status, outcome in (("", 1, r"^NOT PROVEN: costs_known: "), ("1", 0, r"^(proven|partial): ")):
        part = tmp_path / "part.csv.gz"
        part.write_bytes(gzip.compress(f"{header}Usage,{cost},USD,{clouds.MEMBER}\n".encode()))
        world = clouds.flat_world()
        world["buckets"][0]["objects"][2]["content"] = {"file": str(part)}
        cloud = start_cloud(world)
        for name in ("month.csv", "month.parquet", "month.arrow"):
            output = files / name
            output.write_text("last month")
            command = [*CONNECT, "--report", "flat", *role_in(cloud), "--output", output]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
            assert done.returncode == status, done.stderr
            assert re.search(outcome, done.stdout, re.MULTILINE), done.stdout
            assert (f"{output} is not written, since the read is unproven" in done.stdout) == (status == 1)
            assert (output.read_bytes() == b"last month") == (status == 1)
    assert sorted(path.name for path in files.iterdir()) == ["month.arrow", "month.csv", "month.parquet"]


@pytest.mark.usefixtures("_keys")
def test_the_example_writes_what_the_name_of_the_file_says(cloud: Any, tmp_path: Path) -> None:
    beginnings = {"month.parquet": b"PAR1", "month.csv": b"AvailabilityZone,", "month.arrow": b"ARROW1"}
    for name, beginning in beginnings.items():
        command = [*CONNECT, "--report", "daily", *role_in(cloud), "--output", tmp_path / name]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / name).read_bytes().startswith(beginning), name
    for name in ("month.txt", "month"):
        done = subprocess.run([*CONNECT, "--demo", "--output", name], cwd=ROOT, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"{name} ends in none of .parquet, .csv, .arrow" in done.stderr


def test_the_example_shows_the_way_by_itself(tmp_path: Path) -> None:
    file = tmp_path / "month.parquet"
    done = subprocess.run([*CONNECT, "--demo", "--output", file], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for line in ("ready: 0 failed, 0 with warnings", "444455556666 Shop active", "2023-11 ", "proven: nothing was"):
        assert line in done.stdout
    import pyarrow.parquet

    assert pyarrow.parquet.read_metadata(file).num_rows == 175
    done = subprocess.run([*CONNECT, "--report", "a b"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("OUTLAY_OPTION: option `report_name`")


def test_the_command_writes_files(tmp_path: Path) -> None:
    for name in ("out.parquet", "out.arrow", "out.csv"):
        assert run("normalize", DEMO, "--output", tmp_path / name, module=True).returncode == 0
        assert (tmp_path / name).stat().st_size > 1_000
    chosen = tmp_path / "chosen.csv"
    assert run("normalize", DEMO, "--columns", "ServiceName,ListCost", "--output", chosen).returncode == 0
    assert chosen.read_text().startswith("ServiceName,ListCost\n")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_signals_that_ask_the_command_to_end_leave_no_file(name: str, tmp_path: Path) -> None:
    report, output = tmp_path / "long.csv", tmp_path / "out.csv"
    header = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode"
    report.write_text(f"{header}\n" + "Usage,1.5,USD\n" * 3_000_000)
    output.write_text("last month")
    command = [sys.executable, "-W", "ignore", "-m", "outlay", "normalize", report, "--output", output, "--threads", "1"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        begun = time.monotonic()
        while not any(path.name.startswith(".outlay-") for path in tmp_path.iterdir()):
            assert time.monotonic() - begun < 60
            time.sleep(0.01)
        time.sleep(0.2)
        child.send_signal(getattr(signal, name))
        told = child.communicate(timeout=30)
    assert (child.returncode, told) == (128 + getattr(signal, name), ("", ""))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["long.csv", "out.csv"]
    assert output.read_text() == "last month"


def test_a_file_takes_its_place_only_when_its_read_is_good_enough(tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    output.write_text("last month")
    given = (SAMPLES / "synthetic-legacy-finalized-nok.csv", "--json", "--output", output)
    found = run("normalize", *given)
    assert (found.returncode, json.loads(found.stdout)["outcome"]) == (1, "unproven")
    assert found.stderr == f"{output} is not written, since the read is unproven; --keep-unproven writes it anyway\n"
    assert output.read_text() == "last month"
    assert run("normalize", *given, "--keep-unproven").returncode == 1
    assert output.read_text() != "last month"
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
@pytest.mark.parametrize(
    ("redirect", "status", "told"),
    [("| true; exit ${PIPESTATUS[0]}", 0, ""), ("> /dev/full", 1, "standard output: No space left on device\n")],
)
def test_an_output_that_is_not_taken_is_no_crash(redirect: str, status: int, told: str) -> None:
    script = f'"$0" -W ignore -m outlay normalize "$1" {redirect}'
    done = subprocess.run(["bash", "-c", script, sys.executable, str(DEMO)], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (status, told)


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of Unix closes the streams")
@pytest.mark.parametrize(
    ("arguments", "closed", "status", "other"),
    [
        ("columns", ">&-", 0, ""),
        ("columns", ">&- 2>&-", 0, ""),
        ("nosuch", "2>&-", 2, ""),
        (f"head {DEMO}", "<&- >&-", 0, ""),
        (f"normalize {DEMO} --output - --format csv 2>/dev/null", ">&-", 0, ""),
        (f"normalize {DEMO} --output out.csv", "<&- >&- 2>&-", 0, ""),
        # What is said goes nowhere, and not to the other stream.
        (f"normalize {DEMO} --output - --format csv | head -n 1 | cut -c 1-16", "2>&-", 0, "AvailabilityZone"),
    ],
)
def test_a_closed_stream_is_no_crash(arguments: str, closed: str, status: int, other: str, tmp_path: Path) -> None:
    program, pipe, rest = arguments.partition(" | ")
    command = f"{sys.executable} -W ignore -m outlay {program} {closed} {pipe} {rest}"
    path = str(Path(outlay.__file__).parents[1])
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (status, other, "")
    if "out.csv" in arguments:
        assert (tmp_path / "out.csv").read_text().count("\n") == 176


@pytest.mark.parametrize("to", ["to_parquet", "to_csv", "to_ipc"])
def test_only_a_whole_read_is_written_and_never_over_the_report(to: str, tmp_path: Path) -> None:
    report, output = tmp_path / "report.csv", tmp_path / "out"
    report.write_text("lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\nUsage,1.5,USD\n")
    before = report.read_bytes()
    reader = outlay.read(report)
    next(iter(reader))
    with pytest.raises(outlay.ReaderConsumedError, match="read the report again"):
        getattr(reader, to)(output)
    reader = outlay.read(report)
    with pytest.raises(outlay.OptionError, match="which is read: name another file"):
        getattr(reader, to)(report)
    assert report.read_bytes() == before
    # Nothing was taken by the write that was refused.
    getattr(reader, to)(output)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "report.csv"]


def on_terminal(command: Sequence[object], answer: str, **variables: str) -> tuple[str, int]:
    """What a program prints on a terminal of 60 columns, and its exit status. A question gets the answer."""
    import fcntl
    import pty
    import struct
    import termios

    terminal, program = pty.openpty()
    fcntl.ioctl(program, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    environment = {**os.environ, "TERM": "xterm", **variables}
    environment.pop("COLUMNS", None)
    child = subprocess.Popen(
        list(map(str, command)), cwd=ROOT, env=environment, stdin=program, stdout=program, stderr=program,
        start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(program)
    shown = b""
    while True:
        try:
            more = os.read(terminal, 1 << 16)
        except OSError:  # the other side is closed
            break
        shown += more
        if answer and b"[y/N] " in shown:
            os.write(terminal, answer.encode())
            answer = ""
        if not more:
            break
    os.close(terminal)
    return shown.decode().replace("\r\n", "\n"), child.wait(timeout=30)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminals")
def test_a_terminal_gets_colors_and_tables_of_its_width(rust: Path) -> None:
    bold = "\x1b[1m"
    for program in ([rust], [sys.executable, "-W", "ignore", "-m", "outlay"]):
        head = [*program, "head", DEMO]
        shown, status = on_terminal(head, "")
        assert status == 0 and shown.startswith(bold), shown
        assert "more columns: " in shown
        assert max(len(line) for line in shown.splitlines()[1:-1]) <= 60
        assert bold in on_terminal([*program, "--help"], "")[0]
        for given, variables in ((["--color", "never"], {}), ([], {"NO_COLOR": "1"}), ([], {"TERM": "dumb"})):
            assert "\x1b" not in on_terminal([*head, *given], "", **variables)[0]
        assert "\x1b" in on_terminal([*head, "--color", "always"], "", NO_COLOR="1")[0]


def test_the_command_says_how_it_is_used() -> None:
    for arguments in (("--help",), ("-h",), ("normalize", "--help"), ("connect", "--help")):
        found = run(*arguments)
        assert (found.returncode, found.stderr) == (0, "")
        assert "Usage: outlay" in found.stdout
    for arguments in ((), ("normalise",), ("normalize",), ("normalize", "--nonsense"), ("normalize", "--threads", "none", "x")):
        found = run(*arguments)
        assert (found.returncode, found.stdout) == (2, "")
        assert "Usage: outlay" in found.stderr or "try '--help'" in found.stderr
    assert run("--version").stdout == f"outlay {outlay.__version__}\n"


def test_totals_have_the_json_form_of_the_command() -> None:
    reader = outlay.read(DEMO)
    list(reader)
    printed = run("normalize", DEMO, "--json").stdout
    assert json.dumps(reader.totals.to_dict(), separators=(",", ":"), ensure_ascii=False) == printed.strip()


PAGES = ["README.md", "bindings-python/README.md"]


@pytest.mark.parametrize("page", PAGES)
def test_the_readme_shows_the_program_that_runs(page: str) -> None:
    readme = (ROOT / page).read_text()
    shown = re.search(r"```python\n(.*?)```", readme, re.DOTALL)
    assert shown is not None
    program = (ROOT / "examples/python/quickstart.py").read_text()
    assert program.endswith(shown[1]), f"{page} and quickstart.py differ"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", shown[1]], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr == ""
    assert f"prints `{done.stdout.strip()}`" in readme


@pytest.mark.parametrize("page", PAGES)
def test_every_program_of_a_page_runs(page: str) -> None:
    programs = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    assert len(programs) > 1
    for program in programs:
        done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], cwd=ROOT, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), program


def test_the_pages_show_one_way_from_aws() -> None:
    shown = {re.findall(r"```py\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)[0] for page in PAGES}
    assert len(shown) == 1


def names_of_table(heading: str) -> list[str]:
    """The names in the first column of the table below a heading of the package's page."""
    _, _, section = (ROOT / "bindings-python/README.md").read_text().partition(f"\n## {heading}\n")
    rows = re.findall(r"^\| (`.*?) \|", section.partition("\n## ")[0], re.MULTILINE)
    return sorted(name for row in rows for name in re.findall(r"`(\w+)`", row))


def test_the_page_names_each_option_and_each_error() -> None:
    assert names_of_table("Options") == sorted(outlay.ReaderOptions.__annotations__)
    assert names_of_table("Errors") == sorted(set(outlay._errors.__all__) - {"OutlayError"})


MODULES = ["outlay", "outlay._access", "outlay._accounts", "outlay._connector"]
MODULES += ["outlay._reader", "outlay._report", "outlay._totals", "outlay._verbs"]


@pytest.mark.parametrize("module", MODULES)
def test_doc_examples(module: str) -> None:
    found = doctest.testmod(importlib.import_module(module), optionflags=doctest.ELLIPSIS)
    assert found.failed == 0
    # Errors say that they live in the package itself: their example is with its own.
    assert found.attempted > (5 if module == "outlay" else 0)


def test_what_users_call_has_docs() -> None:
    names = [name for name in outlay.__all__ if name[0] != "_"]
    # Aliases of types have their words in the stubs.
    things = [thing for name in names if get_origin(thing := getattr(outlay, name)) is None]
    for kind in (outlay.Reader, outlay.Report):
        things += [getattr(kind, name) for name in vars(kind) if name[0] != "_"]
    for kind in (outlay.Totals, outlay.Connector, outlay.Diagnosis, outlay.Accounts, outlay.Access, outlay.ExternalId):
        named = [getattr(kind, name) for name in vars(kind) if name[0] != "_"]
        # Fields of data classes have their words below them.
        things += [thing for thing in named if callable(thing) or isinstance(thing, property)]
    assert [thing for thing in things if not getattr(thing, "__doc__", None)] == []


def test_types_are_those_of_the_module() -> None:
    project = ROOT / "bindings-python"
    for check in (["mypy"], ["mypy.stubtest", "outlay._native"]):
        done = subprocess.run([sys.executable, "-m", *check], cwd=project, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_debug_build_warns() -> None:
    import_it = "import outlay; print(outlay._native.IS_DEBUG_BUILD)"
    done = subprocess.run([sys.executable, "-c", import_it], capture_output=True, text=True, check=True)
    assert ("built for debugging" in done.stderr) == (done.stdout == "True\n")


def test_no_library_is_needed() -> None:
    program = """
import sys
class Refuse:
    def find_spec(self, name, *rest):
        if name.split(".")[0] in ("pyarrow", "polars", "pandas", "duckdb", "tqdm", "numpy", "typing_extensions"):
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Refuse())
import outlay
reader = outlay.read("examples/data/report")
print(sum(len(batch) for batch in reader), reader.totals.costs["USD"].billed)
for helper in ("to_pyarrow", "to_polars", "to_pandas", "to_duckdb"):
    try:
        getattr(outlay.read("examples/data/report"), helper)()
    except ImportError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        "175 800.2936682272",
        "to_pyarrow needs pyarrow: pip install 'outlay[pyarrow]'",
        "to_polars needs polars: pip install 'outlay[polars]'",
        "to_pandas needs pandas: pip install 'outlay[pandas]'",
        "to_duckdb needs duckdb: pip install 'outlay[duckdb]'",
    ], done.stderr


@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13", "3.14"])
def test_the_same_build_serves_other_versions_of_python(version: str) -> None:
    python = shutil.which(f"python{version}")
    if python is None or subprocess.run([python, "--version"], capture_output=True).returncode != 0:
        pytest.skip("not on this machine")  # a version of Python is none that pip could bring
    program = "import outlay; r = outlay.read('examples/data/report'); print(sum(map(len, r))); r.check()"
    path = Path(outlay.__file__).parents[1]
    done = subprocess.run(
        [python, "-W", "ignore", "-c", program], cwd=ROOT, capture_output=True, text=True, env={"PYTHONPATH": str(path)}
    )
    assert done.stdout == "175\n", done.stderr
