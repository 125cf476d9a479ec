"""The connector: from a role and a report's name to accounts, months and batches."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import _native
from ._accounts import Accounts
from ._diagnosis import Diagnosis
from ._errors import OptionError
from ._native import ExternalId
from ._options import ProgressCallback, native_options
from ._parts import Part, Plan
from ._periods import PeriodStatus, ReportDefinition
from ._progress import watch
from ._reader import Reader
from ._settings import native_secrets, native_settings
from ._threads import to_thread

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Self, Unpack

    from ._options import ReaderOptions
    from ._settings import ConnectorConfig, ConnectorOptions


class Connector:
    """Reads a report where AWS delivers it: assumes a role, finds the report, lists its months, streams one.

    Nothing is asked of AWS before a method is called. Each has a twin for async code, whose name begins with ``a``: it
    waits on another thread, and stops when it is cancelled. Ctrl-C ends whatever waits. Several threads can use a
    connector at once. One that was used before ``os.fork`` raises ``IoError`` in the child, which has none of its
    threads: make another one there.

    >>> import outlay
    >>> connector = outlay.Connector(
    ...     role_arn="arn:aws:iam::123456789012:role/outlay",
    ...     external_id=outlay.ExternalId("3f2c9b7e-4d55"),
    ...     report_name="daily",
    ... )
    >>> connector
    <outlay.Connector: daily in 123456789012>

    Then, with credentials that may assume the role::

        print(connector.verify())
        reader = connector.read("2026-09", columns=["ServiceName", "BilledCost"])
        reader.to_parquet("2026-09.parquet")
        reader.check()

    Args:
        role_arn: The role to assume; by default none: the caller's own credentials, found where the AWS tools find
            them. Its partition (``aws``, ``aws-cn``, ``aws-us-gov``) decides where AWS is asked.
        external_id: What the role's trust policy asks for: an :class:`outlay.ExternalId`, or its text.
        external_id_env: The environment variable that holds the external ID.
        report_name: The name of the report or export, as its definition has it.
        bucket: The bucket of the report: with a name, which of several is meant; without one, where to look, with no
            question to the billing services.
        prefix: What the report's keys begin with, with a bucket. Nothing outside it is ever read.
        region: The region of the bucket; by default as the definition or the bucket itself says.
        session_name: What the session is called in the customer's CloudTrail; ``outlay`` by default.
        display_name: A name for people.
        endpoint: Another endpoint than AWS's: an S3-compatible store, or a proxy.
        path_style: Whether buckets are part of the path; by default yes with an endpoint of one's own.
        retry: How often and how long AWS is asked, see :class:`outlay.RetryPolicy`: ``{"max_attempts": 1}``.
        access_key_id: Keys of the caller, in place of those that the AWS tools find; with ``secret_access_key``.
        secret_access_key: The secret of that key.
        session_token: The token of a key that expires.

    Raises:
        OptionError: names the setting that makes no sense. No error and no ``repr`` shows a secret.
    """

    __slots__ = ("__weakref__", "_native")

    def __init__(self, **settings: Unpack[ConnectorOptions]) -> None:
        self._native = _native.Connector(*native_settings(settings))

    @classmethod
    def from_config(
        cls,
        config: ConnectorConfig | Mapping[str, Any],
        *,
        external_id: ExternalId | str | None = None,
        access_key_id: str | None = None,
        secret_access_key: str | None = None,
        session_token: str | None = None,
    ) -> Self:
        """A connector of plain values, as :attr:`config` gives them; secrets are no part of it.

        >>> import outlay
        >>> config = {"role_arn": "arn:aws:iam::123456789012:role/outlay", "report_name": "daily"}
        >>> outlay.Connector.from_config(config, external_id="3f2c9b7e-4d55").config == config
        True
        """
        # What is given in its place is not repeated: it may be secret.
        if not isinstance(config, Mapping):
            raise OptionError(f"option `config`: expected a mapping, got {type(config).__name__}", "OUTLAY_OPTION")
        secrets = native_secrets(external_id, access_key_id, secret_access_key, session_token)
        return cls._wrap(_native.Connector(json.dumps(dict(config)), *secrets))

    @classmethod
    def _wrap(cls, native: _native.Connector) -> Self:
        connector = cls.__new__(cls)
        connector._native = native
        return connector

    # What is known of it

    @property
    def config(self) -> ConnectorConfig:
        """The settings, without secrets, for :meth:`from_config`."""
        config: ConnectorConfig = json.loads(self._native.config)
        return config

    @property
    def account(self) -> str | None:
        """The AWS account that is read: that of the role."""
        return self._native.account

    def __repr__(self) -> str:
        config = self.config
        place = "/".join(filter(None, (config.get("bucket"), config.get("prefix"))))
        name = config.get("display_name") or config.get("report_name") or f"s3://{place}"
        return f"<outlay.Connector: {name}{f' in {self.account}' if self.account else ''}>"

    def reconfigure(self, **settings: Unpack[ConnectorOptions]) -> Connector:
        """The same connector with other settings: all of those that the class takes, since secrets are not handed on.

        The account of the role must stay the same: another account is another connector.

        Raises:
            OptionError: for another account, and as the constructor does.
        """
        return Connector._wrap(self._native.reconfigure(*native_settings(settings)))

    # What it does

    def verify(self) -> Diagnosis:
        """Looks at everything that reading the report needs, and says of each what was seen and what to change.

        Nothing is changed by it, and it can be asked again. It puts one question to Cost Explorer, for which AWS
        charges 0.01 USD. What goes wrong is in the diagnosis, and is not raised.
        """
        return self._verify(None)

    async def averify(self) -> Diagnosis:
        """:meth:`verify` for async code."""
        return await to_thread(self._verify)

    def _verify(self, stop: _native.Stop | None) -> Diagnosis:
        return Diagnosis._of(*self._native.verify(stop))

    def discover(self) -> Accounts:
        """The payer account and those that are linked to it.

        Those that AWS Organizations lists, where it may be asked, and those that the report names: its newest month
        that has rows is read for that, and in the first week of it the month before as well. Reads that follow fill in
        the names where the report has none.

        That one of the two cannot be asked is a warning: ``no_organization``, ``no_payer`` or ``no_report``.

        Raises:
            OutlayError: as :meth:`read` does, when neither can be asked.
        """
        return self._discover(None)

    async def adiscover(self) -> Accounts:
        """:meth:`discover` for async code."""
        return await to_thread(self._discover)

    def _discover(self, stop: _native.Stop | None) -> Accounts:
        return Accounts.from_dict(json.loads(self._native.discover(stop)))

    def reports(self) -> list[ReportDefinition]:
        """All reports and exports that the account has.

        Raises:
            DeniedError: when neither kind may be listed.
        """
        return self._reports(None)

    async def areports(self) -> list[ReportDefinition]:
        """:meth:`reports` for async code."""
        return await to_thread(self._reports)

    def _reports(self, stop: _native.Stop | None) -> list[ReportDefinition]:
        return [ReportDefinition._of(values) for values in json.loads(self._native.reports(stop))]

    def periods(self) -> list[PeriodStatus]:
        """The months of the report, in order, each with its newest delivery.

        A month whose manifest or parts are not as they must be, or that AWS is writing over at this moment, is
        ``unreadable``, and says why.

        Raises:
            NoReportError: when the name or the place means none or several.
            DeniedError: when something may not be listed or read.
        """
        return self._periods(None)

    async def aperiods(self) -> list[PeriodStatus]:
        """:meth:`periods` for async code."""
        return await to_thread(self._periods)

    def _periods(self, stop: _native.Stop | None) -> list[PeriodStatus]:
        return [PeriodStatus._of(values) for values in json.loads(self._native.periods(stop))]

    def read(self, period: str, *, progress: bool | ProgressCallback = False, **options: Unpack[ReaderOptions]) -> Reader:
        """Opens a month, such as ``2026-09``, and streams it from S3 while it is read. Options as :func:`outlay.read`.

        Objects are fetched in pieces ahead of the reader, taken up where they break off, and never mixed with those of
        another delivery. A report that AWS writes again meanwhile is begun again while nothing of it was handed out, and
        always by ``to_parquet``, ``to_ipc`` and ``to_csv``; later the read ends with ``SourceChangedError``.

        Raises:
            NotDeliveredError: when there is nothing of that month yet.
            OptionError: when ``period`` or an option makes no sense.
            OutlayError: as :meth:`periods` does; and when the month cannot be read, why.
        """
        return self._read(period, options, progress, None)

    async def aread(self, period: str, *, progress: bool | ProgressCallback = False, **options: Unpack[ReaderOptions]) -> Reader:
        """:meth:`read` for async code; ``async for`` reads on other threads."""
        return await to_thread(self._read, period, options, progress)

    def _read(self, period: str, options: ReaderOptions, progress: bool | ProgressCallback, stop: _native.Stop | None) -> Reader:
        return Reader(self._native.read(period, native_options(options), watch(progress), stop))

    def plan(self, period: str, **options: Unpack[ReaderOptions]) -> Plan:
        """The parts of a month as plain values without credentials, which pickle; :meth:`read_part` reads one.

        Options are those of the read: with ``schema="cur"`` each part has the columns of all.
        """
        return self._plan(period, options, None)

    async def aplan(self, period: str, **options: Unpack[ReaderOptions]) -> Plan:
        """:meth:`plan` for async code."""
        return await to_thread(self._plan, period, options)

    def _plan(self, period: str, options: ReaderOptions, stop: _native.Stop | None) -> Plan:
        return Plan.from_json(self._native.plan(period, native_options(options), stop))

    def read_part(self, part: Part, *, progress: bool | ProgressCallback = False, **options: Unpack[ReaderOptions]) -> Reader:
        """Opens one part of a plan, with the options that the plan was made with.

        It ends with ``SourceChangedError`` when another object has taken its place since.
        """
        return self._read_part(part, options, progress, None)

    async def aread_part(self, part: Part, *, progress: bool | ProgressCallback = False, **options: Unpack[ReaderOptions]) -> Reader:
        """:meth:`read_part` for async code."""
        return await to_thread(self._read_part, part, options, progress)

    def _read_part(self, part: Part, options: ReaderOptions, progress: bool | ProgressCallback, stop: _native.Stop | None) -> Reader:
        return Reader(self._native.read_part(part.to_json(), native_options(options), watch(progress), stop))

    def spool(self, period: str, folder: str | os.PathLike[str]) -> Path:
        """Brings a month into a folder of its own, ``folder/2026-09``, and gives the path of its manifest.

        That path is a report for :func:`outlay.read`. The folder is built beside its place and renamed when it is
        complete. It takes the place of the same month brought before. When AWS writes the month again meanwhile, it
        starts over, three times.

        Raises:
            IoError: when ``folder/2026-09`` holds something else, which is left as it is.
            OutlayError: as :meth:`read` does.
        """
        return self._spool(period, folder, None)

    async def aspool(self, period: str, folder: str | os.PathLike[str]) -> Path:
        """:meth:`spool` for async code."""
        return await to_thread(self._spool, period, folder)

    def _spool(self, period: str, folder: str | os.PathLike[str], stop: _native.Stop | None) -> Path:
        return self._native.spool(period, os.fspath(folder), stop)
