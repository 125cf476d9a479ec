"""Makes reports that hold every line item type, in two billing currencies: legacy CSV and CUR 2.0.

Accounts, products, prices and resources are made up; amounts that belong together tie out, so that the reads are proven.
The same calls give the same bytes.
"""

import csv
import json
import re
from decimal import Decimal

PAYER, MEMBERS = "111122223333", ("444455556666", "777788889999")
NAMES = {PAYER: "Example Payer", MEMBERS[0]: "Example Shop", MEMBERS[1]: "Shop, \"EU\""}
CURRENCIES = ("USD", "EUR")
DAYS = 3
MONTH = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
# Products: code, name, usage type, operation, unit, rate, what a row is called, resource.
PRODUCTS = (
    ("AmazonEC2", "Amazon Elastic Compute Cloud", "BoxUsage:m5.large", "RunInstances", "Hrs", "0.096",
     "$0.096 per On Demand Linux m5.large Instance Hour", "i-0{:016x}"),
    ("AmazonS3", "Amazon Simple Storage Service", "TimedStorage-ByteHrs", "StandardStorage", "GB-Mo", "0.023",
     "$0.023 per GB - first 50 TB / month of storage used", "example-bucket-{}"),
    ("AmazonRDS", "Amazon Relational Database Service", "InstanceUsage:db.m5.large", "CreateDBInstance:0002", "Hrs",
     "0.171", "$0.171 per RDS db.m5.large instance hour; größer als nötig", "arn:aws:rds:us-east-1:444455556666:db:d{}"),
    ("AWSLambda", "AWS Lambda", "Request", "Invoke", "Requests", "0.0000002",
     "AWS Lambda - Total Requests, $0.20 per 1M", "arn:aws:lambda:us-east-1:444455556666:function:f{}"),
    ("AWSDataTransfer", "AWS Data Transfer", "DataTransfer-Out-Bytes", "", "GB", "0.09",
     "$0.090 per GB, \"first\" 10 TB / month data transfer out", ""),
    ("8abcexampleproduct", "価格 Monitor Pro", "Monitor-Hours", "Hourly", "Hrs", "0.5", "Monitor Pro – 月", ""),
)
DISCOUNTS = (
    "EdpDiscount", "PrivateRateDiscount", "SppDiscount", "SolutionProviderProgramDiscount", "DistributorDiscount",
    "BundledDiscount", "RiVolumeDiscount", "Discount",
)
# Columns without which a report is not like those of AWS; the others are what the rows below fill in.
COLUMNS = (
    "identity/LineItemId", "identity/TimeInterval", "bill/InvoiceId", "bill/InvoicingEntity", "bill/BillingEntity",
    "bill/BillType", "bill/PayerAccountId", "bill/BillingPeriodStartDate", "bill/BillingPeriodEndDate",
    "lineItem/UsageAccountId", "lineItem/LineItemType", "lineItem/UsageStartDate", "lineItem/UsageEndDate",
    "lineItem/ProductCode", "lineItem/UsageType", "lineItem/Operation", "lineItem/AvailabilityZone",
    "lineItem/ResourceId", "lineItem/UsageAmount", "lineItem/NormalizationFactor", "lineItem/NormalizedUsageAmount",
    "lineItem/CurrencyCode", "lineItem/UnblendedRate", "lineItem/UnblendedCost", "lineItem/BlendedRate",
    "lineItem/BlendedCost", "lineItem/LineItemDescription", "lineItem/TaxType", "lineItem/LegalEntity",
)


