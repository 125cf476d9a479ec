#!/usr/bin/env python3
"""Generates `report/`: a small legacy report with a manifest and three parts, which contains every line item type; and for the
cookbook `shop/` and `shop-china/`: two months in dollars, in which prices change, and a month in renminbi.

Usage and tax rows are genuine: the first 150 of an anonymised report of November 2023, from finopsfoundation/
focus_converters (MIT), with an invoice id added so that the month is final. No genuine reports of commitments,
discounts and refunds are available; those rows are invented, with amounts that are consistent as described in AWS's user
guide. Run it in this folder. It requires only Python and writes the same bytes each time.
"""

import csv
import gzip
import io
import json
import pathlib
from decimal import Decimal

HERE = pathlib.Path(__file__).parent
GENUINE = HERE / "../../core/tests/data/samples/legacy-csv-daily-2023-11.csv.gz"
REPORT, ASSEMBLY, PERIOD = "daily", "20231203T053621Z", "20231101-20231201"
PAYER, MEMBER, INVOICE = "123412340534", "444455556666", "1594200001"
PLAN = f"arn:aws:savingsplans::{PAYER}:savingsplan/11111111-2222-3333-4444-555555555555"
RESERVATION = f"arn:aws:ec2:us-east-1:{PAYER}:reserved-instances/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
MORE = [
    "lineItem/ResourceId", "product/instanceType", "product/vcpu", "product/memory", "product/operatingSystem",
    "pricing/PurchaseOption", "reservation/ReservationARN", "savingsPlan/PaymentOption", "resourceTags/user:Team",
    "resourceTags/user:Name", "resourceTags/aws:createdBy", "costCategory/Environment",
]

with gzip.open(GENUINE, "rt", newline="") as file:
    genuine = list(csv.DictReader(file))
header = list(genuine[0]) + [column for column in MORE if column not in genuine[0]]

COMMON = {
    "bill/InvoiceId": INVOICE, "bill/InvoicingEntity": "Amazon Web Services, Inc.", "bill/BillingEntity": "AWS",
    "bill/BillType": "Anniversary", "bill/PayerAccountId": PAYER, "lineItem/UsageAccountId": MEMBER,
    "bill/BillingPeriodStartDate": "2023-11-01T00:00:00.000Z", "bill/BillingPeriodEndDate": "2023-12-01T00:00:00.000Z",
    "lineItem/CurrencyCode": "USD", "lineItem/LegalEntity": "Amazon Web Services, Inc.", "pricing/currency": "USD",
    "lineItem/UsageStartDate": "2023-11-01T00:00:00.000Z", "lineItem/UsageEndDate": "2023-11-02T00:00:00.000Z",
}
EC2 = {
    "lineItem/ProductCode": "AmazonEC2", "product/ProductName": "Amazon Elastic Compute Cloud",
    "product/productFamily": "Compute Instance", "product/region": "us-east-1", "product/regionCode": "us-east-1",
    "product/sku": "JRTCKXETXF6YS6EN", "product/instanceType": "m5.large", "product/vcpu": "2", "product/memory": "8 GiB",
    "product/operatingSystem": "Linux", "lineItem/UsageType": "BoxUsage:m5.large", "lineItem/Operation": "RunInstances",
    "pricing/unit": "Hrs", "pricing/RateCode": "JRTCKXETXF6YS6EN.JRTCKXETXF.6YS6EN2CT7",
}
PLANS = {
    "lineItem/ProductCode": "ComputeSavingsPlans", "product/ProductName": "Savings Plans for AWS Compute usage",
    "product/sku": "SPSKCOMPUTE1YR", "savingsPlan/SavingsPlanARN": PLAN, "savingsPlan/PaymentOption": "Partial Upfront",
}
TAGS = {
    "resourceTags/user:Team": "Search, \"Ranking\"", "resourceTags/user:Name": "web-1",
    "resourceTags/aws:createdBy": "AssumedRole:deploy", "costCategory/Environment": "prod",
}


def row(kind, cost, description, *cells, **named):
    made = dict(COMMON)
    for cell in cells:
        made.update(cell)
    made.update({"lineItem/LineItemType": kind, "lineItem/UnblendedCost": cost, "lineItem/LineItemDescription": description})
    made.update({column.replace("__", "/"): value for column, value in named.items()})
    number = len(rows) + 1
    made["identity/LineItemId"] = f"made{number:048d}"
    made["identity/TimeInterval"] = f"{made['lineItem/UsageStartDate']}/{made['lineItem/UsageEndDate']}"
    rows.append(made)


