"""The public names are those of the core, which its test `faces` reads from its source, but for the exceptions that it lists."""

from __future__ import annotations

import dataclasses
import inspect
import json
import typing
from typing import Any, Literal

import outlay
from conftest import DATA
from outlay import _errors

RUST: dict[str, Any] = json.loads((DATA / "faces/rust.json").read_text())
EXCEPTIONS: dict[str, Any] = json.loads((DATA / "faces/exceptions.json").read_text())
RENAMED = {one["rust"]: one["python"] for one in EXCEPTIONS["renamed"] if one["python"] is not None}
CODES = {"checks": "CheckCode", "warnings": "WarningCode", "findings": "FindingCode"}


def is_left_out(name: str) -> bool:
    return any(name in only["names"] and "python" not in only["languages"] for only in EXCEPTIONS["only"])


def added() -> set[str]:
    """What Rust does not have."""
    exceptions = [only for only in EXCEPTIONS["only"] if "python" in only["languages"] and "rust" not in only["languages"]]
    return {name for only in exceptions for name in only["names"]}


def wanted_types() -> dict[str, set[str]]:
    """Types with their members, as exceptions have them."""
    types: dict[str, set[str]] = {}
    for name, members in RUST["types"].items():
        if is_left_out(name):
            continue
        kept = [f"{name}.{member}" for member in members if not is_left_out(f"{name}.{member}")]
        kept += [extra for extra in added() if extra.startswith(f"{name}.")]
        if kept:
            types[RENAMED.get(name, name)] = {RENAMED.get(member, member).split(".")[1] for member in kept}
    return types


def without_twins(names: set[str]) -> set[str]:
    """Names without those of async code."""
    return {name for name in names if not (name.startswith("a") and name[1:] in names)}


def members(kind: Any) -> set[str]:
    if typing.is_typeddict(kind):
        return set(kind.__optional_keys__ | kind.__required_keys__)
    if issubclass(kind, tuple):
        return set(kind._fields)
    if issubclass(kind, outlay.OutlayError):
        families = [error for error in vars(outlay).values() if isinstance(error, type) and issubclass(error, kind)]
        return {name for family in families for name in family.__annotations__}
    names = set(vars(kind))
    if dataclasses.is_dataclass(kind):
        names |= {field.name for field in dataclasses.fields(kind)}
    return without_twins({name for name in names if not name.startswith("_")})


def found_types() -> dict[str, set[str]]:
    public = {name: getattr(outlay, name) for name in outlay.__all__}
    # Families of errors have the members of all.
    families = set(_errors.__all__) - {"OutlayError"}
    kinds = {name: kind for name, kind in public.items() if isinstance(kind, type) and name not in families}
    verbs = {name for name, verb in public.items() if inspect.isfunction(verb)}
    return {name: members(kind) for name, kind in kinds.items()} | {"outlay": without_twins(verbs)}


def words(name: str) -> list[str]:
    literal = getattr(outlay, name)
    assert typing.get_origin(literal) is Literal, name
    return list(typing.get_args(literal))


def test_types_have_the_same_fields_and_methods() -> None:
    wanted, found = wanted_types(), found_types()
    # Their members are no other language's, and options are compared below.
    for name in added():
        if name in found:
            del found[name]
    assert found == wanted


def test_every_public_name_is_one_of_them() -> None:
    known = wanted_types().keys() | RUST["words"].keys() | added() | set(_errors.__all__) | {"__version__"}
    functions = found_types()["outlay"]
    twins = {f"a{name}" for name in functions}
    assert set(outlay.__all__) - twins - functions - known == set()


def test_options_have_the_same_names_and_words() -> None:
    hints = typing.get_type_hints(outlay.ReaderOptions, {**vars(outlay._options), "Literal": Literal})
    assert hints.keys() == RUST["options"].keys()
    signature = inspect.signature(outlay.read).parameters
    assert signature.keys() - {"report", "progress"} == RUST["options"].keys()
    for name, takes in RUST["options"].items():
        # An option that takes more than its words has them beside `str`.
        kinds = [hints[name], *typing.get_args(hints[name])]
        chosen = [word for kind in kinds if typing.get_origin(kind) is Literal for word in typing.get_args(kind)]
        assert chosen == (takes if isinstance(takes, list) else []), name


def test_words_and_codes_are_the_same() -> None:
    for name, wanted in RUST["words"].items():
        assert words(name) == wanted, name
    for section, name in CODES.items():
        assert words(name) == RUST[section], name
    assert sorted(_errors._CLASSES) == RUST["errors"]


def test_a_name_that_only_one_language_has_is_seen() -> None:
    wanted = wanted_types()
    assert "rows_in" in wanted["Totals"] and "summary" not in wanted["Totals"] and "to_dict" in wanted["Totals"]
    assert "Warning" not in wanted and wanted["ReadWarning"] == {"code", "count", "examples", "message", "rows"}
    assert without_twins({"read", "aread", "account", "as_of"}) == {"read", "account", "as_of"}
