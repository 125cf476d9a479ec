"""Control totals: counts and exact sums of a read, and the checks that compare them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from . import _native
from ._html import cell, table
from ._read_warning import ReadWarning
from ._words import CheckCode, Guards, Outcome

if TYPE_CHECKING:
    from ._parts import Plan

_COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")


@dataclass(frozen=True)
class Costs:
    """The four costs of FOCUS, summed exactly.

    Python's own arithmetic rounds to 28 digits by default; comparing and printing do not.
    """

    billed: Decimal
    """BilledCost: what is on the bill."""
    effective: Decimal
    """EffectiveCost: after amortizing commitments."""
    list: Decimal
    """ListCost: at public prices."""
    contracted: Decimal
    """ContractedCost: at negotiated prices."""

    @classmethod
    def _of(cls, costs: dict[str, str]) -> Costs:
        return cls(*(Decimal(costs[name]) for name in _COSTS))


@dataclass(frozen=True)
class UnknownRows:
    """Rows in which a cost is not known, by cost."""

    billed: int = 0
    """Rows without a BilledCost."""
    effective: int = 0
    """Rows without an EffectiveCost."""
    list: int = 0
    """Rows without a ListCost."""
    contracted: int = 0
    """Rows without a ContractedCost."""

    @classmethod
    def _of(cls, rows: dict[str, int]) -> UnknownRows:
        return cls(*(rows.get(name, 0) for name in _COSTS))


@dataclass(frozen=True)
class Rounding:
    """Cells of more than 18 decimals: how many, and the exact sums of what rounding took away."""

    cells: int
    billed: Decimal
    effective: Decimal


@dataclass(frozen=True)
class Check:
    """One invariant, and whether it holds."""

    code: CheckCode
    guards: Guards
    """What of this report it guards."""
    holds: bool
    """``True`` as well for a check that does not apply."""
    applies: bool
    """Whether anything was compared."""
    skipped: int
    """How many comparisons could not be made, although the report has rows that they are about."""
    detail: str
    """What was compared, or what does not fit and by how much, or why nothing could be compared."""

    @property
    def _is_partial(self) -> bool:
        return self.guards in ("money", "completeness") and (not self.applies or self.skipped > 0)


@dataclass(frozen=True)
class Content:
    """What tells one inflated text from another. Two parts with the same content and a row are refused."""

    bytes: int
    """Its length."""
    crc32: int
    """Its CRC-32."""


@dataclass(frozen=True)
class PartTotals:
    """What one part of a report gave."""

    object: str
    delivery: str | None
    size: int
    """Bytes of the object, compressed as it is: those of the plan; of a stream those that were read."""
    rows_in: int
    rows_out: int
    rows_quarantined: int
    rows_filtered: int
    blank_lines: int
    complete: bool
    costs: dict[str, Costs]
    content: Content | None = None
    """What tells its inflated text from others; ``None`` until the part was read to its end."""


class Totals:
    """Counts and exact sums of one read, or of several parts together.

    >>> import outlay
    >>> reader = outlay.read("examples/data/report")
    >>> for batch in reader: pass
    >>> totals = reader.totals
    >>> totals.check()
    >>> totals.rows_out, totals.costs["USD"].billed
    (175, Decimal('800.2936682272'))
    >>> print(totals)
             BilledCost   EffectiveCost        ListCost  ContractedCost
    USD  800.2936682272  123.4936682272  876.7226682253  874.5206682272
    <BLANKLINE>
    174 rows in, 175 rows out
    ...

    Those of parts add up, in any order; those that are there already change nothing:

    >>> whole = outlay.Totals()
    >>> whole.merge(totals)
    >>> whole.merge(totals)
    >>> whole == totals
    True

    That all parts are there is proven by :meth:`check_against`, see :func:`outlay.plan`. Totals that count the same are
    equal, wherever the parts lay.
    """

    __slots__ = ("_native",)

    def __init__(self) -> None:
        self._native = _native.Totals()

    @classmethod
    def _wrap(cls, native: _native.Totals) -> Totals:
        totals = cls.__new__(cls)
        totals._native = native
        return totals

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values, in the JSON form of ``outlay normalize --json``: decimals as exact text."""
        values: dict[str, Any] = json.loads(self._native.json)
        return values

    def check(self) -> None:
        """Raises :class:`outlay.UnprovenError` when a check does not hold; it names each and by how much.

        A partial outcome does not raise, see :attr:`outcome`.
        """
        self._native.check()

    def state(self) -> str:
        """All there is to know of them, as text that :meth:`merge` takes: for other processes, and other languages."""
        return self._native.state

    def merge(self, other: Totals | str) -> None:
        """Adds the totals of other parts, in any order, as they are or as the text of their state. Parts that are there already
        change nothing.

        What was added is not proven, see :meth:`check_against`. Raises :class:`outlay.OptionError`, and these totals are as
        they were, when only some of the other parts are there already, when another read of a part gave something else, and
        when they were read with other options.
        """
        self._native.merge(_native.Totals(other) if isinstance(other, str) else other._native)

    def check_against(self, plan: Plan) -> None:
        """Compares them with the plan of the read: each of its parts is there once, nothing else is, all were read with its
        options, and every check holds. From then on :attr:`outcome` can be ``"proven"``.

        The closing batch comes before. Raises :class:`outlay.UnprovenError`, which names the parts that are missing, there
        more than once, or of another plan, and each check that does not hold; the totals are as they were.
        """
        self._native.check_against(plan.to_json())

    @property
    def outcome(self) -> Outcome:
        """What the checks come to: ``"proven"``; ``"partial"`` when none is broken, but one that guards money or
        completeness could not be made; ``"unproven"`` when one does not hold."""
        outcome: Outcome = self.to_dict()["outcome"]
        return outcome

    @property
    def fingerprint(self) -> str | None:
        """The options of the read, as a plan has them; ``None`` for totals of nothing."""
        fingerprint: str | None = self.to_dict()["fingerprint"]
        return fingerprint

    @property
    def rows_in(self) -> int:
        """Records that were read, quarantined ones included."""
        return int(self.to_dict()["rows_in"])

    @property
    def rows_out(self) -> int:
        """Rows that were handed out, those of the closing batch included."""
        return int(self.to_dict()["rows_out"])

    @property
    def rows_quarantined(self) -> int:
        """Records that could not be understood and were set aside."""
        return int(self.to_dict()["rows_quarantined"])

    @property
    def rows_dropped(self) -> dict[str, int]:
        """Rows that were left out on purpose, by the rule that says so."""
        return dict(self.to_dict()["rows_dropped"])

    @property
    def rows_split(self) -> int:
        """Line items that became two rows: a fee and its unused part."""
        return int(self.to_dict()["rows_split"])

    @property
    def rows_closing(self) -> int:
        """Rows of the closing batch."""
        return int(self.to_dict()["rows_closing"])

    @property
    def costs(self) -> dict[str, Costs]:
        """The sums of what was handed out, by currency."""
        return {currency: Costs._of(costs) for currency, costs in self.to_dict()["costs"].items()}

    @property
    def unknown_rows(self) -> dict[str, UnknownRows]:
        """Rows whose cost is unknown, by currency, where there are any: ``totals.unknown_rows["USD"].effective``.

        The sum of such a cost in :attr:`costs` is that of the known ones.
        """
        return {currency: UnknownRows._of(rows) for currency, rows in self.to_dict()["unknown_rows"].items()}

    @property
    def rounding(self) -> dict[str, Rounding]:
        """What rounding to 18 decimals took away, by currency; only where it took something."""
        return {
            currency: Rounding(lost["cells"], Decimal(lost["BilledCost"]), Decimal(lost["EffectiveCost"]))
            for currency, lost in self.to_dict()["rounding"].items()
        }

    @property
    def checks(self) -> list[Check]:
        """Every invariant, and whether it holds."""
        checks: list[dict[str, Any]] = self.to_dict()["checks"]
        return [Check(**{key: value for key, value in check.items() if key != "name"}) for check in checks]

    @property
    def warnings(self) -> list[ReadWarning]:
        """Everything that the caller should know, and findings of the whole read."""
        return [ReadWarning(**warning) for warning in self.to_dict()["warnings"]]

    @property
    def parts(self) -> list[PartTotals]:
        """What each part gave, in the order in which they were read."""
        return [_part(part) for part in self.to_dict()["parts"]]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Totals) and self._native == other._native

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self.state(),)

    def _unknown(self) -> list[str]:
        return [
            f"{name} in {currency or 'no currency'}: unknown for {rows:,} row{'' if rows == 1 else 's'}; the sum is of the others"
            for currency, by_cost in self.to_dict()["unknown_rows"].items()
            for name, rows in by_cost.items()
        ]

    def _lines(self) -> list[tuple[str, ...]]:
        costs = self.to_dict()["costs"]
        return [(currency, *(costs[currency][name] for name in _COSTS)) for currency in costs]

    def __repr__(self) -> str:
        lines = [("", *_COSTS), *self._lines()]
        widths = [max(map(len, column)) for column in zip(*lines)]
        rows = ["  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]) for line in lines]
        return "\n".join([*rows, "", self._native.proof]) if len(lines) > 1 else self._native.proof

    def _repr_html_(self) -> str:
        verdict = {
            "proven": "proven: nothing was lost, nothing doubled",
            "partial": "partial: no check is broken, but not everything could be compared",
        }.get(self.outcome, "NOT PROVEN")
        checks = self.checks
        told = [check for check in checks if not check.holds] or [check for check in checks if check._is_partial]
        notes = [cell(line) for line in self._unknown()]
        notes += [f"<b>{cell(check.code)}</b>: {cell(check.detail)}" for check in told]
        notes += [f"warning: {cell(warning)}" for warning in self.warnings]
        caption = f"{self.rows_in:,} rows in, {self.rows_out:,} rows out; {verdict}"
        return table(caption, ("Currency", *_COSTS), self._lines(), notes, numbers=True)


def _restore(state: str) -> Totals:
    return Totals._wrap(_native.Totals(state))


def _part(values: dict[str, Any]) -> PartTotals:
    costs = {currency: Costs._of(costs) for currency, costs in values["costs"].items()}
    content = values.get("content")
    known = {name: values[name] for name in PartTotals.__dataclass_fields__ if name in values}
    return PartTotals(**{**known, "costs": costs, "content": None if content is None else Content(**content)})
