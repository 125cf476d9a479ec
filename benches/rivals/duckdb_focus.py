"""DuckDB: converts the legacy report to the main FOCUS columns in one query over `read_csv`. Amounts are DECIMAL(38,18).

Columns have explicit names and types, so that no type is inferred and only the selected columns are converted. The result is an
Arrow table in memory, or a zstd Parquet file. Tags are a struct with a field for each key. That takes DuckDB half of the time
of a map without blank tags.
"""

import csv
import gzip
import io

import duckdb

from common import CATEGORIES, Clock, NUMBERS, TAGS, arguments, report

args = arguments()
with gzip.open(args.reports[0], "rt", newline="") as file:
    header = next(csv.reader(io.StringIO(file.readline())))


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def text(name):
    return f"nullif({quoted(name)}, '')" if name in header else "NULL"


def number(name):
    return f"CAST({text(name)} AS DECIMAL(38,18))" if name in header else "CAST(NULL AS DECIMAL(38,18))"


columns = ", ".join(f"'{name}': 'VARCHAR'" for name in header)
files = ", ".join(f"'{path}'" for path in args.reports)
numbers = ", ".join(f"{number(name)} AS {quoted('n:' + name)}" for name in NUMBERS)
tags = ", ".join(f"'{key.removeprefix('user:')}': {text('resourceTags/' + key)}" for key in TAGS)
categories = " ".join(f"WHEN '{code}' THEN '{category}'" for code, category in CATEGORIES.items())


def n(name):
    return quoted("n:" + name)


kind, cash, listed = quoted("lineItem/LineItemType"), n("lineItem/UnblendedCost"), n("pricing/publicOnDemandCost")
arn = f"coalesce({text('savingsPlan/SavingsPlanARN')}, {text('reservation/ReservationARN')})"
plan_unused = f"{n('savingsPlan/TotalCommitmentToDate')} - {n('savingsPlan/UsedCommitment')}"
rest_unused = (
    f"coalesce({n('reservation/UnusedAmortizedUpfrontFeeForBillingPeriod')}, 0)"
    f" + coalesce({n('reservation/UnusedRecurringFee')}, 0)"
)


def select(billed, effective, listed, contracted, category, where):
    unused = category == "'Unused'"
    category = "'Usage'" if unused else category
    priced = f"{category} IN ('Usage', 'Purchase')"
    quantity = n("lineItem/UsageAmount")
    return f"""
    SELECT {billed} AS BilledCost, {effective} AS EffectiveCost, {listed} AS ListCost, {contracted} AS ContractedCost,
      {text('bill/PayerAccountId')} AS BillingAccountId, {text('lineItem/UsageAccountId')} AS SubAccountId,
      {text('lineItem/CurrencyCode')} AS BillingCurrency,
      CAST({text('bill/BillingPeriodStartDate')} AS TIMESTAMPTZ) AS BillingPeriodStart,
      CAST({text('bill/BillingPeriodEndDate')} AS TIMESTAMPTZ) AS BillingPeriodEnd,
      CAST({text('lineItem/UsageStartDate')} AS TIMESTAMPTZ) AS ChargePeriodStart,
      CAST({text('lineItem/UsageEndDate')} AS TIMESTAMPTZ) AS ChargePeriodEnd,
      {category} AS ChargeCategory,
      CASE {category} WHEN 'Usage' THEN 'Usage-Based' WHEN 'Purchase' THEN 'Recurring' ELSE 'One-Time' END AS ChargeFrequency,
      {text('lineItem/LineItemDescription')} AS ChargeDescription, {arn} AS CommitmentDiscountId,
      CASE WHEN {arn} LIKE '%savingsplan%' THEN 'Savings Plan' WHEN {arn} IS NOT NULL THEN 'Reserved Instance' END
        AS CommitmentDiscountType,
      CASE WHEN {arn} IS NOT NULL AND {category} = 'Usage' THEN '{'Unused' if unused else 'Used'}' END
        AS CommitmentDiscountStatus,
      CASE WHEN {category} = 'Usage' THEN {quantity} END AS ConsumedQuantity,
      CASE WHEN {category} = 'Usage' THEN {text('pricing/unit')} END AS ConsumedUnit,
      {text('bill/InvoiceId')} AS InvoiceId, {text('bill/InvoicingEntity')} AS InvoiceIssuerName,
      CASE WHEN {arn} IS NOT NULL THEN 'Committed' WHEN {priced} THEN 'Standard' END AS PricingCategory,
      CASE WHEN {priced} THEN {quantity} END AS PricingQuantity,
      CASE WHEN {priced} THEN {text('pricing/unit')} END AS PricingUnit,
      {n('pricing/publicOnDemandRate')} AS ListUnitPrice, {n('lineItem/UnblendedRate')} AS ContractedUnitPrice,
      'AWS' AS ProviderName, {text('lineItem/LegalEntity')} AS PublisherName, {text('product/regionCode')} AS RegionId,
      {text('lineItem/ResourceId')} AS ResourceId, {text('product/ProductName')} AS ServiceName,
      CASE {quoted('lineItem/ProductCode')} {categories} ELSE 'Other' END AS ServiceCategory,
      {text('product/sku')} AS SkuId, {text('pricing/RateCode')} AS SkuPriceId, {text('lineItem/UsageType')} AS SkuMeter,
      {{{tags}}} AS Tags,
      {kind} AS x_LineItemType, {text('lineItem/UsageType')} AS x_UsageType, {text('lineItem/Operation')} AS x_Operation,
      {text('lineItem/ProductCode')} AS x_ServiceCode
    FROM source WHERE {where}"""


