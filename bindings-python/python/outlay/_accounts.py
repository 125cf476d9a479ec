"""The payer account and its linked accounts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import _native
from ._plain import plain
from ._read_warning import ReadWarning
from ._tables import html_table
from ._words import AccountState


@dataclass(frozen=True)
class Account:
    """An AWS account."""

    id: str
    """The account ID: 12 digits, which may start with 0."""
    name: str | None
    """The account name; ``None`` if unknown."""
    state: AccountState
    """The state of the account; ``unknown`` if only the report contains it."""
    is_payer: bool
    """Whether it is the payer account, which receives the bill. The payer account is listed only once."""
    in_organization: bool
    """Whether AWS Organizations lists the account."""
    in_report: bool
    """Whether the report has rows of the account in the months that were read."""


@dataclass(frozen=True)
class AccountChanges:
    """The differences between two results of ``discover``."""

    joined: tuple[Account, ...]
    """Accounts that are new, or new in the organization."""
    left: tuple[Account, ...]
    """Accounts that are gone, or no longer in the organization, with their earlier values."""
    renamed: tuple[Account, ...]
    """Accounts with a changed name, with their current values."""


@dataclass(frozen=True)
class Accounts:
    """The accounts of a report. They can be stored, and compared with a later result.

    >>> import outlay
    >>> account = {"id": "111122223333", "name": "Shop", "state": "active", "is_payer": False}
    >>> account |= {"in_organization": True, "in_report": False}
    >>> before = outlay.Accounts.from_dict({"payer": None, "accounts": [account], "warnings": []})
    >>> now = outlay.Accounts.from_dict({"payer": None, "accounts": [{**account, "name": "Store"}], "warnings": []})
    >>> [account.name for account in now.changes_since(before).renamed]
    ['Store']
    """

    payer: str | None
    """The ID of the payer account; ``None`` if unknown."""
    accounts: tuple[Account, ...]
    """All accounts, sorted by ID."""
    warnings: tuple[ReadWarning, ...] = ()
    """Sources that were not available, with the reason."""

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Accounts:
        """Creates accounts from the result of :meth:`to_dict`."""
        warnings = tuple(ReadWarning(**warning) for warning in values["warnings"])
        return cls(values["payer"], _accounts(values["accounts"]), warnings)

    def to_dict(self) -> dict[str, Any]:
        """Returns plain values, in the JSON form of the core."""
        return plain(self)

    def get(self, id: str) -> Account | None:
        """Returns the account with this ID, or ``None``."""
        return next((account for account in self.accounts if account.id == id), None)

    def names(self) -> dict[str, str]:
        """Returns the known names by account ID, for the option ``account_names``."""
        return {account.id: account.name for account in self.accounts if account.name is not None}

    def changes_since(self, earlier: Accounts) -> AccountChanges:
        """Compares with an earlier result."""
        changes = json.loads(_native.account_changes(json.dumps(plain(self)), json.dumps(plain(earlier))))
        return AccountChanges(**{name: _accounts(accounts) for name, accounts in changes.items()})

    def _repr_html_(self) -> str:
        lines = [
            (account.id, account.name or "", account.state, "yes" if account.is_payer else "")
            for account in self.accounts
        ]
        notes = [("warning", warning) for warning in self.warnings]
        return html_table(f"{len(lines)} accounts", ("Account", "Name", "State", "Pays"), lines, notes)


def _accounts(values: list[dict[str, Any]]) -> tuple[Account, ...]:
    return tuple(Account(**account) for account in values)
