"""Literal types of states and codes, the same in all languages."""

from __future__ import annotations

from typing import Literal

AccountState = Literal["pending_activation", "active", "suspended", "pending_closure", "closed", "unknown"]
"""The state of an account; ``unknown`` if only the report contains it."""

Capability = Literal["read", "find", "discover", "reconcile"]
"""A feature of a connector that requires permissions."""

CheckCode = Literal[
    "arrays_match",
    "billed_cost",
    "billed_cost_by_invoice",
    "billed_cost_by_sub_account",
    "closing_rows",
    "costs_known",
    "currency_known",
    "discounts_counted_once",
    "effective_cost",
    "nothing_quarantined",
    "null_rules",
    "parts_complete",
    "parts_of_plan",
    "reservation_cost",
    "rows_accounted_for",
    "savings_plan_cost",
    "savings_plan_negation",
    "savings_plan_quantity",
    "unit_prices",
]
"""The stable name of a check."""

FindingCode = Literal[
    "assume_role",
    "bucket_region",
    "cost_explorer",
    "credentials",
    "delivery_status",
    "external_id",
    "freshness",
    "get",
    "hourly",
    "kms",
    "list",
    "manifest",
    "organizations",
    "ownership",
    "prefix",
    "refresh",
    "report_definition",
    "report_format",
    "report_kind",
    "resource_ids",
    "versioning",
]
"""The stable name of a probe."""

Guards = Literal["money", "completeness", "form", "nothing"]
"""The kind of error that a check detects."""

Outcome = Literal["proven", "partial", "unproven"]
"""The outcome of all checks."""

PeriodState = Literal["pending", "open", "invoiced", "restated", "unreadable"]
"""The state of a month, derived from the time of the newest delivery, since AWS does not report it. ``pending``: nothing was
delivered. ``open``: AWS rewrites the month several times a day. ``invoiced``: the month ended at least 15 days ago and was not
rewritten after that. ``restated``: it was rewritten later. ``unreadable``: the manifest is invalid, a part is missing, or AWS
is overwriting the month at this moment."""

ReportKind = Literal["legacy", "cur2", "table"]
"""A legacy report, the table ``COST_AND_USAGE_REPORT`` of Data Exports, or another table of Data Exports."""

Verdict = Literal["skipped", "passed", "warning", "failed"]
"""The result of a probe. ``skipped``: the probe was not run or does not apply. ``warning``: reports can be read, but a change
is recommended. ``failed``: reports cannot be read."""

WarningCode = Literal[
    "account_id_mended",
    "as_of_unknown",
    "capacity_status_derived",
    "column",
    "columns_absent",
    "commitment_differs",
    "commitment_units_differ",
    "copied",
    "cost_without_quantity",
    "decimals_rounded",
    "discounted_usage_has_cash",
    "extra_columns_absent",
    "hours_to_come",
    "link_outside",
    "net_columns_differ",
    "newer_delivery",
    "no_etags",
    "no_final_newline",
    "no_organization",
    "no_parts",
    "no_payer",
    "no_report",
    "no_rows",
    "not_an_arn",
    "not_delivered",
    "not_followed",
    "not_read",
    "not_yet_begun",
    "null_token",
    "odd_key",
    "older_delivery",
    "period_differs",
    "periods_absent",
    "pricing_currency_differs",
    "refund_of_upfront_unknown",
    "replicated",
    "reservation_not_amortized",
    "sku_unknown",
    "some_parts",
    "tags_absent",
    "tags_ambiguous",
    "text_in_number",
    "unit_price_negative",
    "unknown_line_item_type",
    "unknown_period",
    "unlisted_part",
    "unpacked_part",
]
"""The stable name of a kind of warning."""
