"""What was found out about a set-up."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from ._html import cell, table
from ._words import FindingCode, Verdict


@dataclass(frozen=True)
class Finding:
    """What one probe found."""

    code: FindingCode
    """The stable name of the probe: ``credentials``, ``assume_role``, ``list``."""
    verdict: Verdict
    """Whether the set-up passes."""
    seen: str
    """What was seen."""
    fix: str | None = None
    """What to change: a statement of a policy, or a setting."""


@dataclass(frozen=True)
class Diagnosis:
    """What all probes of a set-up gave, in order. Prints as a table; in a notebook it is one."""

    findings: tuple[Finding, ...]
    """What each probe found."""
    _text: str = field(repr=False)

    @classmethod
    def _of(cls, values: str, text: str) -> Diagnosis:
        return cls(tuple(Finding(**finding) for finding in json.loads(values)["findings"]), text)

    @property
    def is_ready(self) -> bool:
        """Whether reports can be read: no probe failed."""
        return all(finding.verdict != "failed" for finding in self.findings)

    def finding(self, code: FindingCode) -> Finding | None:
        """What a probe found."""
        return next((finding for finding in self.findings if finding.code == code), None)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values, in the JSON form of the core."""
        return {"findings": [asdict(finding) for finding in self.findings]}

    def __str__(self) -> str:
        return self._text

    def _repr_html_(self) -> str:
        lines = [(finding.verdict, finding.code, finding.seen) for finding in self.findings]
        notes = [f"<b>{cell(finding.code)}</b>: {cell(finding.fix)}" for finding in self.findings if finding.fix]
        return table("ready" if self.is_ready else "NOT READY", ("", "Probe", "Seen"), lines, notes)
