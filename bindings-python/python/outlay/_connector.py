"""The connector, which reads a report from AWS."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import _native
from ._accounts import Accounts
from ._arguments import flag, text
from ._diagnosis import Diagnosis
from ._errors import OptionError
from ._native import ExternalId
from ._options import ProgressCallback, native_options
from ._parts import Part, Plan
from ._periods import PeriodStatus, ReportDefinition
from ._progress import watch
from ._reader import Reader
from ._report import Report
from ._credentials import CredentialsFunction
from ._settings import native_config, native_secrets, native_settings
from ._tables import one_line
from ._threads import to_thread

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Self, Unpack

    from ._options import ReaderOptions
    from ._settings import ConnectorConfig, ConnectorOptions

_MONTH = "a month such as `2026-09`"


class Connector:
    """Reads a report from AWS: assumes a role, finds the report, lists its months and streams a month.

    No request is sent to AWS before a method is called. Each method has an async variant, whose name begins with ``a``: it
    waits on another thread, and stops when it is cancelled. Ctrl-C interrupts every method. A connector is thread-safe.
    One that was used before ``os.fork`` raises ``IoError`` in the child process, since its threads do not exist there:
    create another connector in the child.

    >>> import outlay
    >>> connector = outlay.Connector(
    ...     role_arn="arn:aws:iam::123456789012:role/outlay",
    ...     external_id=outlay.ExternalId("3f2c9b7e-4d55"),
    ...     report_name="daily",
    ... )
    >>> connector
    <outlay.Connector: daily in 123456789012>

    With credentials that may assume the role::

        print(connector.verify())
        reader = connector.read("2026-09", columns=["ServiceName", "BilledCost"])
        reader.to_parquet("2026-09.parquet")
        reader.check()

    Args:
        role_arn: The ARN of the role to assume. By default the caller's own credentials are used, from the default
            credential chain of AWS. The partition of the ARN (``aws``, ``aws-cn``, ``aws-us-gov``) selects the endpoints.
        external_id: The external ID that the trust policy of the role requires: an :class:`outlay.ExternalId`, or text.
        external_id_env: The environment variable that contains the external ID.
        report_name: The name of the report or export, as in its definition.
        bucket: The bucket of the report, or an address with the prefix: ``s3://bucket/prefix``. With ``report_name``, it selects one of several reports; without, it is the place
            to search, and no billing service is called.
        prefix: The prefix of the keys of the report, with ``bucket``. Objects outside it are never read.
        region: The region of the bucket. By default it is taken from the definition or requested from the bucket.
        session_name: The name of the session in the customer's CloudTrail; ``outlay`` by default.
        display_name: A name for display.
        endpoint: The URL of an endpoint other than AWS: an S3-compatible store, or a proxy.
        path_style: Whether the bucket is part of the path of URLs. By default true if ``endpoint`` is given.
        retry: Retries and timeouts of requests to AWS, see :class:`outlay.RetryPolicy`: ``{"max_attempts": 1}``.
        access_key_id: The access key of the caller, instead of the default credential chain of AWS. Requires
            ``secret_access_key``.
        secret_access_key: The secret of the access key.
        session_token: The session token of temporary credentials.
        credentials: A function that returns the caller's credentials, instead of the default credential chain of AWS: a mapping
            with ``access_key_id``, ``secret_access_key`` and, if they are temporary, ``session_token`` and ``expires_at`` (a
            ``datetime`` with a time zone); what STS returns as ``Credentials``; or credentials of botocore:
            ``lambda: boto3.Session().get_credentials().get_frozen_credentials()``. It is called on another thread, for the first
            request and again before the credentials expire.

    Raises:
        OptionError: for an invalid setting, which the message names. Error messages and ``repr`` do not contain secrets.
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
        credentials: CredentialsFunction | None = None,
    ) -> Self:
        """Creates a connector from a configuration, as :attr:`config` returns it, and separate secrets.

        >>> import outlay
        >>> config = {"role_arn": "arn:aws:iam::123456789012:role/outlay", "report_name": "daily"}
        >>> outlay.Connector.from_config(config, external_id="3f2c9b7e-4d55").config == config
        True
        """
        # The message does not show the value, since it may be a secret in the wrong argument.
        if not isinstance(config, Mapping):
            raise OptionError(f"option `config`: expected a mapping, got {type(config).__name__}", "OUTLAY_OPTION")
        secrets = native_secrets(external_id, access_key_id, secret_access_key, session_token, credentials)
        return cls._wrap(_native.Connector(native_config(config), *secrets))

    @classmethod
    def _wrap(cls, native: _native.Connector) -> Self:
        connector = cls.__new__(cls)
        connector._native = native
        return connector

    # Properties

    @property
    def config(self) -> ConnectorConfig:
        """The settings, without secrets, for :meth:`from_config`."""
        config: ConnectorConfig = json.loads(self._native.config)
        return config

    @property
    def account(self) -> str | None:
        """The AWS account of the role, as 12 digits; ``None`` without a role."""
        return self._native.account

    def __repr__(self) -> str:
        config = self.config
        place = "/".join(filter(None, (config.get("bucket"), config.get("prefix"))))
        name = config.get("display_name") or config.get("report_name") or f"s3://{place}"
        return one_line(f"<outlay.Connector: {name}{f' in {self.account}' if self.account else ''}>")

    def reconfigure(self, **settings: Unpack[ConnectorOptions]) -> Connector:
        """Creates a connector with other settings. All settings must be given, including secrets, which are not copied.

        The account of the role must stay the same. For another account, create a new connector.

        Raises:
            OptionError: for another account, and for an invalid setting.
        """
        return Connector._wrap(self._native.reconfigure(*native_settings(settings)))

    # Requests

    def verify(self, *, cost_explorer: bool = True) -> Diagnosis:
        """Checks every requirement for reading the report, and returns the observed state and the required change of each.

        It changes nothing in AWS and can be repeated. Failures are part of the diagnosis and are not raised.

        Args:
            cost_explorer: Whether one request is sent to Cost Explorer, for which AWS charges 0.01 USD.
        """
        return self._verify(cost_explorer, None)

    async def averify(self, *, cost_explorer: bool = True) -> Diagnosis:
        """:meth:`verify` for async code."""
        return await to_thread(self._verify, cost_explorer)

    def _verify(self, cost_explorer: bool, stop: _native.Stop | None) -> Diagnosis:
        return Diagnosis._of(*self._native.verify(flag("cost_explorer", cost_explorer), stop))

    def discover(self) -> Accounts:
        """Lists the payer account and its linked accounts.

        The accounts come from AWS Organizations, if access is allowed, and from the report. The newest month with rows is
        read, and in the first week of a month the month before as well. Later reads use the names for accounts without a
        name in the report.

        If one of the two sources is not available, the result has a warning: ``no_organization``, ``no_payer`` or
        ``no_report``.

        Raises:
            OutlayError: the same errors as :meth:`read`, if neither source is available.
        """
        return self._discover(None)

    async def adiscover(self) -> Accounts:
        """:meth:`discover` for async code."""
        return await to_thread(self._discover)

    def _discover(self, stop: _native.Stop | None) -> Accounts:
        return Accounts.from_dict(json.loads(self._native.discover(stop)))

    def reports(self) -> list[ReportDefinition]:
        """Lists all reports and exports of the account.

        Raises:
            DeniedError: if neither kind may be listed.
        """
        return self._reports(None)

    async def areports(self) -> list[ReportDefinition]:
        """:meth:`reports` for async code."""
        return await to_thread(self._reports)

    def _reports(self, stop: _native.Stop | None) -> list[ReportDefinition]:
        return [ReportDefinition._of(values) for values in json.loads(self._native.reports(stop))]

    def periods(self) -> list[PeriodStatus]:
        """Lists the months of the report in chronological order, each with its newest delivery.

        A month with an invalid manifest or missing parts, or that AWS is overwriting at this moment, has the state
        ``unreadable`` and a ``problem``.

        Raises:
            NoReportError: if no report or more than one matches, or if no object has the given prefix; its ``candidates``
                are the prefixes and objects next to it.
            DeniedError: if listing or reading is not allowed.
        """
        return self._periods(None)

    async def aperiods(self) -> list[PeriodStatus]:
        """:meth:`periods` for async code."""
        return await to_thread(self._periods)

    def _periods(self, stop: _native.Stop | None) -> list[PeriodStatus]:
        return [PeriodStatus._of(values) for values in json.loads(self._native.periods(stop))]

    def read(self, period: str, *, progress: bool | ProgressCallback = False, **options: Unpack[ReaderOptions]) -> Reader:
        """Opens a month, such as ``2026-09``, and streams it from S3. The options are those of :func:`outlay.read`.

        Objects are fetched in ranges ahead of the reader. Interrupted requests are resumed, and deliveries are never mixed.
        If AWS rewrites the month during the read, the read restarts, provided that no batch was returned yet or that it
        writes a file by ``to_parquet``, ``to_ipc`` or ``to_csv``. Otherwise it ends with ``SourceChangedError``.

        Raises:
            NotDeliveredError: if nothing was delivered for that month yet.
            OptionError: if ``period`` or an option is invalid.
            OutlayError: the errors of :meth:`periods`, and the reason if the month cannot be read.
        """
        return self._read(period, options, progress, None)

    async def aread(self, period: str, *, progress: bool | ProgressCallback = False, **options: Unpack[ReaderOptions]) -> Reader:
        """:meth:`read` for async code; ``async for`` reads on other threads."""
        return await to_thread(self._read, period, options, progress)

    def _read(self, period: str, options: ReaderOptions, progress: bool | ProgressCallback, stop: _native.Stop | None) -> Reader:
        reader = self._native.read(text("period", period, _MONTH), native_options(options), watch(progress), stop)
        return Reader(reader, lambda: self._open(period, options, None))

    def open(self, period: str, **options: Unpack[ReaderOptions]) -> Report:
        """Returns a month as a report that can be read any number of times. Its objects and their ETags are selected now; a pass
        raises ``SourceChangedError`` if one of them was replaced.

        Raises:
            OutlayError: the errors of :meth:`read`.
        """
        return self._open(period, options, None)

    async def aopen(self, period: str, **options: Unpack[ReaderOptions]) -> Report:
        """:meth:`open` for async code."""
        return await to_thread(self._open, period, options)

    def _open(self, period: str, options: ReaderOptions, stop: _native.Stop | None) -> Report:
        return Report(self._native.open(text("period", period, _MONTH), native_options(options), stop))

    def plan(self, period: str, **options: Unpack[ReaderOptions]) -> Plan:
        """Lists the parts of a month as plain values without credentials, which can be pickled. :meth:`read_part` reads one.

        The options must be those of the read: with ``schema="cur"`` each part contains the columns of all parts.
        """
        return self._plan(period, options, None)

    async def aplan(self, period: str, **options: Unpack[ReaderOptions]) -> Plan:
        """:meth:`plan` for async code."""
        return await to_thread(self._plan, period, options)

    def _plan(self, period: str, options: ReaderOptions, stop: _native.Stop | None) -> Plan:
        return Plan.from_json(self._native.plan(text("period", period, _MONTH), native_options(options), stop))

    def read_part(self, part: Part, *, progress: bool | ProgressCallback = False, **options: Unpack[ReaderOptions]) -> Reader:
        """Opens one part of a plan. The options must be those of the plan.

        The read ends with ``SourceChangedError`` if the object was replaced since the plan was created.
        """
        return self._read_part(part, options, progress, None)

    async def aread_part(self, part: Part, *, progress: bool | ProgressCallback = False, **options: Unpack[ReaderOptions]) -> Reader:
        """:meth:`read_part` for async code."""
        return await to_thread(self._read_part, part, options, progress)

    def _read_part(self, part: Part, options: ReaderOptions, progress: bool | ProgressCallback, stop: _native.Stop | None) -> Reader:
        return Reader(self._native.read_part(part.to_json(), native_options(options), watch(progress), stop))

    def spool(self, period: str, folder: str | os.PathLike[str]) -> Path:
        """Downloads a month into the folder ``folder/2026-09``, and returns the path of its manifest.

        :func:`outlay.read` accepts that path. The download uses a temporary folder beside the target and renames it when it
        is complete. An earlier download of the same month is replaced. If AWS rewrites the month during the download, it
        restarts, at most three times.

        Raises:
            IoError: if ``folder/2026-09`` contains anything else. It then stays unchanged.
            OutlayError: the errors of :meth:`read`.
        """
        return self._spool(period, folder, None)

    async def aspool(self, period: str, folder: str | os.PathLike[str]) -> Path:
        """:meth:`spool` for async code."""
        return await to_thread(self._spool, period, folder)

    def _spool(self, period: str, folder: str | os.PathLike[str], stop: _native.Stop | None) -> Path:
        return self._native.spool(text("period", period, _MONTH), os.fspath(folder), stop)