rows = []
for day in ("01", "02"):
    times = {
        "lineItem/UsageStartDate": f"2023-11-{day}T00:00:00.000Z",
        "lineItem/UsageEndDate": f"2023-11-{int(day) + 1:02d}T00:00:00.000Z",
    }
    for resource, quantity, cost, effective in (
        ("i-0aaa1111111111111", "24.0", "2.304", "1.44"), ("i-0bbb2222222222222", "12.0", "1.152", "0.72"),
    ):
        row("SavingsPlanCoveredUsage", cost, "$0.096 per On Demand Linux m5.large Instance Hour", EC2, TAGS, times, {
            "lineItem/ResourceId": resource, "lineItem/UsageAmount": quantity, "lineItem/AvailabilityZone": "us-east-1a",
            "pricing/publicOnDemandCost": cost, "pricing/publicOnDemandRate": "0.096", "lineItem/UnblendedRate": "0.096",
            "savingsPlan/SavingsPlanARN": PLAN, "savingsPlan/SavingsPlanEffectiveCost": effective,
            "savingsPlan/SavingsPlanRate": "0.06", "savingsPlan/PaymentOption": "Partial Upfront",
        })
    row("SavingsPlanNegation", "-3.456", "SavingsPlanNegation used by BoxUsage:m5.large", EC2, times, {
        "lineItem/UsageAmount": "-36.0", "savingsPlan/SavingsPlanARN": PLAN, "lineItem/AvailabilityZone": "us-east-1a",
        "pricing/unit": "", "pricing/RateCode": "", "product/sku": "",
    })
    row("SavingsPlanRecurringFee", "1.2", "1 year Partial Upfront Compute Savings Plan", PLANS, times, {
        "lineItem/UsageAccountId": PAYER, "lineItem/UsageType": "ComputeSP:1yrPartialUpfront", "lineItem/UsageAmount": "24.0",
        "pricing/unit": "Hrs", "savingsPlan/TotalCommitmentToDate": "2.4", "savingsPlan/UsedCommitment": "2.16",
        "savingsPlan/RecurringCommitmentForBillingPeriod": "1.2",
        "savingsPlan/AmortizedUpfrontCommitmentForBillingPeriod": "1.2",
    })
row("SavingsPlanUpfrontFee", "438.0", "USD 438 one-time fee for 1 year Partial Upfront Compute Savings Plan", PLANS, {
    "bill/BillType": "Purchase", "lineItem/UsageAccountId": PAYER, "lineItem/UsageAmount": "1.0",
    "lineItem/UsageType": "ComputeSP:1yrPartialUpfront", "lineItem/UsageEndDate": "2024-11-01T00:00:00.000Z",
})
MONTH = {"lineItem/UsageStartDate": "2023-11-01T00:00:00.000Z", "lineItem/UsageEndDate": "2023-11-30T23:59:59.000Z"}
row("DiscountedUsage", "0.0", "Linux/UNIX (Amazon VPC), m5.large reserved instance applied", EC2, TAGS, MONTH, {
    "lineItem/UsageEndDate": "2023-12-01T00:00:00.000Z", "lineItem/ResourceId": "i-0ccc3333333333333",
    "lineItem/UsageAmount": "700.0", "lineItem/NormalizationFactor": "4.0", "lineItem/NormalizedUsageAmount": "2800.0",
    "pricing/publicOnDemandCost": "67.2", "pricing/publicOnDemandRate": "0.096", "reservation/ReservationARN": RESERVATION,
    "reservation/EffectiveCost": "42.0", "reservation/AmortizedUpfrontCostForUsage": "21.0",
    "reservation/RecurringFeeForUsage": "21.0", "lineItem/UnblendedRate": "0.0",
})
row("RIFee", "21.6", "USD 0.03 hourly fee per Linux/UNIX (Amazon VPC), m5.large instance", EC2, MONTH, {
    "lineItem/UsageAccountId": PAYER, "lineItem/UsageType": "HeavyUsage:m5.large", "lineItem/UsageAmount": "720.0",
    "lineItem/UnblendedRate": "0.03", "reservation/ReservationARN": RESERVATION, "reservation/NumberOfReservations": "1",
    "reservation/TotalReservedUnits": "720.0", "reservation/TotalReservedNormalizedUnits": "2880.0",
    "reservation/AmortizedUpfrontFeeForBillingPeriod": "21.6", "reservation/UnusedQuantity": "20.0",
    "reservation/UnusedNormalizedUnitQuantity": "80.0", "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod": "0.6",
    "reservation/UnusedRecurringFee": "0.6",
})
row("Fee", "262.8", "Sign up charge for reserved instance", EC2, {
    "bill/BillType": "Purchase", "lineItem/UsageAccountId": PAYER, "lineItem/UsageType": "HeavyUsage:m5.large",
    "lineItem/UsageAmount": "1.0", "lineItem/UsageEndDate": "2024-11-01T00:00:00.000Z", "pricing/unit": "",
    "reservation/ReservationARN": RESERVATION, "reservation/NormalizedUnitsPerReservation": "4.0",
    "reservation/NumberOfReservations": "1", "reservation/StartTime": "2023-11-01T00:00:00.000Z",
    "reservation/EndTime": "2024-11-01T00:00:00.000Z",
})
row("Fee", "100.0", "AWS Support (Business)", MONTH, {
    "lineItem/ProductCode": "AWSSupportBusiness", "product/ProductName": "AWS Support (Business)",
    "lineItem/UsageAccountId": PAYER, "lineItem/UsageAmount": "1.0", "product/sku": "SUPPORTBUSINESS1",
    "lineItem/UsageType": "Dollar",
})
row("FlatRateSubscription", "15.0", "Flat-rate plan, one month", MONTH, {
    "lineItem/ProductCode": "AmazonCloudFront", "product/ProductName": "Amazon CloudFront", "lineItem/UsageAmount": "1.0",
    "product/sku": "CLOUDFRONTPLAN01", "lineItem/UsageType": "Global-FlatRatePlan",
})
row("Credit", "-25.0", "Promotional credit", EC2)
row("Refund", "-12.5", "Refund of October", EC2, {
    "bill/BillType": "Refund", "lineItem/UsageStartDate": "2023-10-01T00:00:00.000Z",
    "lineItem/UsageEndDate": "2023-11-01T00:00:00.000Z",
})
for kind, cost in (
    ("EdpDiscount", "-1.152"), ("PrivateRateDiscount", "-0.5"), ("SppDiscount", "-0.25"),
    ("SolutionProviderProgramDiscount", "-0.2"), ("DistributorDiscount", "-0.1"), ("BundledDiscount", "-0.045"),
    ("RiVolumeDiscount", "-0.04"), ("Discount", "-0.03"),
):
    row(kind, cost, kind, EC2, {"product/sku": "", "pricing/RateCode": "", "pricing/unit": ""})



