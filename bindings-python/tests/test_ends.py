"""What is left of a read when it is over, however it ends: no reader, no file, no thread, no memory.

A reader that fails can be part of a cycle: its exception has a traceback, that the frame, that the reader. What holds it where
the collector of Python cannot look is never freed.
"""

from __future__ import annotations

import asyncio
import gc
import io
import os
import re
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import outlay
import pytest
from clouds import BUCKET, MONTH, Cloud
from conftest import DEMO, HEADER

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="files and threads are counted as Linux shows them")

ROUNDS = 15
# Of a file, and of the first of four parts, each of which has one more than the part before.
ROWS, PART_ROWS = 2_000, 600
ROW = "Usage,1.5E-7,USD,arn:aws:example:eu-west-1:111122223333:thing/{:040},team-7\n"


def content(rows: int, *, bad: bool) -> bytes:
    lines = [ROW.format(row) for row in range(rows)]
    if bad:
        lines[rows * 3 // 4] = "Usage,much,USD,,\n"
    return (HEADER + "".join(lines)).encode()


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that are read to their end, and files that are not."""
    folder = tmp_path_factory.mktemp("ends")
    for name, bad in (("bad", True), ("good", False)):
        (folder / f"{name}.csv").write_bytes(content(ROWS, bad=bad))
        parts = folder / f"{name}-parts"
        parts.mkdir()
        for number in range(4):
            # Each other: the same content under two names is refused.
            part = content(PART_ROWS + number, bad=bad and number == 2)
            (parts / f"report-{number + 1:05}.csv").write_bytes(part)
    (folder / "header.csv").write_bytes(b"a,b\n1,2\n")
    (folder / "manifest").mkdir()
    (folder / "manifest/r-Manifest.json").write_text('{"assemblyId": "a", "reportKeys": ["r/a/r-1.csv.gz"]}')
    return folder


def files() -> int:
    return len(os.listdir("/proc/self/fd"))


def running() -> int:
    """Threads of the library."""
    found = 0
    for task in os.listdir("/proc/self/task"):
        try:
            found += Path(f"/proc/self/task/{task}/comm").read_text().startswith("outlay")
        except OSError:
            pass  # It has ended meanwhile.
    return found


def memory() -> float:
    """MiB that are in use."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def soon(holds: Callable[[], bool]) -> bool:
    patience = time.monotonic() + 20
    while not holds() and time.monotonic() < patience:
        time.sleep(0.01)
    return holds()


def flat(use: Callable[[], Iterator[outlay.Reader]], *, most: float = 24) -> None:
    """Uses readers many times: none of them is left, nor what they had."""
    alive: list[weakref.ref[outlay.Reader]] = []

    def once() -> None:
        for reader in use():
            alive.append(weakref.ref(reader))

    # Libraries are loaded, and memory is found, the first times.
    for _ in range(5):
        once()
    gc.collect()
    # What other tests have used may still be closing.
    soon(lambda: running() == 0)
    before, used = files(), memory()
    for _ in range(ROUNDS):
        once()
    gc.collect()
    assert len(alive) >= ROUNDS, "nothing was used"
    left = sum(reader() is not None for reader in alive)
    natives = sum(type(one) is outlay._native.Reader for one in gc.get_objects())
    assert (left, natives) == (0, 0), "readers are left"
    assert soon(lambda: running() == 0), "threads are left"
    assert files() <= before
    grown = memory() - used
    assert grown < most, f"{grown:.0f} MiB more"


class Broken(io.RawIOBase):
    """A file object that raises, and that knows who reads it."""

    def __init__(self, content: bytes) -> None:
        self.rest = io.BytesIO(content)
        self.reader = outlay.read(self, threads=2)

    def read(self, size: int = -1) -> bytes:
        if self.rest.tell() > 0:
            raise ZeroDivisionError("a fault of the file object's own")
        return self.rest.read(100)


class Knowing(Broken):
    """One that does not raise."""

    def read(self, size: int = -1) -> bytes:
        return self.rest.read(size)


def fails(use: Callable[[], object], kind: type[BaseException] = outlay.OutlayError) -> None:
    try:
        use()
    except kind:
        return
    pytest.fail("nothing was raised")


def by_async(reader: outlay.Reader, folder: Path) -> object:
    async def rows() -> int:
        return sum([len(batch) async for batch in reader])

    return asyncio.run(rows())


def by_pyarrow(reader: outlay.Reader, folder: Path) -> object:
    import pyarrow

    return pyarrow.table(reader)


def by_polars(reader: outlay.Reader, folder: Path) -> object:
    import polars

    return polars.DataFrame(reader)


def by_duckdb(reader: outlay.Reader, folder: Path) -> object:
    import duckdb

    with duckdb.connect() as connection:
        return connection.from_arrow(reader).fetchall()


def by_duckdb_table(reader: outlay.Reader, folder: Path) -> object:
    import duckdb

    with duckdb.connect() as connection:
        return reader.to_duckdb(connection).fetchall()


# Every way to all batches.
WAYS: dict[str, Callable[[outlay.Reader, Path], object]] = {
    "iterate": lambda reader, folder: sum(len(batch) for batch in reader),
    "list": lambda reader, folder: list(reader),
    "async": by_async,
    "to_pyarrow": lambda reader, folder: reader.to_pyarrow(),
    "to_polars": lambda reader, folder: reader.to_polars(),
    "to_polars lazily": lambda reader, folder: reader.to_polars(lazy=True).collect(),
    "to_pandas": lambda reader, folder: reader.to_pandas(),
    "to_duckdb": by_duckdb_table,
    "to_parquet": lambda reader, folder: reader.to_parquet(folder / "out.parquet"),
    "to_ipc": lambda reader, folder: reader.to_ipc(folder / "out.arrow"),
    "to_csv": lambda reader, folder: reader.to_csv(folder / "out.csv"),
    "pyarrow": by_pyarrow,
    "polars": by_polars,
    "duckdb": by_duckdb,
}
ids = lambda name: name.replace(" ", "-")


def opened(name: str, reports: Path, *, threads: int | None = None) -> outlay.Reader:
    return outlay.read(reports / name, threads=threads)


@pytest.mark.parametrize("name", WAYS, ids=ids)
def test_nothing_is_left_of_a_read_that_fails(name: str, reports: Path, tmp_path: Path) -> None:
    def use() -> Iterator[outlay.Reader]:
        for report, threads in (("bad.csv", 1), ("bad.csv", 2), ("bad-parts", 8)):
            reader = opened(report, reports, threads=threads)
            # As in a service: the exception is caught in the frame that has the reader.
            try:
                WAYS[name](reader, tmp_path)
            except Exception as error:
                assert "OUTLAY_VALUE" in f"{getattr(error, 'code', error)}", error
                # A lazy frame reads the report itself, and raises the error of the report.
                assert isinstance(error if name == "to_polars lazily" else reader.error, outlay.InvalidValueError)
            else:
                pytest.fail("nothing was raised")
            yield reader

    flat(use)
    assert [path for path in tmp_path.iterdir() if path.name.startswith("out")] == []


@pytest.mark.parametrize("name", WAYS, ids=ids)
def test_nothing_is_left_of_a_read_that_ends_well(name: str, reports: Path, tmp_path: Path) -> None:
    def use() -> Iterator[outlay.Reader]:
        for report, threads in (("good.csv", 1), ("good-parts", 8)):
            reader = opened(report, reports, threads=threads)
            WAYS[name](reader, tmp_path)
            assert reader.totals.rows_out >= ROWS and reader.error is None
            yield reader

    flat(use)


def half_way(reports: Path) -> dict[str, Callable[[], outlay.Reader]]:
    def begun(threads: int, report: str = "good.csv") -> outlay.Reader:
        reader = outlay.read(reports / report, threads=threads, batch_rows=100)
        for _ in reader:
            break
        return reader

    def stream(take: int) -> outlay.Reader:
        import pyarrow

        reader = outlay.read(reports / "good-parts", threads=8, batch_rows=100)
        batches = pyarrow.RecordBatchReader.from_stream(reader)
        for _ in range(take):
            batches.read_next_batch()
        return reader

    def closed() -> outlay.Reader:
        with begun(8, "good-parts") as reader:
            pass
        return reader

    def capsule() -> outlay.Reader:
        reader = outlay.read(reports / "good.csv")
        reader.__arrow_c_stream__()
        return reader

    return {
        "not begun": lambda: outlay.read(reports / "good.csv"),
        "one thread": lambda: begun(1),
        "two threads": lambda: begun(2),
        "many threads": lambda: begun(8, "good-parts"),
        "closed": closed,
        "a stream that is not read": capsule,
        "a stream that was begun": lambda: stream(3),
    }


@pytest.mark.parametrize("name", half_way(Path()), ids=ids)
def test_nothing_is_left_of_a_read_that_is_dropped_half_way(name: str, reports: Path) -> None:
    use = half_way(reports)[name]
    flat(lambda: iter([use()]))


def raising(reports: Path) -> dict[str, Callable[[], outlay.Reader]]:
    good, bad = content(3_000, bad=False), content(3_000, bad=True)

    def raises(progress: Callable[..., None] | None, report: Any, use: Callable[[outlay.Reader], object]) -> outlay.Reader:
        reader = outlay.read(report, batch_rows=100, progress=progress or (lambda *how: None))
        fails(lambda: use(reader), ZeroDivisionError)
        # What ended the read is what was raised, itself.
        assert isinstance(reader.error, ZeroDivisionError) and reader.error is reader.error
        return reader

    def fault(*how: Any) -> None:
        raise ZeroDivisionError("a fault of the caller's own")

    def broken(use: Callable[[outlay.Reader], object]) -> outlay.Reader:
        file = Broken(bytes(good))
        fails(lambda: use(file.reader), ZeroDivisionError)
        return file.reader

    def knowing(begin: bool) -> outlay.Reader:
        # The listener has the reader, and the reader has the listener.
        readers: list[outlay.Reader] = []
        readers.append(outlay.read(bytes(good), batch_rows=100, progress=lambda *how: readers[0]))
        if begin:
            next(iter(readers[0]))
        return readers[0]

    def reads_itself(begin: bool) -> outlay.Reader:
        file = Knowing(bytes(good))
        if begin:
            next(iter(file.reader))
        return file.reader

    def interrupted() -> outlay.Reader:
        class Alarm(Exception):
            pass

        def ring(*_: object) -> None:
            raise Alarm

        before = signal.signal(signal.SIGALRM, ring)
        reader = outlay.read([reports / "good.csv", *sorted((reports / "good-parts").iterdir())], threads=2)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.005)
            for _ in range(1_000):
                sum(len(batch) for batch in reader)
                reader = outlay.read(reports / "good.csv", threads=2)
            pytest.fail("no signal came")
        except Alarm:
            pass
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        return reader

    return {
        "progress, iterated": lambda: raises(fault, bytes(good), list),
        "progress, as a table": lambda: raises(fault, bytes(good), lambda reader: reader.to_pyarrow()),
        "progress, of files": lambda: raises(fault, reports / "good-parts", lambda reader: reader.to_polars()),
        "a file object, iterated": lambda: broken(list),
        "a file object, as a table": lambda: broken(lambda reader: reader.to_pyarrow()),
        "bytes": lambda: failed(outlay.read(bad)),
        "a progress that knows the reader, not begun": lambda: knowing(False),
        "a progress that knows the reader, begun": lambda: knowing(True),
        "a file object that knows the reader, not begun": lambda: reads_itself(False),
        "a file object that knows the reader, begun": lambda: reads_itself(True),
        "a signal": interrupted,
    }


