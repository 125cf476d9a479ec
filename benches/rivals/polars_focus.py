"""Polars, streaming engine: converts the legacy report to the main FOCUS columns.

Polars 2.1 cannot cast text in exponent form to a decimal, so amounts are Float64: less work than decimals, and sums are not
exact. Tags are a struct with a field for each key, blank ones included. Polars has no map type. A struct takes almost no
time, but a list of the tags that are not blank takes ten times as long as all other columns together.
"""

import os
import sys

from common import CATEGORIES, Clock, NUMBERS, TAGS, TEXTS, arguments, report

args = arguments()
os.environ["POLARS_MAX_THREADS"] = str(args.threads)
import polars as pl  # noqa: E402  (reads the number of threads at import)

source = pl.scan_csv(args.reports, infer_schema=False)
header = source.collect_schema().names()


def text(name):
    return pl.col(name) if name in header else pl.lit(None, pl.String)


def number(name):
    return pl.col("n:" + name)


def time(name):
    return text(name).str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us", time_zone="UTC")


kind, cash = text("lineItem/LineItemType"), number("lineItem/UnblendedCost")
arn = pl.coalesce(text("savingsPlan/SavingsPlanARN"), text("reservation/ReservationARN"))
zero = pl.lit(0.0)
plan_unused = number("savingsPlan/TotalCommitmentToDate") - number("savingsPlan/UsedCommitment")
rest_unused = number("reservation/UnusedAmortizedUpfrontFeeForBillingPeriod").fill_null(0.0) + number(
    "reservation/UnusedRecurringFee"
).fill_null(0.0)
category = (
    pl.when(kind.is_in(["Usage", "DiscountedUsage", "SavingsPlanCoveredUsage"])).then(pl.lit("Usage"))
    .when(kind.is_in(["Fee", "RIFee", "SavingsPlanRecurringFee", "SavingsPlanUpfrontFee", "Refund"])).then(pl.lit("Purchase"))
    .when(kind.is_in(["Tax", "Credit"])).then(kind)
    .otherwise(pl.lit("Adjustment"))
)
effective = (
    pl.when(kind == "SavingsPlanCoveredUsage").then(number("savingsPlan/SavingsPlanEffectiveCost"))
    .when(kind == "DiscountedUsage").then(number("reservation/EffectiveCost"))
    .when(kind.is_in(["SavingsPlanRecurringFee", "SavingsPlanUpfrontFee", "RIFee"])).then(zero)
    .otherwise(cash)
)
tags = pl.struct(
    text("resourceTags/" + key).alias(key.removeprefix("user:")) for key in TAGS if "resourceTags/" + key in header
)


def rows(billed, effective, listed, contracted, category, status, where):
    priced, quantity, unit = category.is_in(["Usage", "Purchase"]), number("lineItem/UsageAmount"), text("pricing/unit")
    usage = category == "Usage"
    return numbers.filter(where).select(
        BilledCost=billed, EffectiveCost=effective, ListCost=listed, ContractedCost=contracted,
        BillingAccountId=text("bill/PayerAccountId"), SubAccountId=text("lineItem/UsageAccountId"),
        BillingCurrency=text("lineItem/CurrencyCode"), BillingPeriodStart=time("bill/BillingPeriodStartDate"),
        BillingPeriodEnd=time("bill/BillingPeriodEndDate"), ChargePeriodStart=time("lineItem/UsageStartDate"),
        ChargePeriodEnd=time("lineItem/UsageEndDate"), ChargeCategory=category,
        ChargeFrequency=pl.when(usage).then(pl.lit("Usage-Based")).when(category == "Purchase").then(pl.lit("Recurring"))
        .otherwise(pl.lit("One-Time")),
        ChargeDescription=text("lineItem/LineItemDescription"), CommitmentDiscountId=arn,
        CommitmentDiscountType=pl.when(arn.str.contains("savingsplan", literal=True)).then(pl.lit("Savings Plan"))
        .when(arn.is_not_null()).then(pl.lit("Reserved Instance")),
        CommitmentDiscountStatus=pl.when(arn.is_not_null() & usage).then(pl.lit(status)),
        ConsumedQuantity=pl.when(usage).then(quantity), ConsumedUnit=pl.when(usage).then(unit),
        InvoiceId=text("bill/InvoiceId"), InvoiceIssuerName=text("bill/InvoicingEntity"),
        PricingCategory=pl.when(arn.is_not_null()).then(pl.lit("Committed")).when(priced).then(pl.lit("Standard")),
        PricingQuantity=pl.when(priced).then(quantity), PricingUnit=pl.when(priced).then(unit),
        ListUnitPrice=number("pricing/publicOnDemandRate"), ContractedUnitPrice=number("lineItem/UnblendedRate"),
        ProviderName=pl.lit("AWS"), PublisherName=text("lineItem/LegalEntity"), RegionId=text("product/regionCode"),
        ResourceId=text("lineItem/ResourceId"), ServiceName=text("product/ProductName"),
        ServiceCategory=text("lineItem/ProductCode").replace_strict(CATEGORIES, default="Other"),
        SkuId=text("product/sku"), SkuPriceId=text("pricing/RateCode"), SkuMeter=text("lineItem/UsageType"), Tags=tags,
        x_LineItemType=kind, x_UsageType=text("lineItem/UsageType"), x_Operation=text("lineItem/Operation"),
        x_ServiceCode=text("lineItem/ProductCode"),
    )


wanted = [name for name in TEXTS + ["resourceTags/" + key for key in TAGS] if name in header]
amounts = [text(name).cast(pl.Float64).alias("n:" + name) for name in NUMBERS]
numbers = source.select([*wanted, *amounts])
usage = pl.lit("Usage")
charges = rows(
    pl.when(kind == "SavingsPlanCoveredUsage").then(zero).otherwise(cash), effective,
    number("pricing/publicOnDemandCost").fill_null(cash), cash, category, "Used", kind != "SavingsPlanNegation",
)
plans = rows(zero, plan_unused, zero, zero, usage, "Unused", (kind == "SavingsPlanRecurringFee") & (plan_unused != 0))
rests = rows(zero, rest_unused, zero, zero, usage, "Unused", (kind == "RIFee") & (rest_unused != 0))
table = pl.concat([charges, plans, rests])
clock = Clock()
if args.output:
    table.sink_parquet(args.output, compression="zstd", engine="streaming")
    clock.stop()
    result = pl.read_parquet(args.output, columns=["BilledCost", "EffectiveCost"])
    columns = len(table.collect_schema().names())
else:
    result = table.collect(engine="streaming")
    clock.stop()
    columns = result.width
report(clock, result.height, result["BilledCost"].sum(), result["EffectiveCost"].sum(), columns)
sys.stdout.flush()
