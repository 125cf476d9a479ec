"""Assumes a role and writes a month of a report to a file: verifies, discovers, lists the months, reads one.

    python connect.py --report NAME | --location s3://BUCKET/PREFIX [--role ARN] [--external-id-env VARIABLE]
        [--endpoint URL] [--region REGION] [--period YYYY-MM] [--output FILE.parquet|.csv|.arrow]
    python connect.py --demo [--output FILE]

The output file is replaced only if no check of the read is broken.

With ``--demo`` it starts a simulated cloud on this machine, with cargo, and reads the report in ``examples/data`` from it.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import outlay

ROOT = Path(__file__).resolve().parents[2]
KINDS = {".parquet": outlay.Reader.to_parquet, ".csv": outlay.Reader.to_csv, ".arrow": outlay.Reader.to_ipc}


def connect(connector: outlay.Connector, period: str | None, output: Path | None) -> bool:
    """Runs all steps. Returns whether the set-up is ready, a month can be read, and no check of the read is broken."""
    diagnosis = connector.verify()
    print(diagnosis, end="\n\n")
    if not diagnosis.is_ready:
        return False
    accounts = connector.discover()
    for account in accounts.accounts:
        print(account.id, account.name or "", account.state, "(pays)" if account.is_payer else "")
    for warning in accounts.warnings:
        print(f"warning: {warning.message}")
    print()
    months = connector.periods()
    for month in months:
        parts = () if month.delivery is None else month.delivery.parts
        print(month.period, month.state, f"{len(parts)} parts, {sum(part.size for part in parts):,} bytes")
    unreadable = [month for month in months if month.problem is not None]
    for month in unreadable:
        print(f"{month.period}: {month.problem}")
    delivered = [month.period for month in months if month.delivery is not None]
    if period is None and not delivered:
        print("\nnothing can be read" if unreadable else "\nnothing is delivered yet")
        return not unreadable
    reader = connector.read(period or delivered[-1])
    if output is None:
        for _ in reader:
            pass
    else:
        save(reader, output)
    print(f"\n{reader.totals}")
    return reader.totals.outcome != "unproven"


def save(reader: outlay.Reader, output: Path) -> None:
    """Writes a temporary file, and renames it to the output file unless a check of the read is broken."""
    # The extension is kept, because it selects the format.
    draft = output.with_name(f".{output.stem}-{os.getpid()}{output.suffix}")
    try:
        KINDS[output.suffix](reader, draft)
        if reader.totals.outcome == "unproven":
            print(f"\n{output} is not written, since the read is unproven")
        else:
            draft.replace(output)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def demo() -> Iterator[outlay.Connector]:
    """Returns a connector to a simulated cloud on this machine, which runs until the context ends."""
    payer, bucket, key = "123412340534", "example-billing", "AKIAFINOPS0000000000"
    role, external_id = f"arn:aws:iam::{payer}:role/outlay", outlay.ExternalId.generate()
    report = {"TimeUnit": "HOURLY", "Format": "textORcsv", "Compression": "GZIP", "RefreshClosedReports": True}
    report |= {"AdditionalSchemaElements": ["RESOURCES"], "ReportVersioning": "CREATE_NEW_REPORT"}
    report |= {"ReportName": "daily", "S3Bucket": bucket, "S3Prefix": "reports", "S3Region": "us-east-1"}
    folder = {"path": str(ROOT / "examples/data/report"), "prefix": "reports/daily/"}
    accounts = [{"id": payer, "name": "Payer"}, {"id": "444455556666", "name": "Shop"}]
    accounts = [{**account, "state": "ACTIVE"} for account in accounts]
    world = {
        "users": [{"arn": "arn:aws:iam::999988887777:user/finops", "access_key_id": key}],
        "roles": [{"arn": role, "external_id": external_id.reveal()}],
        "buckets": [{"name": bucket, "owner": payer, "folders": [folder]}],
        "reports": [{"account": payer, **report}],
        "organization": {"id": "o-example", "management": payer, "accounts": accounts},
    }
    command = ["cargo", "run", "--quiet", "--locked", "-p", "outlay-cloud"]
    pipe = subprocess.PIPE
    # The cloud ends at the end of its standard input.
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as cloud:
        cloud.stdin.write(json.dumps(world))
        cloud.stdin.flush()
        yield outlay.Connector(
            endpoint=json.loads(cloud.stdout.readline())["endpoint"],
            access_key_id=key,
            secret_access_key="of-no-account",
            role_arn=role,
            external_id=external_id,
            report_name="daily",
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--demo", action="store_true", help="read from a cloud that this program starts")
    parser.add_argument("--report", help="the report's name")
    parser.add_argument("--location", help="its bucket and prefix, as s3://BUCKET/PREFIX")
    for name in ("role", "external-id-env", "endpoint", "region", "period"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--output", type=Path, help=f"a file to write; its name ends in {', '.join(KINDS)}")
    given = parser.parse_args()
    if given.output is not None and given.output.suffix not in KINDS:
        parser.error(f"{given.output} ends in none of {', '.join(KINDS)}")
    try:
        if given.demo:
            with demo() as connector:
                return 0 if connect(connector, given.period, given.output) else 1
        connector = outlay.Connector(
            role_arn=given.role,
            external_id_env=given.external_id_env,
            report_name=given.report,
            bucket=given.location and f"s3://{given.location.removeprefix('s3://')}",
            endpoint=given.endpoint,
            region=given.region,
        )
        return 0 if connect(connector, given.period, given.output) else 1
    except outlay.OutlayError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