def failed(reader: outlay.Reader) -> outlay.Reader:
    fails(lambda: list(reader))
    return reader


@pytest.mark.parametrize("name", raising(Path()), ids=ids)
def test_nothing_is_left_of_a_read_that_what_python_raises_ends(name: str, reports: Path) -> None:
    use = raising(reports)[name]
    flat(lambda: iter([use()]))


def verbs(reports: Path) -> dict[str, Callable[[], object]]:
    def each(report: Any, **options: Any) -> None:
        for part in outlay.plan(report).parts:
            list(outlay.read_part(part, **options))

    async def opened(report: Any) -> None:
        reader = await outlay.aread(report)
        async for _ in reader:
            pass

    async def parts(report: Any) -> None:
        for part in (await outlay.aplan(report)).parts:
            async for _ in await outlay.aread_part(part):
                pass

    return {
        "read nothing": lambda: outlay.read(reports / "nowhere"),
        "read what is not there": lambda: outlay.read(reports / "manifest"),
        "read no report": lambda: list(outlay.read(reports / "header.csv")),
        "read with an option": lambda: outlay.read(reports / "bad.csv", threads=0),
        "read the report itself": lambda: list(outlay.read(reports / "header.csv", schema="cur", columns=["nothing"])),
        "plan nothing": lambda: outlay.plan(reports / "nowhere"),
        "plan what is not there": lambda: outlay.plan(reports / "manifest"),
        "read_part": lambda: each(reports / "bad-parts"),
        "read_part on one thread": lambda: each(reports / "bad-parts", threads=1),
        "aread": lambda: asyncio.run(opened(reports / "bad.csv")),
        "aplan and aread_part": lambda: asyncio.run(parts(reports / "bad-parts")),
        "check": lambda: outlay.read(reports / "good.csv").check(),
    }


