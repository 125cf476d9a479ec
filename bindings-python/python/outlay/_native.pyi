"""The native half of the package. What users hold of it are Batch and Quarantined; the rest is wrapped."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, final

from typing_extensions import CapsuleType, Self

__all__ = [
    "IS_DEBUG_BUILD",
    "USAGE",
    "Batch",
    "Quarantined",
    "Reader",
    "Totals",
    "__version__",
    "closing_batch",
    "normalize",
    "plan",
    "read",
    "read_part",
    "read_stream",
]

__version__: str
IS_DEBUG_BUILD: bool
USAGE: str

_Watch = Callable[[int, int | None, int, bool], object]

@final
class Batch:
    """Rows of a report in columns; any library that knows Arrow's PyCapsule interface takes it."""

    @property
    def num_rows(self) -> int:
        """How many rows it has, as `len` says."""

    @property
    def column_names(self) -> list[str]:
        """The names of its columns, in their order."""

    def __len__(self) -> int: ...
    def __arrow_c_schema__(self) -> CapsuleType: ...
    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[CapsuleType, CapsuleType]: ...

@final
class Quarantined:
    """Records that could not be understood: each whole, with its place and the reason."""

    @property
    def records(self) -> list[bytes]:
        """The bytes of each record."""

    @property
    def reasons(self) -> list[str]:
        """Why each record was set aside."""

    @property
    def batch(self) -> Batch:
        """Object, row, byte, column, code, reason and record."""

    def __len__(self) -> int: ...
    def __arrow_c_schema__(self) -> CapsuleType: ...
    def __arrow_c_stream__(self, requested_schema: object = None) -> CapsuleType: ...

@final
class Reader:
    def __iter__(self) -> Self: ...
    def __next__(self) -> Batch: ...
    def __arrow_c_schema__(self) -> CapsuleType: ...
    def __arrow_c_stream__(self, requested_schema: object = None) -> CapsuleType: ...
    def write(self, path: str, kind: str) -> None: ...
    def close(self) -> None: ...
    def quarantined(self) -> Quarantined: ...
    @property
    def schema(self) -> list[tuple[str, str, bool]]: ...
    @property
    def error(self) -> BaseException | None: ...
    @property
    def progress(self) -> tuple[int, int | None, int]: ...
    @property
    def totals(self) -> Totals: ...

@final
class Totals:
    def __new__(cls, state: str | None = None) -> Self: ...
    @property
    def state(self) -> str: ...
    @property
    def json(self) -> str: ...
    @property
    def proof(self) -> str: ...
    def merge(self, other: Totals) -> None: ...
    def check(self) -> None: ...
    def __eq__(self, value: object, /) -> bool: ...

def read(paths: Sequence[str], options: Mapping[str, Any], watch: _Watch | None = None) -> Reader: ...
def read_part(part: str, options: Mapping[str, Any], watch: _Watch | None = None) -> Reader: ...
def read_stream(object: str, input: object, options: Mapping[str, Any], watch: _Watch | None = None) -> Reader: ...
def plan(paths: Sequence[str], options: Mapping[str, Any]) -> str: ...
def closing_batch(totals: Totals, options: Mapping[str, Any]) -> Batch | None: ...
def normalize(arguments: Sequence[str], tell: object) -> tuple[str, bool]: ...