covered = f"{kind} = 'SavingsPlanCoveredUsage'"
category = f"""CASE WHEN {kind} IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage') THEN 'Usage'
    WHEN {kind} IN ('Fee', 'RIFee', 'SavingsPlanRecurringFee', 'SavingsPlanUpfrontFee') THEN 'Purchase'
    WHEN {kind} IN ('Tax', 'Credit') THEN {kind} WHEN {kind} = 'Refund' THEN 'Purchase' ELSE 'Adjustment' END"""
effective = f"""CASE {kind} WHEN 'SavingsPlanCoveredUsage' THEN {n('savingsPlan/SavingsPlanEffectiveCost')}
    WHEN 'DiscountedUsage' THEN {n('reservation/EffectiveCost')} WHEN 'SavingsPlanRecurringFee' THEN 0
    WHEN 'SavingsPlanUpfrontFee' THEN 0 WHEN 'RIFee' THEN 0 ELSE {cash} END"""
query = f"""
WITH source AS (
  SELECT *, {numbers}
  FROM read_csv([{files}], header = true, columns = {{{columns}}}, auto_detect = false, delim = ',', quote = '"', escape = '"'))
{select(f"CASE WHEN {covered} THEN 0 ELSE {cash} END", effective, f"coalesce({listed}, {cash})", cash, category,
        f"{kind} <> 'SavingsPlanNegation'")}
UNION ALL
{select("0", plan_unused, "0", "0", "'Unused'", f"{kind} = 'SavingsPlanRecurringFee' AND {plan_unused} <> 0")}
UNION ALL
{select("0", rest_unused, "0", "0", "'Unused'", f"{kind} = 'RIFee' AND {rest_unused} <> 0")}
"""

connection = duckdb.connect()
connection.execute(f"SET threads = {args.threads}; SET preserve_insertion_order = false; SET TimeZone = 'UTC'")
clock = Clock()
if args.output:
    connection.execute(f"COPY ({query}) TO '{args.output}' (FORMAT parquet, COMPRESSION zstd)")
    clock.stop()
    table = f"'{args.output}'"
else:
    result = connection.sql(query).to_arrow_table()
    clock.stop()
    table = "result"
names = connection.sql(f"SELECT * FROM {table} LIMIT 0").columns
rows, billed, spent = connection.sql(f"SELECT count(*), sum(BilledCost), sum(EffectiveCost) FROM {table}").fetchall()[0]
report(clock, rows, billed, spent, len(names))