@pytest.mark.parametrize("name", verbs(Path()), ids=ids)
def test_nothing_is_left_of_any_verb_that_fails(name: str, reports: Path) -> None:
    use = verbs(reports)[name]

    def once() -> Iterator[outlay.Reader]:
        fails(use)
        # What flat looks at beside all that is left.
        yield outlay.read(reports / "good.csv")

    flat(once)


@pytest.mark.parametrize("report", ["bad.csv", "bad-parts", "good.csv", "good-parts"])
@pytest.mark.parametrize("threads", [1, 2, 8])
def test_a_reader_that_is_kept_holds_nothing_of_a_read_that_ended(report: str, threads: int, reports: Path) -> None:
    def ended() -> outlay.Reader:
        reader = opened(report, reports, threads=threads)
        try:
            for _ in reader:
                pass
            assert report.startswith("good")
        except outlay.InvalidValueError:
            assert report.startswith("bad")
        return reader

    for _ in range(5):
        ended()
    gc.collect()
    before, used = files(), memory()
    kept = [ended() for _ in range(ROUNDS)]
    assert files() == before
    assert soon(lambda: running() == 0)
    grown = memory() - used
    assert grown < 24, f"{grown:.0f} MiB for {len(kept)} readers"
    # What is known of it stays.
    for reader in kept:
        assert reader.totals.rows_in > 0 and len(reader.totals.parts) == (1 if report.endswith(".csv") else 4)
        assert all(check["holds"] for check in reader.totals.to_dict()["checks"]) is report.startswith("good")
        assert isinstance(reader.error, outlay.InvalidValueError) is report.startswith("bad")
        assert next(reader, None) is None


