"""Credentials that a function of the caller returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ._errors import OptionError
from ._times import instant_text

CredentialsFunction = Callable[[], object]
"""A function that returns credentials, see :class:`outlay.Connector`."""

_Parts = tuple[str, str, "str | None", "float | None"]

# The names of the four values: those of outlay, of AWS in its responses, and of botocore.
_NAMES = (
    ("access_key_id", "AccessKeyId", "access_key"),
    ("secret_access_key", "SecretAccessKey", "secret_key"),
    ("session_token", "SessionToken", "token"),
    ("expires_at", "Expiration", "expires_at"),
)


def native_credentials(function: CredentialsFunction | None) -> Callable[[], _Parts] | None:
    """Returns the function that the native module calls."""
    if function is None:
        return None
    if not callable(function):
        reason = f"option `credentials`: expected a function, got {type(function).__name__}"
        raise OptionError(reason, "OUTLAY_OPTION")
    return lambda: _parts(function())


def _parts(credentials: object) -> _Parts:
    # The values are secrets, so messages have their names and types only.
    key, secret, token, expires = (_value(credentials, names) for names in _NAMES)
    for name, value in ((_NAMES[0][0], key), (_NAMES[1][0], secret)):
        if not isinstance(value, str) or not value:
            raise TypeError(f"the credentials have no `{name}`: return a mapping with access_key_id and secret_access_key")
    if token is not None and not isinstance(token, str):
        raise TypeError(f"`session_token` is a {type(token).__name__}, not a text")
    if expires is not None and not isinstance(expires, datetime):
        raise TypeError(f"`expires_at` is a {type(expires).__name__}, not a datetime")
    if expires is not None:
        instant_text(expires, "expires_at")
    return key, secret, token, None if expires is None else expires.timestamp()


def _value(credentials: object, names: tuple[str, ...]) -> Any:
    if isinstance(credentials, Mapping):
        found = (credentials.get(name) for name in names)
    else:
        found = (getattr(credentials, name, None) for name in names)
    return next((value for value in found if value is not None), None)
