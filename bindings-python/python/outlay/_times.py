"""Instants: text of RFC 3339, as the core has them, and aware datetimes in UTC."""

from __future__ import annotations

from datetime import datetime, timezone

from ._errors import OptionError


def instant(text: str) -> datetime:
    """The instant of a text that the core has written."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    moment = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return moment.replace(microsecond=int(fraction.ljust(6, "0"))) if fraction else moment


def instant_text(moment: datetime, option: str) -> str:
    """The text of an instant; `option` is what it was given for."""
    if moment.tzinfo is None:
        raise OptionError(f"option `{option}`: {moment!r} has no time zone", "OUTLAY_OPTION")
    return moment.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