def test_a_file_object_is_let_go_when_its_read_ends(reports: Path) -> None:
    for rows, bad in ((10, False), (10, True)):
        file = io.BytesIO(content(rows, bad=bad))
        references = sys.getrefcount(file)
        reader = outlay.read(file)
        try:
            list(reader)
        except outlay.InvalidValueError:
            pass
        assert sys.getrefcount(file) == references
        assert reader.totals.rows_in > 0 or bad


def test_an_error_is_a_new_one_at_each_access_and_says_the_same(reports: Path) -> None:
    reader = outlay.read(reports / "bad.csv")
    with pytest.raises(outlay.InvalidValueError) as raised:
        list(reader)
    again = reader.error
    assert type(again) is type(raised.value)
    assert str(again) == str(raised.value) and vars(again) == vars(raised.value)
    assert again is not raised.value and again.__traceback__ is None


def test_nothing_is_left_of_the_verbs_of_a_connector(cloud: Cloud, tmp_path: Path) -> None:
    connector = cloud.connector()
    part = f"objects/{BUCKET}/reports/daily/20231101-20231201/20231203T053621Z/daily-00002.csv.gz"
    parts = connector.plan(MONTH).parts
    cloud.ask("PUT", part, "no gzip")
    uses: list[Callable[[], object]] = [
        lambda: list(connector.read(MONTH)),
        lambda: connector.read(MONTH).to_pyarrow(),
        lambda: connector.read(MONTH).to_parquet(tmp_path / "out.parquet"),
        lambda: list(connector.read_part(parts[1])),
        lambda: connector.read("2019-01"),
        lambda: connector.plan("2019-01"),
    ]

    def use() -> Iterator[outlay.Reader]:
        for call in uses:
            fails(call)
        reader = connector.read(MONTH)
        fails(lambda: list(reader))
        yield reader

    # Connections to the cloud are kept for a while, and so is the thread that has them.
    for _ in range(3):
        list(use())
    gc.collect()
    before, used, kept = files(), memory(), threading.active_count()
    alive = []
    for _ in range(10):
        alive += [weakref.ref(reader) for reader in use()]
    gc.collect()
    assert [reader for reader in alive if reader() is not None] == []
    assert soon(lambda: files() <= before + 4), f"{files()} files, {before} before"
    assert threading.active_count() == kept
    assert memory() - used < 32
    assert len(outlay.plan(DEMO).parts) == 3


