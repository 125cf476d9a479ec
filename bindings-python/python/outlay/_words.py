"""Words and codes, the same in all languages."""

from __future__ import annotations

from typing import Literal

AccountState = Literal["pending_activation", "active", "suspended", "pending_closure", "closed", "unknown"]
"""What an account is; ``unknown`` when only the report names it."""

Capability = Literal["read", "find", "discover", "reconcile"]
"""Something that a connector can do, for which it needs rights."""

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
"""What a check guards."""

Outcome = Literal["proven", "partial", "unproven"]
"""What the checks come to."""

PeriodState = Literal["pending", "open", "invoiced", "restated", "unreadable"]
"""What is to be expected of a month, judged by when the newest delivery was written, since AWS marks none of it:
``pending``, nothing is delivered; ``open``, AWS writes it again several times a day; ``invoiced``, it has been over for 15
days and was not written since; ``restated``, it was written again later than that; ``unreadable``, its manifest is none, or
a part of it is gone, or AWS is writing over it at this moment."""

ReportKind = Literal["legacy", "cur2", "table"]
"""The report before Data Exports, ``COST_AND_USAGE_REPORT`` of Data Exports, or another table of it."""

Verdict = Literal["skipped", "passed", "warning", "failed"]
"""Whether a set-up passes a probe. ``skipped``: it was not asked, or does not apply; ``warning``: reports can be read, and
something should be changed nevertheless; ``failed``: reports cannot be read."""

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
    "discounted_usage_has_cash",
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
    "not_an_arn",
    "not_delivered",
    "not_followed",
    "not_read",
    "not_yet_begun",
    "null_token",
    "odd_key",
    "older_delivery",
    "period_differs",
    "pricing_currency_differs",
    "refund_of_upfront_unknown",
    "replicated",
    "reservation_not_amortized",
    "sku_unknown",
    "text_in_number",
    "unit_price_negative",
    "unknown_line_item_type",
    "unlisted_part",
    "unpacked_part",
]
"""The stable name of what a warning is about."""