def write(folder, report, period, assembly, header, parts):
    """Writes the delivery of a month in the layout of AWS."""
    place = HERE / folder / period
    (place / assembly).mkdir(parents=True, exist_ok=True)
    keys = []
    for number, part in enumerate(parts, 1):
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, header, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(part)
        key = f"reports/{report}/{period}/{assembly}/{report}-{number:05d}.csv.gz"
        (place / assembly / f"{report}-{number:05d}.csv.gz").write_bytes(gzip.compress(text.getvalue().encode(), 9, mtime=0))
        keys.append(key)
    start, end = period.split("-")
    manifest = {
        "assemblyId": assembly, "account": parts[0][0]["bill/PayerAccountId"],
        "columns": [{"category": column.split("/")[0], "name": column.split("/", 1)[1]} for column in header],
        "charset": "UTF-8", "compression": "GZIP", "contentType": "text/csv", "reportName": report,
        "billingPeriod": {"start": f"{start}T000000.000Z", "end": f"{end}T000000.000Z"},
        "bucket": "example-billing", "reportKeys": keys, "additionalArtifactKeys": [],
    }
    text = json.dumps(manifest, indent=1) + "\n"
    (place / f"{report}-Manifest.json").write_text(text)
    (place / assembly / f"{report}-Manifest.json").write_text(text)


usage = [line | {"bill/InvoiceId": INVOICE} for line in genuine[:150]]
write("report", REPORT, PERIOD, ASSEMBLY, header, [usage[:90], usage[90:] + rows[:10], rows[10:]])


# Two months of a shop, and a month of its branch in China, which AWS bills in another currency. All of it is invented.
SHOP, WEB, DATA, CHINA = "210987654321", "321098765432", "432109876543", "543210987654"


def product(code, name, family, usage_type, operation, sku, unit, **named):
    """Returns the cells of a product."""
    return {column.replace("__", "/"): value for column, value in named.items()} | {
        "lineItem/ProductCode": code, "product/ProductName": name, "product/productFamily": family,
        "lineItem/UsageType": usage_type, "lineItem/Operation": operation, "product/sku": sku, "pricing/unit": unit,
        "pricing/RateCode": f"{sku}.JRTCKXETXF.6YS6EN2CT7",
    }


def compute(usage_type, sku):
    return product(
        "AmazonEC2", "Amazon Elastic Compute Cloud", "Compute Instance", usage_type, "RunInstances", sku, "Hrs",
        product__instanceType=usage_type.split(":")[1],
    )