# A process that forks while it has a reader: what its child says of it, and then what the process itself reads.
FORKING = """
import gc, os, signal, sys, time, warnings
warnings.simplefilter("ignore")
import outlay

path, folder, threads, begun = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4] == "begun"
reader = outlay.read(path, threads=threads, batch_rows=100)
rows = len(next(iter(reader))) if begun else 0
stream = reader.__arrow_c_stream__() if "stream" in NAME else None
child = os.fork()
if child == 0:
    status = 1
    try:
        try:
            print(repr(USE))
        except Exception as error:
            # Some libraries have errors of their own.
            print(f"{getattr(error, 'code', '')} {error}".strip())
        del reader, stream
        gc.collect()
        print("dropped", flush=True)
        status = 0
    finally:
        # Nothing that the two share is ended twice.
        os._exit(status)
patience = time.monotonic() + 20
ended, status = os.waitpid(child, os.WNOHANG)
while not ended and time.monotonic() < patience:
    time.sleep(0.02)
    ended, status = os.waitpid(child, os.WNOHANG)
if not ended:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    sys.exit("the child hangs")
if stream is None:
    rows += sum(len(batch) for batch in reader)
    reader.check()
    print(rows)
sys.exit(os.waitstatus_to_exitcode(status))
"""

REFUSED = r"OUTLAY_IO.*forked.*read the report again in the child"
FORKED = {
    "iterate": ("list(reader)", REFUSED),
    "next": ("next(reader)", REFUSED),
    "totals": ("reader.totals", REFUSED),
    "check": ("reader.check()", REFUSED),
    "progress": ("reader.progress", REFUSED),
    "quarantined": ("reader.quarantined()", REFUSED),
    "to_pyarrow": ("reader.to_pyarrow()", REFUSED),
    "to_polars": ("reader.to_polars()", REFUSED),
    "to_duckdb": ("reader.to_duckdb()", REFUSED),
    "to_parquet": ("reader.to_parquet(folder + '/out.parquet')", REFUSED),
    "to_csv": ("reader.to_csv(folder + '/out.csv')", REFUSED),
    "stream": ("__import__('pyarrow').RecordBatchReader._import_from_c_capsule(stream).read_all()", REFUSED),
    "error": ("reader.error", r"IoError\(.*forked.*"),
    "repr": ("reader", r"<outlay.Reader: .*forked.*>"),
    "html": ("reader._repr_html_()", "None"),
    "schema": ("len(reader.schema) > 40", "True"),
    "close": ("reader.close()", "None"),
    "with": ("reader.__exit__(None, None, None)", "None"),
    "read it again": ("sum(len(batch) for batch in outlay.read(path, threads=threads))", str(ROWS)),
}


@pytest.mark.parametrize("threads", [1, 2, 8])
@pytest.mark.parametrize("name", FORKED)
def test_a_reader_after_a_fork(name: str, threads: int, reports: Path, tmp_path: Path) -> None:
    use, wanted = FORKED[name]
    states = ["fresh"] if name == "stream" else ["fresh", "begun"]
    report = reports / ("good.csv" if threads < 8 or name == "read it again" else "good-parts")
    for state in states:
        program = FORKING.replace("USE", use).replace("NAME", repr(name))
        command = [sys.executable, "-c", program, str(report), str(tmp_path), str(threads), state]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        # Nothing is printed by what is dropped.
        assert done.stderr == ""
        said, dropped, *rows = done.stdout.splitlines()
        assert re.search(wanted, said), f"{state}: {said}"
        assert dropped == "dropped"
        # Parent and child share the places in their files: the child must not have moved one.
        assert rows == ([] if name == "stream" else [str(ROWS if report.suffix == ".csv" else 4 * PART_ROWS + 6)]), state
    assert list(tmp_path.iterdir()) == []


FORKING_INSIDE = """
import os, sys
import outlay

def fork(done, total, rows):
    global child
    if child is None:
        child = os.fork()

child = None
path, target = sys.argv[1:]
try:
    outlay.read(path, threads=2, batch_rows=100, progress=fork).to_parquet(target)
except outlay.IoError as error:
    print(child, error.code, flush=True)
    os._exit(0)
os.waitpid(child, 0)
"""


def test_a_fork_while_a_file_is_written_leaves_the_file_to_the_parent(reports: Path, tmp_path: Path) -> None:
    import pyarrow.parquet

    target = tmp_path / "out.parquet"
    command = [sys.executable, "-W", "ignore", "-c", FORKING_INSIDE, str(reports / "good.csv"), str(target)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "0 OUTLAY_IO\n", "")
    assert pyarrow.parquet.read_table(target).num_rows == ROWS
    assert list(tmp_path.iterdir()) == [target]
