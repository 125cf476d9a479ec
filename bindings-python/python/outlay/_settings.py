"""Settings of a connector, the same in all languages. The core defines the defaults."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypedDict

from ._credentials import CredentialsFunction, native_credentials
from ._errors import OptionError
from ._native import ExternalId

AccessKey = tuple[str, str, str | None]

_SECRETS = ("external_id", "access_key_id", "secret_access_key", "session_token", "credentials")


class RetryPolicy(TypedDict, total=False):
    """Retries and timeouts of requests to AWS. Times are whole milliseconds. Absent settings keep their default."""

    max_attempts: int
    """Number of attempts of one request, including the first one: 1 to 100, 6 by default. With 1 there are no retries."""
    initial_backoff_ms: int
    """The maximum wait before the second attempt. It doubles with each attempt. 250 by default."""
    max_backoff_ms: int
    """The longest wait between two attempts; 8,000 by default."""
    connect_timeout_ms: int
    """The timeout to establish a connection; 5,000 by default."""
    read_timeout_ms: int
    """The timeout from the request to the first byte of the response; 20,000 by default."""
    stall_timeout_ms: int
    """The timeout for a response body without progress. The request is then repeated from that offset. 5,000 by default."""
    operation_timeout_ms: int
    """The timeout of an operation with all its attempts and waits; 45,000 by default."""


class ConnectorConfig(TypedDict, total=False):
    """The configuration of a connector, as plain values without secrets, the same in all languages."""

    role_arn: str | None
    external_id_env: str | None
    report_name: str | None
    bucket: str | None
    prefix: str | None
    region: str | None
    session_name: str | None
    display_name: str | None
    endpoint: str | None
    path_style: bool | None
    retry: RetryPolicy | None


class ConnectorOptions(ConnectorConfig, total=False):
    """The settings of :class:`outlay.Connector`, for functions that accept the same settings."""

    external_id: ExternalId | str | None
    access_key_id: str | None
    secret_access_key: str | None
    session_token: str | None
    credentials: CredentialsFunction | None


def native_settings(settings: Mapping[str, Any]) -> tuple[str, ExternalId | None, AccessKey | None, Any]:
    """Splits settings into the configuration as JSON text and the secrets, for the native module."""
    for name in settings:
        if name not in ConnectorOptions.__optional_keys__:
            raise TypeError(f"`{name}` is not a setting")
    config = {name: value for name, value in settings.items() if name not in _SECRETS and value is not None}
    return json.dumps(config), *native_secrets(*(settings.get(name) for name in _SECRETS))


def native_secrets(
    external_id: ExternalId | str | None,
    key: str | None,
    secret: str | None,
    session_token: str | None,
    credentials: CredentialsFunction | None,
) -> tuple[ExternalId | None, AccessKey | None, Any]:
    """Validates the secrets and converts them for the native module."""
    if isinstance(external_id, str):
        external_id = ExternalId(external_id)
    function = native_credentials(credentials)
    if key is not None and secret is not None:
        return external_id, (key, secret, session_token), function
    if key is None and secret is None and session_token is None:
        return external_id, None, function
    names = ("access_key_id", "secret_access_key")
    missing, other = names if key is None else names[::-1]
    reason = f"option `{missing}`: it comes with `{other}`, and `session_token` with both"
    raise OptionError(reason, "OUTLAY_OPTION")