def rows():
    """The rows, each a dict of legacy columns."""
    made = []

    def row(kind, currency, cost, description, *cells):
        start, end = MONTH
        line = {
            "identity/LineItemId": f"made{len(made):048d}", "bill/InvoiceId": f"{1594200001 + CURRENCIES.index(currency)}",
            "bill/InvoicingEntity": "Amazon Web Services, Inc.", "bill/BillingEntity": "AWS", "bill/BillType": "Anniversary",
            "bill/PayerAccountId": PAYER, "lineItem/UsageAccountId": MEMBERS[0], "bill/BillingPeriodStartDate": start,
            "bill/BillingPeriodEndDate": end, "lineItem/UsageStartDate": start, "lineItem/UsageEndDate": end,
            "lineItem/CurrencyCode": currency, "lineItem/LegalEntity": "Amazon Web Services, Inc.",
            "pricing/currency": currency, "lineItem/LineItemType": kind,
            "lineItem/UnblendedCost": str(cost), "lineItem/BlendedCost": str(cost),
            "lineItem/LineItemDescription": description,
        }
        for more in cells:
            line |= more
        line["identity/TimeInterval"] = f"{line['lineItem/UsageStartDate']}/{line['lineItem/UsageEndDate']}"
        made.append(line)

    def product(number, currency, amount, unit=0):
        code, name, usage, operation, measure, rate, _, resource = PRODUCTS[number]
        sku = f"{code.upper():A<16.16}"
        cost = Decimal(rate) * Decimal(amount)
        return cost, {
            "lineItem/ProductCode": code, "product/ProductName": name, "product/sku": sku,
            "product/productFamily": "Compute Instance" if measure == "Hrs" else "Storage", "product/region": "us-east-1",
            "product/regionCode": "us-east-1", "product/servicecode": code, "product/servicename": name,
            "product/instanceType": "m5.large" if number == 0 else "", "product/operatingSystem": "Linux" if number == 0 else "",
            "lineItem/UsageType": usage, "lineItem/Operation": operation, "lineItem/UsageAmount": str(amount),
            "lineItem/ResourceId": resource.format(unit), "pricing/unit": measure, "pricing/term": "OnDemand",
            "pricing/RateCode": f"{sku}.JRTCKXETXF.6YS6EN2CT7", "pricing/RateId": f"{1000 + number}",
            "lineItem/AvailabilityZone": "us-east-1a" if number == 0 else "",
        }, {
            "pricing/publicOnDemandCost": str(cost), "pricing/publicOnDemandRate": rate, "lineItem/UnblendedRate": rate,
            "lineItem/BlendedRate": rate,
        }

    def tags(number):
        return {
            "resourceTags/user:Team": ("Search, \"Ranking\"", "Größe", "")[number % 3],
            "resourceTags/user:Name": f"web-{number}", "costCategory/Environment": ("prod", "test")[number % 2],
        }

    for currency in CURRENCIES:
        plan = f"arn:aws:savingsplans::{PAYER}:savingsplan/11111111-2222-3333-4444-{currency:0>12}".lower()
        reservation = f"arn:aws:ec2:us-east-1:{PAYER}:reserved-instances/aaaaaaaa-bbbb-cccc-dddd-{currency:0>12}"
        covered = {"savingsPlan/SavingsPlanARN": plan, "savingsPlan/PaymentOption": "Partial Upfront",
                   "savingsPlan/OfferingType": "ComputeSavingsPlans", "savingsPlan/PurchaseTerm": "1yr",
                   "savingsPlan/StartTime": "2025-12-01T00:00:00.000Z", "savingsPlan/EndTime": "2026-12-01T00:00:00.000Z"}
        taxed = Decimal(0)
        for day in range(1, DAYS + 1):
            times = {"lineItem/UsageStartDate": f"2026-01-{day:02d}T00:00:00Z",
                     "lineItem/UsageEndDate": f"2026-01-{day + 1:02d}T00:00:00Z"}
            for number in range(len(PRODUCTS)):
                for member in MEMBERS:
                    amount = Decimal(24 * (number + 1)) / (day + 1)
                    cost, cells, price = product(number, currency, amount, 10 * day + number)
                    market = {"bill/BillingEntity": "AWS Marketplace", "lineItem/LegalEntity": "Monitor Inc.",
                              "bill/InvoicingEntity": "Monitor Inc."} if number == 5 else {}
                    row("Usage", currency, cost, PRODUCTS[number][6], cells, price, times, tags(number), market,
                        {"lineItem/UsageAccountId": member})
                    taxed += cost
            _, cells, price = product(1, currency, "5", day)
            free = {"lineItem/UnblendedRate": "0", "pricing/publicOnDemandRate": "0", "pricing/publicOnDemandCost": "0",
                    "lineItem/BlendedRate": "0"}
            row("Usage", currency, "0", "$0.000 per GB under monthly free tier", cells, price, free, times)
            _, cells, price = product(0, currency, "24", day)
            spot = {"lineItem/UsageType": "SpotUsage:m5.large", "lineItem/UnblendedRate": "0.03", "lineItem/BlendedRate": "0.03"}
            row("Usage", currency, "0.72", "m5.large Linux/UNIX Spot Instance-hour", cells, price, spot, times)
            capacity = {
                "lineItem/UsageType": "UnusedBox:m5.large", "reservation/AvailabilityZone": "us-east-1a",
                "lineItem/ResourceId": f"arn:aws:ec2:us-east-1:{MEMBERS[0]}:capacity-reservation/cr-0123456789abcdef0",
            }
            row("Usage", currency, "2.304", "$0.096 per Unused Reservation Linux m5.large Instance Hour", cells, price,
                capacity, times)
            for unit, hours in ((1, "24"), (2, "12")):
                cost, cells, price = product(0, currency, hours, unit)
                row("SavingsPlanCoveredUsage", currency, cost, PRODUCTS[0][6], cells, price, covered, times, tags(unit), {
                    "savingsPlan/SavingsPlanEffectiveCost": str(Decimal("0.06") * Decimal(hours)),
                    "savingsPlan/SavingsPlanRate": "0.06",
                })
            _, cells, _ = product(0, currency, "-36")
            row("SavingsPlanNegation", currency, "-3.456", "SavingsPlanNegation used by AccountId", cells, covered, times, {
                "pricing/unit": "", "pricing/RateCode": "", "pricing/RateId": "", "product/sku": "", "lineItem/ResourceId": "",
            })
            row("SavingsPlanRecurringFee", currency, "1.2", "1 year Partial Upfront Compute Savings Plan", covered, times, {
                "lineItem/ProductCode": "ComputeSavingsPlans", "product/ProductName": "Savings Plans for AWS Compute usage",
                "product/sku": "SPSKCOMPUTE1YR00", "lineItem/UsageAccountId": PAYER, "lineItem/UsageAmount": "24",
                "lineItem/UsageType": "ComputeSP:1yrPartialUpfront", "pricing/unit": "Hrs",
                "savingsPlan/TotalCommitmentToDate": "2.4", "savingsPlan/UsedCommitment": "2.16",
                "savingsPlan/RecurringCommitmentForBillingPeriod": "1.2",
                "savingsPlan/AmortizedUpfrontCommitmentForBillingPeriod": "1.2",
            })
        row("SavingsPlanUpfrontFee", currency, "438", "438 one-time fee for 1 year Partial Upfront Savings Plan", covered, {
            "lineItem/ProductCode": "ComputeSavingsPlans", "product/ProductName": "Savings Plans for AWS Compute usage",
            "product/sku": "SPSKCOMPUTE1YR00", "lineItem/UsageAccountId": PAYER, "lineItem/UsageAmount": "1",
            "lineItem/UsageType": "ComputeSP:1yrPartialUpfront", "bill/BillType": "Purchase",
            "lineItem/UsageEndDate": "2026-12-01T00:00:00Z",
        })
        reserved = {"reservation/ReservationARN": reservation, "pricing/term": "Reserved",
                    "pricing/PurchaseOption": "Partial Upfront", "pricing/LeaseContractLength": "1yr",
                    "pricing/OfferingClass": "standard", "reservation/StartTime": "2026-01-01T00:00:00.000Z",
                    "reservation/EndTime": "2027-01-01T00:00:00.000Z", "reservation/NumberOfReservations": "1"}
        fees = {"lineItem/UsageAccountId": PAYER, "lineItem/UsageType": "HeavyUsage:m5.large", "lineItem/ResourceId": ""}
        _, cells, price = product(0, currency, "700", 3)
        row("DiscountedUsage", currency, "0", "Linux/UNIX (Amazon VPC), m5.large reserved instance applied", cells, price,
            reserved, tags(3), {
                "lineItem/NormalizationFactor": "4", "lineItem/NormalizedUsageAmount": "2800", "lineItem/UnblendedRate": "0",
                "lineItem/BlendedRate": "0", "reservation/EffectiveCost": "42", "reservation/RecurringFeeForUsage": "21",
                "reservation/AmortizedUpfrontCostForUsage": "21",
            })
        _, cells, _ = product(0, currency, "744")
        row("RIFee", currency, "22.32", "0.03 hourly fee per Linux/UNIX (Amazon VPC), m5.large instance", cells, reserved,
            fees, {
                "lineItem/UnblendedRate": "0.03", "lineItem/BlendedRate": "0.03", "lineItem/NormalizationFactor": "4",
                "lineItem/NormalizedUsageAmount": "2976", "reservation/TotalReservedUnits": "744",
                "reservation/TotalReservedNormalizedUnits": "2976", "reservation/UnitsPerReservation": "744",
                "reservation/NormalizedUnitsPerReservation": "2976", "reservation/UnusedQuantity": "44",
                "reservation/AmortizedUpfrontFeeForBillingPeriod": "22.32", "reservation/UnusedNormalizedUnitQuantity": "176",
                "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod": "1.32", "reservation/UnusedRecurringFee": "1.32",
            })
        _, cells, _ = product(0, currency, "1")
        row("Fee", currency, "262.8", "Sign up charge for reserved instance", cells, reserved, fees, {
            "bill/BillType": "Purchase", "lineItem/UsageEndDate": "2027-01-01T00:00:00Z", "pricing/unit": "",
            "lineItem/NormalizationFactor": "4", "reservation/NormalizedUnitsPerReservation": "4",
        })
        support = {"lineItem/ProductCode": "AWSSupportBusiness", "product/ProductName": "AWS Support (Business)",
                   "product/sku": "SUPPORTBUSINESS1", "lineItem/UsageType": "Dollar", "lineItem/UsageAmount": "1",
                   "lineItem/UsageAccountId": PAYER}
        row("Fee", currency, "100", "AWS Support (Business)", support)
        row("FlatRateSubscription", currency, "15", "Flat-rate plan, one month", {
            "lineItem/ProductCode": "AmazonCloudFront", "product/ProductName": "Amazon CloudFront",
            "product/sku": "CLOUDFRONTPLAN01", "lineItem/UsageType": "Global-FlatRatePlan", "lineItem/UsageAmount": "1",
        })
        ec2 = {"lineItem/ProductCode": "AmazonEC2", "product/ProductName": "Amazon Elastic Compute Cloud"}
        row("Credit", currency, "-25", "Promotional credit", ec2)
        # With a SKU and without a usage type: SkuMeter is null then, and SkuId is not.
        row("Credit", currency, "-5", "Credit for m5.large", ec2, {"product/sku": "AMAZONEC2AAAAAAA"})
        row("Refund", currency, "-12.5", "Refund of December", ec2, {
            "bill/BillType": "Refund", "lineItem/UsageStartDate": "2025-12-01T00:00:00Z",
            "lineItem/UsageEndDate": "2026-01-01T00:00:00Z", "lineItem/UsageType": "BoxUsage:m5.large",
        })
        for number, kind in enumerate(DISCOUNTS, 1):
            row(kind, currency, Decimal(number) / -100, kind, ec2)
        row("Tax", currency, (taxed / 10).quantize(Decimal("0.01")), "Tax for product code AmazonEC2", ec2, {
            "lineItem/TaxType": "VAT", "lineItem/LegalEntity": "Amazon Web Services EMEA SARL",
        })
    return made


