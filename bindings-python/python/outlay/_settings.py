"""Settings of a connector, the same in all languages. The core defines the defaults."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypedDict

from ._arguments import flag, number, refuse, text, unknown
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
            raise TypeError(unknown(name, "a setting", sorted(ConnectorOptions.__optional_keys__)))
    config = {name: value for name, value in settings.items() if name not in _SECRETS}
    return native_config(config), *native_secrets(*(settings.get(name) for name in _SECRETS))


def native_config(config: Mapping[str, Any]) -> str:
    """Returns the configuration as JSON text. The core refuses unknown names."""
    given = {name: value for name, value in config.items() if value is not None}
    for name, value in given.items():
        if name == "path_style":
            flag(name, value)
        elif name == "retry":
            given[name] = _retry(value)
        elif name in ConnectorConfig.__optional_keys__:
            text(name, value)
    try:
        return json.dumps(given)
    except TypeError as error:
        raise OptionError(f"option `config`: {error}", "OUTLAY_OPTION") from None


def _retry(policy: Any) -> dict[str, Any]:
    if not isinstance(policy, Mapping):
        refuse("retry", "a mapping such as `{'max_attempts': 1}`", policy)
    known = sorted(RetryPolicy.__optional_keys__)
    for name, value in policy.items():
        if name not in known:
            raise OptionError(f"option `retry`: {unknown(str(name), 'a setting', known)}", "OUTLAY_OPTION")
        number(f"retry.{name}", value, "a number")
    return dict(policy)


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
    elif external_id is not None and not isinstance(external_id, ExternalId):
        refuse("external_id", "an `outlay.ExternalId` or a text", external_id, is_secret=True)
    for name, value in (("access_key_id", key), ("secret_access_key", secret), ("session_token", session_token)):
        if value is not None:
            text(name, value, is_secret=True)
    function = native_credentials(credentials)
    if key is not None and secret is not None:
        return external_id, (key, secret, session_token), function
    if key is None and secret is None and session_token is None:
        return external_id, None, function
    names = ("access_key_id", "secret_access_key")
    missing, other = names if key is None else names[::-1]
    reason = f"option `{missing}`: it comes with `{other}`, and `session_token` with both"
    raise OptionError(reason, "OUTLAY_OPTION")
