"""Totals: counts and exact sums of a read, and the checks that compare them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from . import _native
from ._read_warning import ReadWarning
from ._tables import Note, html_table, text_table
from ._unmatched import warn_unmatched
from ._words import CheckCode, Guards, Outcome

if TYPE_CHECKING:
    from ._parts import Plan

_COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")


@dataclass(frozen=True)
class Costs:
    """The exact sums of the four costs of FOCUS.

    Arithmetic with ``Decimal`` rounds to 28 digits by default. Comparison and conversion to text do not round.
    """

    billed: Decimal
    """BilledCost: the amount on the bill."""
    effective: Decimal
    """EffectiveCost: the cost with amortized commitments."""
    list: Decimal
    """ListCost: the cost at public prices."""
    contracted: Decimal
    """ContractedCost: the cost at negotiated prices."""

    @classmethod
    def _of(cls, costs: dict[str, str]) -> Costs:
        return cls(*(Decimal(costs[name]) for name in _COSTS))


@dataclass(frozen=True)
class UnknownRows:
    """Number of rows with an unknown cost, by cost."""

    billed: int = 0
    """Number of rows without a BilledCost."""
    effective: int = 0
    """Number of rows without an EffectiveCost."""
    list: int = 0
    """Number of rows without a ListCost."""
    contracted: int = 0
    """Number of rows without a ContractedCost."""

    @classmethod
    def _of(cls, rows: dict[str, int]) -> UnknownRows:
        return cls(*(rows.get(name, 0) for name in _COSTS))


@dataclass(frozen=True)
class Rounding:
    """Number of cells with more than 18 decimals, and the exact sums of the amounts that rounding removed."""

    cells: int
    billed: Decimal
    effective: Decimal


@dataclass(frozen=True)
class Check:
    """The result of one invariant check."""

    code: CheckCode
    guards: Guards
    """The kind of error that the check detects in this report."""
    holds: bool
    """Whether the invariant holds. Also ``True`` for a check that does not apply."""
    applies: bool
    """Whether any comparison was made."""
    skipped: int
    """Number of comparisons that could not be made although the report has rows for them."""
    detail: str
    """The comparison that was made, the difference that was found, or the reason why no comparison was possible."""

    @property
    def _is_partial(self) -> bool:
        return self.guards in ("money", "completeness") and (not self.applies or self.skipped > 0)


@dataclass(frozen=True)
class Content:
    """The identity of the decompressed content of a part. Two parts with rows and the same content are refused."""

    bytes: int
    """The length in bytes."""
    crc32: int
    """The CRC-32."""


@dataclass(frozen=True)
class PartTotals:
    """The totals of one part of a report."""

    object: str
    delivery: str | None
    size: int
    """Size of the object in bytes, compressed: from the plan, or for a stream the number of bytes read."""
    rows_in: int
    rows_out: int
    rows_quarantined: int
    rows_filtered: int
    """Number of line items of months other than the selected ones."""
    rows_without_period: int
    """Number of line items without a billing period, left out because months are selected."""
    blank_lines: int
    complete: bool
    costs: dict[str, Costs]
    content: Content | None = None
    """The identity of the decompressed content; ``None`` until the part was read completely."""


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

    Totals of parts can be merged in any order. A part that was already merged is ignored:

    >>> whole = outlay.Totals()
    >>> whole.merge(totals)
    >>> whole.merge(totals)
    >>> whole == totals
    True

    :meth:`check_against` proves that all parts were merged, see :func:`outlay.plan`. Totals with the same counts and sums are
    equal, even if the parts have different paths.
    """

    __slots__ = ("_is_warned", "_native")

    def __init__(self) -> None:
        self._native = _native.Totals()
        # Whether the warnings about names were issued.
        self._is_warned = False

    @classmethod
    def _wrap(cls, native: _native.Totals) -> Totals:
        totals = cls.__new__(cls)
        totals._native = native
        totals._is_warned = False
        return totals

    def to_dict(self) -> dict[str, Any]:
        """Returns plain values, in the JSON form of ``outlay normalize --json``, with decimals as exact text."""
        values: dict[str, Any] = json.loads(self._native.json)
        return values

    def check(self) -> None:
        """Raises :class:`outlay.UnprovenError` if a check does not hold. The message contains each check and the difference.

        A partial outcome does not raise, see :attr:`outcome`.
        """
        self._native.check()

    def _has_ended(self) -> bool:
        """Whether the read has reached its end. Before it, the check of the parts compares nothing."""
        return any(check.code == "parts_complete" and check.applies and check.skipped == 0 for check in self.checks)

    def state(self) -> str:
        """Returns the complete state as text for :meth:`merge`, also in other processes and languages."""
        return self._native.state

    def merge(self, other: Totals | str) -> None:
        """Adds the totals of other parts, in any order, given as an object or as the text of its state. A part that was already
        merged is ignored.

        Merged totals are not proven, see :meth:`check_against`. Raises :class:`outlay.OptionError` if only some of the other
        parts were already merged, if two reads of the same part differ, and if the parts were read with different options.
        These totals then stay unchanged.
        """
        self._native.merge(_native.Totals(other) if isinstance(other, str) else other._native)

    def check_against(self, plan: Plan) -> None:
        """Compares the totals with the plan of the read: they contain each part exactly once and no others, all parts were read
        with the options of the plan, and every check holds. After that, :attr:`outcome` can be ``"proven"``.

        Call :func:`outlay.closing_batch` before. Raises :class:`outlay.UnprovenError` otherwise. The message contains the parts
        that are missing, duplicate or not in the plan, and each check that does not hold. The totals then stay unchanged.
        A name that no part has is an :class:`outlay.UnmatchedWarning`.
        """
        self._native.check_against(plan.to_json())
        if not self._is_warned:
            self._is_warned = True
            warn_unmatched(self.warnings)

    @property
    def outcome(self) -> Outcome:
        """The outcome of all checks. ``"proven"``: all checks hold. ``"partial"``: all checks hold, but a check of money or
        completeness could not be made. ``"unproven"``: a check does not hold."""
        outcome: Outcome = self.to_dict()["outcome"]
        return outcome

    @property
    def fingerprint(self) -> str | None:
        """The fingerprint of the options of the read, as in a plan; ``None`` for empty totals."""
        fingerprint: str | None = self.to_dict()["fingerprint"]
        return fingerprint

    @property
    def rows_in(self) -> int:
        """Number of records that were read, including quarantined records."""
        return int(self.to_dict()["rows_in"])

    @property
    def rows_out(self) -> int:
        """Number of rows that were returned, including the closing batch."""
        return int(self.to_dict()["rows_out"])

    @property
    def rows_quarantined(self) -> int:
        """Number of invalid records that were quarantined."""
        return int(self.to_dict()["rows_quarantined"])

    @property
    def rows_dropped(self) -> dict[str, int]:
        """Number of rows that rules dropped, by the code of the rule."""
        return dict(self.to_dict()["rows_dropped"])

    @property
    def rows_split(self) -> int:
        """Number of line items that became two rows: a fee and its unused part."""
        return int(self.to_dict()["rows_split"])

    @property
    def rows_closing(self) -> int:
        """Number of rows in the closing batch."""
        return int(self.to_dict()["rows_closing"])

    @property
    def costs(self) -> dict[str, Costs]:
        """The sums of the returned rows, by currency."""
        return {currency: Costs._of(costs) for currency, costs in self.to_dict()["costs"].items()}

    @property
    def unknown_rows(self) -> dict[str, UnknownRows]:
        """Number of rows with an unknown cost, by currency: ``totals.unknown_rows["USD"].effective``.

        Currencies without such rows are absent. The sums in :attr:`costs` contain only the known costs.
        """
        return {currency: UnknownRows._of(rows) for currency, rows in self.to_dict()["unknown_rows"].items()}

    @property
    def rounding(self) -> dict[str, Rounding]:
        """The amounts that rounding to 18 decimals removed, by currency. Currencies without rounding are absent."""
        return {
            currency: Rounding(lost["cells"], Decimal(lost["BilledCost"]), Decimal(lost["EffectiveCost"]))
            for currency, lost in self.to_dict()["rounding"].items()
        }

    @property
    def decimals(self) -> str:
        """The type of money, prices and quantities in the rows: ``"exact"``, ``"float64"``, or one like ``"decimal(38,12)"``."""
        return str(self.to_dict()["decimals"])

    @property
    def rounded_cells(self) -> dict[str, int]:
        """Number of cells that the option ``decimals`` rounded, by column. Empty if none was. The sums of the totals are exact."""
        return dict(self.to_dict()["rounded_cells"])

    @property
    def decimals_difference(self) -> dict[str, Costs]:
        """What the option ``decimals`` changed in the sums of the rows, by currency: the sum of each cost in the rows minus the
        exact sum in :attr:`costs`. Currencies without a difference are absent. Empty with ``float64``, where the result of a
        sum depends on its order."""
        return {currency: Costs._of(costs) for currency, costs in self.to_dict()["decimals_difference"].items()}

    @property
    def checks(self) -> list[Check]:
        """The results of all checks."""
        checks: list[dict[str, Any]] = self.to_dict()["checks"]
        return [Check(**{key: value for key, value in check.items() if key != "name"}) for check in checks]

    @property
    def warnings(self) -> list[ReadWarning]:
        """Warnings about the report and about the whole read."""
        return [ReadWarning(**warning) for warning in self.to_dict()["warnings"]]

    @property
    def parts(self) -> list[PartTotals]:
        """The totals of each part, in the order in which the parts were read."""
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
        lines = self._lines()
        if not lines:
            return self._native.proof
        return f"{text_table('', ('', *_COSTS), lines, numbers=True)}\n\n{self._native.proof}"

    def _repr_html_(self) -> str:
        verdict = {
            "proven": "proven: nothing was lost, nothing doubled",
            "partial": "partial: no check is broken, but not everything could be compared",
        }.get(self.outcome, "NOT PROVEN")
        checks = self.checks
        shown = [check for check in checks if not check.holds] or [check for check in checks if check._is_partial]
        notes: list[Note] = [(None, line) for line in self._unknown()]
        notes += [(check.code, check.detail) for check in shown]
        notes += [("warning", warning) for warning in self.warnings]
        caption = f"{self.rows_in:,} rows in, {self.rows_out:,} rows out; {verdict}"
        return html_table(caption, ("Currency", *_COSTS), self._lines(), notes, numbers=True)


def _restore(state: str) -> Totals:
    return Totals._wrap(_native.Totals(state))


def _part(values: dict[str, Any]) -> PartTotals:
    costs = {currency: Costs._of(costs) for currency, costs in values["costs"].items()}
    content = values.get("content")
    known = {name: values[name] for name in PartTotals.__dataclass_fields__ if name in values}
    return PartTotals(**{**known, "costs": costs, "content": None if content is None else Content(**content)})