def legacy(path):
    """Writes the rows as a legacy report."""
    lines = rows()
    more = sorted({column for line in lines for column in line} - set(COLUMNS))
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*COLUMNS, *more], restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


def cur2(path):
    """Writes the rows as CUR 2.0: other names, attributes, tags and categories as maps, and the names of the accounts."""
    own_column = {"product/productFamily", "product/region", "product/regionCode", "product/sku", "product/instanceType",
                  "product/servicecode", "product/operation"}

    def snake(name):
        words = re.sub(r"(?<=[^_/])([A-Z])", r"_\1", name.replace("/", "_/")).replace("/", "").lower()
        return re.sub("__+", "_", words)

    made, columns = [], []
    for line in rows():
        out, maps = {}, {"product": {}, "resource_tags": {}, "cost_category": {}}
        for column, cell in line.items():
            family, name = column.split("/", 1)
            if family == "resourceTags":
                maps["resource_tags"][name.replace("user:", "user_").lower()] = cell
            elif family == "costCategory":
                maps["cost_category"][name] = cell
            elif family == "product" and column not in own_column:
                maps["product"][snake(name)] = cell
            else:
                out[snake(column)] = cell
        for name, pairs in maps.items():
            out[name] = json.dumps({key: cell for key, cell in pairs.items() if cell}, ensure_ascii=False)
        out["bill_payer_account_name"] = NAMES[line["bill/PayerAccountId"]]
        out["line_item_usage_account_name"] = NAMES[line["lineItem/UsageAccountId"]]
        columns.extend(column for column in out if column not in columns)
        made.append(out)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(made)
