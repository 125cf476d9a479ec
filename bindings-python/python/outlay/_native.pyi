"""The native half of the package. What users hold of it are Batch, Quarantined and ExternalId; the rest is wrapped."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, final

from typing_extensions import CapsuleType, Self

__all__ = [
    "IS_DEBUG_BUILD",
    "USAGE",
    "Access",
    "Batch",
    "Connector",
    "ExternalId",
    "Quarantined",
    "Reader",
    "Stop",
    "Totals",
    "__version__",
    "account_changes",
    "closing_batch",
    "connect",
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

@final
class ExternalId:
    """What a role's trust policy asks for; never printed."""

    def __new__(cls, text: str) -> Self: ...
    @staticmethod
    def generate() -> ExternalId:
        """A new one, of 122 random bits: one for each customer."""

    def reveal(self) -> str:
        """The text itself, to put into a trust policy."""

    def __eq__(self, value: object, /) -> bool: ...

_AccessKey = tuple[str, str, str | None]

@final
class Connector:
    def __new__(
        cls, config: str, external_id: ExternalId | None = None, access_key: _AccessKey | None = None
    ) -> Self: ...
    def reconfigure(
        self, config: str, external_id: ExternalId | None = None, access_key: _AccessKey | None = None
    ) -> Connector: ...
    @property
    def config(self) -> str: ...
    @property
    def account(self) -> str | None: ...
    def verify(self, stop: Stop | None = None) -> tuple[str, str]: ...
    def discover(self, stop: Stop | None = None) -> str: ...
    def reports(self, stop: Stop | None = None) -> str: ...
    def periods(self, stop: Stop | None = None) -> str: ...
    def plan(self, period: str, options: Mapping[str, Any], stop: Stop | None = None) -> str: ...
    def spool(self, period: str, folder: str, stop: Stop | None = None) -> Path: ...
    def read(
        self, period: str, options: Mapping[str, Any], watch: _Watch | None = None, stop: Stop | None = None
    ) -> Reader: ...
    def read_part(
        self, part: str, options: Mapping[str, Any], watch: _Watch | None = None, stop: Stop | None = None
    ) -> Reader: ...

@final
class Access:
    def __new__(
        cls,
        bucket: str,
        prefix: str,
        features: Sequence[str] | None = None,
        partition: str | None = None,
        kms_key: str | None = None,
    ) -> Self: ...
    def permission_policy(self) -> str: ...
    def trust_policy(self, trusted: str, external_id: ExternalId) -> str: ...
    def cloudformation(self, trusted: str) -> str: ...
    def terraform(self, trusted: str) -> str: ...

@final
class Stop:
    def __new__(cls) -> Self: ...
    def want(self) -> None: ...

def read(
    paths: Sequence[str], options: Mapping[str, Any], watch: _Watch | None = None, stop: Stop | None = None
) -> Reader: ...
def read_part(
    part: str, options: Mapping[str, Any], watch: _Watch | None = None, stop: Stop | None = None
) -> Reader: ...
def read_stream(
    object: str, input: object, options: Mapping[str, Any], watch: _Watch | None = None, stop: Stop | None = None
) -> Reader: ...
def plan(paths: Sequence[str], options: Mapping[str, Any], stop: Stop | None = None) -> str: ...
def closing_batch(totals: Totals, options: Mapping[str, Any]) -> Batch | None: ...
def account_changes(now: str, earlier: str) -> str: ...
def normalize(arguments: Sequence[str], tell: object) -> tuple[str, bool]: ...
def connect(arguments: Sequence[str], tell: Callable[[str, str], object]) -> bool: ...
