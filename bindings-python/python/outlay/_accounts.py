"""Accounts: the one that pays, and those that it pays for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import _native
from ._html import cell, table
from ._plain import plain
from ._read_warning import ReadWarning
from ._words import AccountState


@dataclass(frozen=True)
class Account:
    """An AWS account."""

    id: str
    """12 digits; the first may be 0."""
    name: str | None
    """Its name, where it is known."""
    state: AccountState
    """What it is now; ``unknown`` when only the report names it."""
    is_payer: bool
    """Whether it is the payer account, which gets the bill. It is linked as well, and is there once."""
    in_organization: bool
    """Whether AWS Organizations lists it."""
    in_report: bool
    """Whether the report has rows of it, in the months that were read."""


@dataclass(frozen=True)
class AccountChanges:
    """What is different between two results of ``discover``."""

    joined: tuple[Account, ...]
    """Accounts that were not there before, or not in the organization."""
    left: tuple[Account, ...]
    """Accounts that are not there any more, or not in the organization; as they were."""
    renamed: tuple[Account, ...]
    """Accounts that have another name now, as they are now."""


@dataclass(frozen=True)
class Accounts:
    """The accounts behind a report. Can be kept, and compared with a later result.

    >>> import outlay
    >>> account = {"id": "111122223333", "name": "Shop", "state": "active", "is_payer": False}
    >>> account |= {"in_organization": True, "in_report": False}
    >>> before = outlay.Accounts.from_dict({"payer": None, "accounts": [account], "warnings": []})
    >>> now = outlay.Accounts.from_dict({"payer": None, "accounts": [{**account, "name": "Store"}], "warnings": []})
    >>> [account.name for account in now.changes_since(before).renamed]
    ['Store']
    """

    payer: str | None
    """The payer account, where it is known."""
    accounts: tuple[Account, ...]
    """All accounts, in order of their ids."""
    warnings: tuple[ReadWarning, ...] = ()
    """What could not be found out, and why."""

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Accounts:
        """A result that was kept as :meth:`to_dict` gave it."""
        warnings = tuple(ReadWarning(**warning) for warning in values["warnings"])
        return cls(values["payer"], _accounts(values["accounts"]), warnings)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values, in the JSON form of the core."""
        return plain(self)

    def get(self, id: str) -> Account | None:
        """An account by its id."""
        return next((account for account in self.accounts if account.id == id), None)

    def names(self) -> dict[str, str]:
        """Names by id, for the option ``account_names``."""
        return {account.id: account.name for account in self.accounts if account.name is not None}

    def changes_since(self, earlier: Accounts) -> AccountChanges:
        """What has changed since an earlier result."""
        changes = json.loads(_native.account_changes(json.dumps(plain(self)), json.dumps(plain(earlier))))
        return AccountChanges(**{name: _accounts(accounts) for name, accounts in changes.items()})

    def _repr_html_(self) -> str:
        lines = [
            (account.id, account.name or "", account.state, "yes" if account.is_payer else "")
            for account in self.accounts
        ]
        notes = [f"warning: {cell(warning)}" for warning in self.warnings]
        return table(f"{len(lines)} accounts", ("Account", "Name", "State", "Pays"), lines, notes)


def _accounts(values: list[dict[str, Any]]) -> tuple[Account, ...]:
    return tuple(Account(**account) for account in values)
