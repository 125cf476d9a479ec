"""Conversion between RFC 3339 text and aware datetimes in UTC."""

from __future__ import annotations

from datetime import datetime, timezone

from ._errors import OptionError


def instant(text: str) -> datetime:
    """Converts the text of a time from the core to a datetime in UTC."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    moment = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return moment.replace(microsecond=int(fraction.ljust(6, "0"))) if fraction else moment


def instant_text(moment: datetime, option: str) -> str:
    """Converts an aware datetime to text. Raises ``OptionError``, which names ``option``, for a naive datetime."""
    if moment.tzinfo is None:
        raise OptionError(f"option `{option}`: {moment!r} has no time zone", "OUTLAY_OPTION")
    return moment.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
