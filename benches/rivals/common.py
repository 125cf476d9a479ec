"""Code shared by the rivals: arguments, the columns to read, and the line of output."""

import argparse
import json
import time

TAGS = [
    "aws:createdBy", "user:Application", "user:Backup", "user:BusinessUnit", "user:Component", "user:CostCenter",
    "user:Customer", "user:DataClass", "user:Environment", "user:Expiry", "user:Function", "user:Layer",
    "user:ManagedBy", "user:Name", "user:Owner", "user:Patch", "user:Product", "user:Project", "user:Region",
    "user:Release", "user:Schedule", "user:Service", "user:Stack", "user:Team", "user:Tier",
]
TEXTS = [
    "bill/BillType", "bill/PayerAccountId", "bill/InvoiceId", "bill/InvoicingEntity", "bill/BillingPeriodStartDate",
    "bill/BillingPeriodEndDate", "lineItem/UsageAccountId", "lineItem/LineItemType", "lineItem/UsageStartDate",
    "lineItem/UsageEndDate", "lineItem/ProductCode", "lineItem/UsageType", "lineItem/Operation", "lineItem/ResourceId",
    "lineItem/CurrencyCode", "lineItem/LineItemDescription", "lineItem/LegalEntity", "product/ProductName",
    "product/regionCode", "product/sku", "pricing/RateCode", "pricing/unit", "reservation/ReservationARN",
    "savingsPlan/SavingsPlanARN",
]
NUMBERS = [
    "lineItem/UsageAmount", "lineItem/UnblendedCost", "lineItem/UnblendedRate", "pricing/publicOnDemandCost",
    "pricing/publicOnDemandRate", "reservation/EffectiveCost", "reservation/UnusedRecurringFee",
    "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod", "savingsPlan/SavingsPlanEffectiveCost",
    "savingsPlan/TotalCommitmentToDate", "savingsPlan/UsedCommitment",
]
#: Service category by product code, for the products in the reports of the benchmark.
CATEGORIES = {
    "AmazonEC2": "Compute", "AWSLambda": "Compute", "AmazonECS": "Compute", "AmazonEKS": "Compute", "AmazonS3": "Storage",
    "AmazonRDS": "Databases", "AmazonDynamoDB": "Databases", "AmazonVPC": "Networking", "AWSDataTransfer": "Networking",
    "AmazonCloudWatch": "Management and Governance", "AmazonSNS": "Integration", "AWSQueueService": "Integration",
    "awskms": "Security",
}


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("reports", nargs="+")
    parser.add_argument("--output")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


class Clock:
    """Measures the seconds from its creation to `stop`."""

    def __init__(self):
        self.start = time.perf_counter()

    def stop(self):
        self.seconds = time.perf_counter() - self.start


def report(clock, rows, billed, effective, columns):
    line = {"seconds": round(clock.seconds, 4), "rows": rows, "billed": str(billed), "effective": str(effective)}
    print(json.dumps(line | {"columns": columns}))
