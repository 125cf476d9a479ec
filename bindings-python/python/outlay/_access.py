"""The permissions that a connector needs: as IAM policies, and as templates that create its role."""

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
    """The minimal permissions that a connector needs for a report.

    >>> import json, outlay
    >>> access = outlay.Access("billing-123456789012", "cur/daily", features=["read", "find"])
    >>> policy = json.loads(access.permission_policy())
    >>> [statement["Sid"] for statement in policy["Statement"]]
    ['ListReport', 'ReadReport', 'FindReports', 'FindExports']
    >>> '"sts:ExternalId": "3f2c9b7e"' in access.trust_policy("210987654321", "3f2c9b7e")
    True

    Each method raises ``OptionError`` for a name that would change the meaning of a policy.
    """

    bucket: str
    """The bucket of the report, or its address with the prefix: ``s3://bucket/prefix``."""
    prefix: str = ""
    """The prefix of the keys of the report."""
    features: Sequence[Capability] | None = None
    """The features of the connector: read the report, find it by its name, list accounts, query Cost Explorer. All by
    default."""
    partition: Literal["aws", "aws-cn", "aws-us-gov"] | None = None
    """The AWS partition of the account; ``aws`` by default."""
    kms_key: str | None = None
    """The ARN of the KMS key that encrypts the bucket, if it is not the default key of S3."""

    def permission_policy(self) -> str:
        """Returns the permission policy of the role, as JSON text."""
        return self._rights().permission_policy()

    def trust_policy(self, trusted: str, external_id: ExternalId | str) -> str:
        """Returns the trust policy of the role, as JSON text.

        ``trusted`` is an account of 12 digits, or the ARN of a role or user. It may assume the role only with the external
        ID, so that another customer of the trusted account cannot use this role to read the report.
        """
        external_id = ExternalId(external_id) if isinstance(external_id, str) else external_id
        return self._rights().trust_policy(trusted, external_id)

    def cloudformation(self, trusted: str) -> str:
        """Returns a CloudFormation template that creates the role. The external ID is a parameter of the template."""
        return self._rights().cloudformation(trusted)

    def terraform(self, trusted: str) -> str:
        """Returns a Terraform configuration that creates the role. The external ID is a variable of the configuration."""
        return self._rights().terraform(trusted)

    def _rights(self) -> _native.Access:
        # `list` would split a text into its letters.
        if isinstance(self.features, str):
            raise OptionError("option `features`: expected a list of texts, got a text", "OUTLAY_OPTION")
        features = None if self.features is None else list(self.features)
        return _native.Access(self.bucket, self.prefix, features, self.partition, self.kms_key)
