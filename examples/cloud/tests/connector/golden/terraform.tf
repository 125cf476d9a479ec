variable "external_id" {
  type      = string
  sensitive = true
}

resource "aws_iam_role" "report_reader" {
  name_prefix        = "report-reader-"
  assume_role_policy = jsonencode({
  "Statement": [
    {
      "Action": "sts:AssumeRole",
      "Condition": {
        "StringEquals": {
          "sts:ExternalId": var.external_id
        }
      },
      "Effect": "Allow",
      "Principal": {
        "AWS": "arn:aws:iam::999988887777:root"
      },
      "Sid": "TrustWithExternalId"
    }
  ],
  "Version": "2012-10-17"
})
}

resource "aws_iam_role_policy" "read_report" {
  role   = aws_iam_role.report_reader.id
  policy = jsonencode({
  "Statement": [
    {
      "Action": [
        "s3:ListBucket"
      ],
      "Condition": {
        "StringLike": {
          "s3:prefix": "reports/daily/*"
        }
      },
      "Effect": "Allow",
      "Resource": "arn:aws:s3:::example-billing",
      "Sid": "ListReport"
    },
    {
      "Action": [
        "s3:GetObject"
      ],
      "Effect": "Allow",
      "Resource": "arn:aws:s3:::example-billing/reports/daily/*",
      "Sid": "ReadReport"
    },
    {
      "Action": [
        "cur:DescribeReportDefinitions"
      ],
      "Effect": "Allow",
      "Resource": "*",
      "Sid": "FindReports"
    },
    {
      "Action": [
        "bcm-data-exports:ListExports",
        "bcm-data-exports:GetExport"
      ],
      "Effect": "Allow",
      "Resource": "*",
      "Sid": "FindExports"
    },
    {
      "Action": [
        "organizations:ListAccounts",
        "organizations:DescribeOrganization"
      ],
      "Effect": "Allow",
      "Resource": "*",
      "Sid": "ListAccounts"
    },
    {
      "Action": [
        "ce:GetCostAndUsage"
      ],
      "Effect": "Allow",
      "Resource": "*",
      "Sid": "AskCostExplorer"
    }
  ],
  "Version": "2012-10-17"
})
}

output "role_arn" {
  value = aws_iam_role.report_reader.arn
}
