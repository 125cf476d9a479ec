"""The result of :meth:`outlay.Connector.verify`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from ._tables import html_table
from ._words import FindingCode, Verdict


@dataclass(frozen=True)
class Finding:
    """The result of one probe."""

    code: FindingCode
    """The stable name of the probe: ``credentials``, ``assume_role``, ``list``."""
    verdict: Verdict
    """The result of the probe."""
    seen: str
    """The observed state."""
    fix: str | None = None
    """The required change: a statement of a policy, or a setting."""


@dataclass(frozen=True)
class Diagnosis:
    """The findings of all probes, in order. It is displayed as a table, also in notebooks."""

    findings: tuple[Finding, ...]
    """The finding of each probe."""
    _text: str = field(repr=False)

    @classmethod
    def _of(cls, values: str, text: str) -> Diagnosis:
        return cls(tuple(Finding(**finding) for finding in json.loads(values)["findings"]), text)

    @property
    def is_ready(self) -> bool:
        """Whether reports can be read, that is, no probe has failed."""
        return all(finding.verdict != "failed" for finding in self.findings)

    def finding(self, code: FindingCode) -> Finding | None:
        """Returns the finding of a probe, or ``None`` if the probe is not in the diagnosis."""
        return next((finding for finding in self.findings if finding.code == code), None)

    def to_dict(self) -> dict[str, Any]:
        """Returns plain values, in the JSON form of the core."""
        return {"findings": [asdict(finding) for finding in self.findings]}

    def __str__(self) -> str:
        return self._text

    def _repr_html_(self) -> str:
        lines = [(finding.verdict, finding.code, finding.seen) for finding in self.findings]
        notes = [(finding.code, finding.fix) for finding in self.findings if finding.fix]
        return html_table("ready" if self.is_ready else "NOT READY", ("", "Probe", "Seen"), lines, notes)