def storage(usage_type, sku):
    return product("AmazonS3", "Amazon Simple Storage Service", "Storage", usage_type, "StandardStorage", sku, "GB-Mo")


DATABASE = product(
    "AmazonRDS", "Amazon Relational Database Service", "Database Instance", "InstanceUsage:db.m5.large", "CreateDBInstance:0002",
    "RDSM5LARGEUSEAS1", "Hrs",
)
TRANSFER = product(
    "AmazonEC2", "Amazon Elastic Compute Cloud", "Data Transfer", "DataTransfer-Out-Bytes", "RunInstances",
    "TRANSFEROUTUSEA1", "GB", product__transferType="AWS Outbound",
)
ADDRESS = product(
    "AmazonVPC", "Amazon Virtual Private Cloud", "VPC Public IPv4 Address", "PublicIPv4:InUseAddress", "AllocateAddressVPC",
    "IPV4INUSEUSEAST1", "Hrs",
)


def used(month, payer, account, place, what, rate, amount, resource, team=""):
    """Adds a month of usage. `place` is a region and a currency."""
    region, currency = place
    start, end = f"2026-{month:02d}-01T00:00:00.000Z", f"2026-{month + 1:02d}-01T00:00:00.000Z"
    cost = str(Decimal(rate) * Decimal(amount))
    row("Usage", cost, f"{rate} {currency} per {what['pricing/unit']} of {what['lineItem/UsageType']}", what, {
        "bill/PayerAccountId": payer, "lineItem/UsageAccountId": account, "bill/InvoiceId": f"15942{month:02d}001",
        "bill/BillingPeriodStartDate": start, "bill/BillingPeriodEndDate": end,
        "lineItem/UsageStartDate": start, "lineItem/UsageEndDate": end,
        "lineItem/UsageAmount": amount, "lineItem/UnblendedRate": rate, "lineItem/ResourceId": resource,
        "pricing/publicOnDemandRate": rate, "pricing/publicOnDemandCost": cost, "resourceTags/user:Team": team,
        "product/region": region, "product/regionCode": region, "lineItem/CurrencyCode": currency, "pricing/currency": currency,
    })


def write_month(report, month):
    cells = [column for column in header if any(line.get(column) for line in rows)]
    write(report, report, f"2026{month:02d}01-2026{month + 1:02d}01", f"2026{month + 1:02d}03T060000Z", cells, [rows])


VIRGINIA, NINGXIA = ("us-east-1", "USD"), ("cn-northwest-1", "CNY")
# The second month has another instance, another price of c5.xlarge, and a price of addresses, which were free before.
for month, hours, c5_price, address_price, stored, sent in (
    (8, "744", "0.17", "0", "1000", "500"), (9, "720", "0.153", "0.005", "1200", "650"),
):
    rows = []
    web, data, m5 = (month, SHOP, WEB, VIRGINIA), (month, SHOP, DATA, VIRGINIA), compute("BoxUsage:m5.large", "JRTCKXETXF6YS6EN")
    used(*web, m5, "0.096", hours, "i-0ddd4444444444444", "Web")
    if month == 9:
        used(*web, m5, "0.096", hours, "i-0eee5555555555555", "Web")
    used(*web, DATABASE, "0.171", hours, f"arn:aws:rds:us-east-1:{WEB}:db:orders", "Web")
    used(*web, TRANSFER, "0.09", sent, "i-0ddd4444444444444")
    used(*web, ADDRESS, address_price, hours, f"arn:aws:ec2:us-east-1:{WEB}:elastic-ip/eipalloc-0ddd4444444444444")
    used(*data, compute("BoxUsage:c5.xlarge", "C5XLARGEUSEAST12"), c5_price, hours, "i-0fff6666666666666", "Data")
    used(*data, storage("TimedStorage-ByteHrs", "S3STANDARDUSEAS1"), "0.023", stored, "shop-events")
    write_month("shop", month)

COMMON |= {column: "Ningxia Western Cloud Data Technology Co. Ltd." for column in ("bill/InvoicingEntity", "lineItem/LegalEntity")}
rows, china = [], (9, CHINA, CHINA, NINGXIA)
used(*china, compute("CNW1-BoxUsage:m5.large", "M5LARGECNNORTHW1"), "0.665", "720", "i-0abc7777777777777", "Web")
used(*china, storage("CNW1-TimedStorage-ByteHrs", "S3STANDARDCNNOW1"), "0.1755", "200", "shop-china-events")
write_month("shop-china", 9)
