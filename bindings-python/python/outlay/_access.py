"""The rights that a connector needs: as policies, and as templates that make its role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from . import _native
from ._errors import OptionError
from ._native import ExternalId
from ._words import Capability


@dataclass(frozen=True)
class Access:
    """The rights that a connector needs to a report, and none beside.

    >>> import json, outlay
    >>> access = outlay.Access("billing-123456789012", "cur/daily", features=["read", "find"])
    >>> policy = json.loads(access.permission_policy())
    >>> [statement["Sid"] for statement in policy["Statement"]]
    ['ListReport', 'ReadReport', 'FindReports', 'FindExports']
    >>> '"sts:ExternalId": "3f2c9b7e"' in access.trust_policy("210987654321", "3f2c9b7e")
    True

    Each method raises ``OptionError`` for a name with which a policy would say something else.
    """

    bucket: str
    """The bucket of the report."""
    prefix: str
    """What its keys begin with."""
    features: Sequence[Capability] | None = None
    """What the connector is to do: read the report, find it by its name, ask for accounts, ask Cost Explorer; all of it
    by default."""
    partition: Literal["aws", "aws-cn", "aws-us-gov"] | None = None
    """The partition of the account; ``aws`` by default."""
    kms_key: str | None = None
    """The ARN of the KMS key that the bucket is encrypted with, when it is not S3's own."""

    def permission_policy(self) -> str:
        """The policy of the role: what it may do, as JSON."""
        return self._rights().permission_policy()

    def trust_policy(self, trusted: str, external_id: ExternalId | str) -> str:
        """Who may assume the role, as JSON: an account of 12 digits, or the ARN of a role or user; and only with the
        external ID, so that no other customer of the same trusted account, by naming this role, reads the report by it."""
        external_id = ExternalId(external_id) if isinstance(external_id, str) else external_id
        return self._rights().trust_policy(trusted, external_id)

    def cloudformation(self, trusted: str) -> str:
        """A CloudFormation template that makes the role; the external ID is a parameter of it."""
        return self._rights().cloudformation(trusted)

    def terraform(self, trusted: str) -> str:
        """A Terraform configuration that makes the role; the external ID is a variable of it."""
        return self._rights().terraform(trusted)

    def _rights(self) -> _native.Access:
        # Its letters would be the list.
        if isinstance(self.features, str):
            raise OptionError("option `features`: expected a list of texts, got a text", "OUTLAY_OPTION")
        features = None if self.features is None else list(self.features)
        return _native.Access(self.bucket, self.prefix, features, self.partition, self.kms_key)
