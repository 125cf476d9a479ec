//! The vocabulary of the reports: columns as the AWS CUR user guide spells them, and invented accounts, products, prices and
//! regions.

/// The number of units in a dollar. A unit, 10^-10 dollars, is the smallest amount that AWS bills.
pub(crate) const UNIT: i128 = 10_000_000_000;
pub(crate) const PAYER: &str = "111122223333";
pub(crate) const PLAN: &str = "arn:aws:savingsplans::111122223333:savingsplan/11111111-2222-3333-4444-555555555555";
pub(crate) const RESERVATION: &str =
    "arn:aws:ec2:eu-west-1:111122223333:reserved-instances/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
pub(crate) const ACCOUNTS: u64 = 40;
/// Resources of a report. One with many products has more.
pub(crate) const RESOURCES: u64 = 30_000;

pub(crate) const BILL: &str = "identity/LineItemId,identity/TimeInterval,bill/InvoiceId,bill/InvoicingEntity,bill/BillingEntity,\
    bill/BillType,bill/PayerAccountId,bill/BillingPeriodStartDate,bill/BillingPeriodEndDate,lineItem/UsageAccountId,\
    lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,lineItem/UsageType,\
    lineItem/Operation,lineItem/AvailabilityZone,lineItem/ResourceId,lineItem/UsageAmount,\
    lineItem/NormalizationFactor,lineItem/NormalizedUsageAmount,lineItem/CurrencyCode,lineItem/UnblendedRate,\
    lineItem/UnblendedCost,lineItem/BlendedRate,lineItem/BlendedCost,lineItem/LineItemDescription,lineItem/TaxType,\
    lineItem/LegalEntity";
#[rustfmt::skip]
pub(crate) const PRODUCT: [&str; 42] = [
    "ProductName", "availability", "availabilityZone", "clockSpeed", "currentGeneration", "databaseEngine",
    "dedicatedEbsThroughput", "deploymentOption", "durability", "ecu", "enhancedNetworkingSupported", "fromLocation",
    "fromLocationType", "group", "groupDescription", "instanceFamily", "instanceType", "licenseModel", "location",
    "locationType", "maxIopsvolume", "memory", "networkPerformance", "normalizationSizeFactor", "operatingSystem",
    "operation", "physicalProcessor", "preInstalledSw", "processorArchitecture", "productFamily", "region", "regionCode",
    "servicecode", "servicename", "sku", "storage", "storageClass", "tenancy", "toLocation", "transferType", "usagetype",
    "vcpu",
];
/// The product columns of CUR 2.0. Its other product attributes are in a map.
#[rustfmt::skip]
pub(crate) const FLAT: [&str; 10] = [
    "fromLocation", "instanceFamily", "instanceType", "location", "operation", "productFamily", "regionCode",
    "servicecode", "sku", "usagetype",
];
pub(crate) const PRICING: &str = "pricing/LeaseContractLength,pricing/OfferingClass,pricing/PurchaseOption,pricing/RateCode,\
    pricing/RateId,pricing/currency,pricing/publicOnDemandCost,pricing/publicOnDemandRate,pricing/term,pricing/unit";
#[rustfmt::skip]
pub(crate) const RESERVATIONS: [&str; 18] = [
    "AmortizedUpfrontCostForUsage", "AmortizedUpfrontFeeForBillingPeriod", "EffectiveCost", "EndTime",
    "ModificationStatus", "NormalizedUnitsPerReservation", "NumberOfReservations", "RecurringFeeForUsage",
    "ReservationARN", "StartTime", "SubscriptionId", "TotalReservedNormalizedUnits", "TotalReservedUnits",
    "UnitsPerReservation", "UnusedAmortizedUpfrontFeeForBillingPeriod", "UnusedNormalizedUnitQuantity",
    "UnusedQuantity", "UnusedRecurringFee",
];
#[rustfmt::skip]
pub(crate) const PLANS: [&str; 10] = [
    "AmortizedUpfrontCommitmentForBillingPeriod", "EndTime", "OfferingType", "PaymentOption",
    "RecurringCommitmentForBillingPeriod", "SavingsPlanARN", "SavingsPlanEffectiveCost", "SavingsPlanRate",
    "TotalCommitmentToDate", "UsedCommitment",
];
#[rustfmt::skip]
pub(crate) const TAGS: [&str; 25] = [
    "aws:createdBy", "user:Application", "user:Backup", "user:BusinessUnit", "user:Component", "user:CostCenter",
    "user:Customer", "user:DataClass", "user:Environment", "user:Expiry", "user:Function", "user:Layer",
    "user:ManagedBy", "user:Name", "user:Owner", "user:Patch", "user:Product", "user:Project", "user:Region",
    "user:Release", "user:Schedule", "user:Service", "user:Stack", "user:Team", "user:Tier",
];
/// Code, name, whether the product has instances, and its unit.
#[rustfmt::skip]
pub(crate) const SERVICES: [(&str, &str, bool, &str); 14] = [
    ("AmazonEC2", "Amazon Elastic Compute Cloud", true, "Hrs"),
    ("AmazonEC2", "Amazon Elastic Compute Cloud", false, "GB-Mo"),
    ("AmazonS3", "Amazon Simple Storage Service", false, "Requests"),
    ("AmazonRDS", "Amazon Relational Database Service", true, "Hrs"),
    ("AWSLambda", "AWS Lambda", false, "Lambda-GB-Second"),
    ("AmazonDynamoDB", "Amazon DynamoDB", false, "ReadRequestUnits"),
    ("AmazonCloudWatch", "AmazonCloudWatch", false, "Metrics"),
    ("AmazonVPC", "Amazon Virtual Private Cloud", false, "Hrs"),
    ("awskms", "AWS Key Management Service", false, "Requests"),
    ("AWSDataTransfer", "AWS Data Transfer", false, "GB"),
    ("AmazonSNS", "Amazon Simple Notification Service", false, "Requests"),
    ("AWSQueueService", "Amazon Simple Queue Service", false, "Requests"),
    ("AmazonECS", "Amazon Elastic Container Service", false, "vCPU-Hours"),
    ("AmazonEKS", "Amazon Elastic Container Service for Kubernetes", false, "Hours"),
];
pub(crate) const REGIONS: [(&str, &str, &str); 8] = [
    ("eu-west-1", "EU (Ireland)", "EU"),
    ("us-east-1", "US East (N. Virginia)", "USE1"),
    ("us-west-2", "US West (Oregon)", "USW2"),
    ("eu-central-1", "EU (Frankfurt)", "EUC1"),
    ("ap-northeast-1", "Asia Pacific (Tokyo)", "APN1"),
    ("ap-southeast-2", "Asia Pacific (Sydney)", "APS2"),
    ("us-east-2", "US East (Ohio)", "USE2"),
    ("eu-north-1", "EU (Stockholm)", "EUN1"),
];
pub(crate) const INSTANCES: [(&str, &str, &str); 6] = [
    ("m5.large", "2", "8 GiB"),
    ("m5.xlarge", "4", "16 GiB"),
    ("c6g.2xlarge", "8", "16 GiB"),
    ("r6i.4xlarge", "16", "128 GiB"),
    ("t3.micro", "2", "1 GiB"),
    ("x2idn.32xlarge", "128", "2,048 GiB"),
];
