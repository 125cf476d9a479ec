//! Report definitions, exports, accounts and costs: pages, owners, denials.

use outlay_cloud::{Account, Export, Organization, Policy, Report, Role};
use serde_json::{Value, json};

use crate::client::{Client, ROLE, start, world};

const REPORTS: &str = "AWSOrigamiServiceGatewayService.DescribeReportDefinitions";
const EXPORTS: &str = "AWSBillingAndCostManagementDataExports.ListExports";
const EXPORT: &str = "AWSBillingAndCostManagementDataExports.GetExport";
const EXECUTIONS: &str = "AWSBillingAndCostManagementDataExports.ListExecutions";
const ACCOUNTS: &str = "AWSOrganizationsV20161128.ListAccounts";
const COSTS: &str = "AWSInsightsIndexService.GetCostAndUsage";

/// The sizes of all pages, and a member of all entries.
fn pages(
    client: &Client,
    target: &str,
    request: Value,
    list: &str,
    token: &str,
    member: &str,
) -> (Vec<usize>, Vec<Value>) {
    let (mut sizes, mut all, mut request) = (Vec::new(), Vec::new(), request);
    loop {
        let answer = client.json(target, request.clone());
        assert_eq!(answer.status, 200, "{}", answer.text());
        let body = answer.json();
        let entries = body[list].as_array().expect("a list");
        sizes.push(entries.len());
        all.extend(entries.iter().map(|entry| entry[member].clone()));
        match body.get(token) {
            Some(next) => request[token] = next.clone(),
            None => return (sizes, all),
        }
    }
}

#[test]
fn reports() {
    let mut world = world().role(Role::new(ROLE)).report(Report::new("999999999999", "not ours", "b", "p"));
    for number in 0..7 {
        let report = Report::new("444455556666", &format!("r{number}"), "billing", "p");
        world = world.report(report.set("TimeUnit", "DAILY").set("ReportStatus", Value::Null));
    }
    let cloud = start(world);
    let client = Client::new(&cloud).assume(ROLE);
    let (sizes, names) = pages(&client, REPORTS, json!({}), "ReportDefinitions", "NextToken", "ReportName");
    assert_eq!((sizes, names), (vec![5, 2], (0..7).map(|number| json!(format!("r{number}"))).collect()));
    let first = client.json(REPORTS, json!({"MaxResults": 5})).json()["ReportDefinitions"][0].clone();
    assert_eq!((&first["TimeUnit"], first.get("ReportStatus"), first.get("account")), (&json!("DAILY"), None, None));
    assert_eq!(client.json(REPORTS, json!({"MaxResults": 6})).code(), "ValidationException");
    assert_eq!(client.json(REPORTS, json!({"NextToken": "made up"})).code(), "ValidationException");
    let elsewhere = client.region("eu-west-1").json(REPORTS, json!({}));
    assert_eq!(elsewhere.code(), "InvalidSignatureException");
}

#[test]
fn exports() {
    let format = "DestinationConfigurations.S3Destination.S3OutputConfigurations.Format";
    let focus = Export::new("444455556666", "focus", "billing", "p")
        .set("DataQuery.QueryStatement", "SELECT BilledCost FROM FOCUS_1_2_AWS")
        .set(format, "PARQUET")
        .execution("first", "DELIVERY_SUCCESS", "2026-01-01T00:00:00Z")
        .execution("second", "DELIVERY_FAILURE", "2026-01-02T00:00:00Z")
        .execution("third", "QUERY_IN_PROGRESS", "2026-01-03T00:00:00Z");
    let mut world = world().role(Role::new(ROLE)).export(focus).export(Export::new("999999999999", "other", "b", "p"));
    for name in ["a", "b"] {
        world = world.export(Export::new("444455556666", name, "billing", "p"));
    }
    let cloud = start(world);
    let client = Client::new(&cloud).assume(ROLE);
    let (sizes, names) = pages(&client, EXPORTS, json!({}), "Exports", "NextToken", "ExportName");
    assert_eq!((sizes, names), (vec![2, 1], vec![json!("focus"), json!("a"), json!("b")]));
    let arn = client.json(EXPORTS, json!({})).json()["Exports"][0]["ExportArn"].clone();
    let export = client.json(EXPORT, json!({"ExportArn": arn})).json();
    assert_eq!(
        export["Export"]["DestinationConfigurations"]["S3Destination"]["S3OutputConfigurations"]["Format"],
        "PARQUET"
    );
    assert_eq!(
        (&export["ExportStatus"]["StatusCode"], export["Export"].get("ExportStatus")),
        (&json!("HEALTHY"), None)
    );
    let (sizes, ids) = pages(&client, EXECUTIONS, json!({"ExportArn": arn}), "Executions", "NextToken", "ExecutionId");
    assert_eq!((sizes, ids), (vec![2, 1], vec![json!("third"), json!("second"), json!("first")]));
    let missing = client.json(EXPORT, json!({"ExportArn": "arn:aws:bcm-data-exports:us-east-1:444455556666:export/x"}));
    assert_eq!(missing.code(), "ResourceNotFoundException");
}

#[test]
fn accounts() {
    let mut organization = Organization::new("o-example", "444455556666").page(2).empty_pages();
    for (id, state, status) in [
        ("444455556666", Some("ACTIVE"), Some("ACTIVE")),
        ("000000000001", Some("CLOSED"), None),
        ("000000000002", None, Some("SUSPENDED")),
        ("000000000003", None, None),
        ("111122223333", Some("ACTIVE"), None),
    ] {
        organization = organization.account(Account::new(id, "name").state(state).status(status));
    }
    let delegated = organization.clone().delegate("111122223333");
    let cloud = start(world().role(Role::new(ROLE)).organization(organization));
    let member = Client::new(&cloud);
    let client = member.assume(ROLE);
    let (sizes, ids) = pages(&client, ACCOUNTS, json!({}), "Accounts", "NextToken", "Id");
    assert_eq!(sizes, [2, 0, 2, 0, 1]);
    assert_eq!(ids, ["444455556666", "000000000001", "000000000002", "000000000003", "111122223333"]);
    let (sizes, states) = pages(&client, ACCOUNTS, json!({"MaxResults": 20}), "Accounts", "NextToken", "State");
    assert_eq!((sizes.len(), states[1].as_str(), states[2].as_str()), (5, Some("CLOSED"), None));
    assert_eq!(client.json(ACCOUNTS, json!({"MaxResults": 21})).code(), "InvalidInputException");
    assert_eq!(member.json(ACCOUNTS, json!({})).code(), "AccessDeniedException");
    let described = member.json("AWSOrganizationsV20161128.DescribeOrganization", json!({})).json();
    assert_eq!(described["Organization"]["MasterAccountId"], "444455556666");
    let cloud = start(world().organization(delegated));
    assert_eq!(Client::new(&cloud).json(ACCOUNTS, json!({})).status, 200);
    let cloud = start(world());
    assert_eq!(Client::new(&cloud).json(ACCOUNTS, json!({})).code(), "AWSOrganizationsNotInUseException");
}

#[test]
fn costs() {
    let entry = |start: &str, end: &str, amount: &str| json!({"TimePeriod": {"Start": start, "End": end}, "Total": {"UnblendedCost": {"Amount": amount, "Unit": "USD"}}});
    let world = world()
        .cost(entry("2023-10-01", "2023-11-01", "1"))
        .cost(entry("2023-11-01", "2023-12-01", "2"))
        .cost(entry("2023-12-01", "2024-01-01", "3"));
    let cloud = start(world);
    let client = Client::new(&cloud);
    let request = json!({"TimePeriod": {"Start": "2023-10-01", "End": "2023-12-01"}, "Granularity": "MONTHLY",
        "Metrics": ["UnblendedCost"]});
    let (sizes, totals) = pages(&client, COSTS, request, "ResultsByTime", "NextPageToken", "Total");
    assert_eq!(sizes, [1, 1]);
    assert_eq!(totals[1]["UnblendedCost"]["Amount"], "2");
    assert_eq!(client.json(COSTS, json!({})).code(), "ValidationException");
}

#[test]
fn denials() {
    let policy = Policy::parse(r#"{"Statement": []}"#).expect("a policy");
    let cloud = start(world().role(Role::new(ROLE).policy(policy)));
    let client = Client::new(&cloud).assume(ROLE);
    let arn = "arn:aws:bcm-data-exports:us-east-1:444455556666:export/x";
    for (target, action) in [
        (REPORTS, "cur:DescribeReportDefinitions"),
        (EXPORTS, "bcm-data-exports:ListExports"),
        (EXPORT, "bcm-data-exports:GetExport"),
        (EXECUTIONS, "bcm-data-exports:ListExecutions"),
        (ACCOUNTS, "organizations:ListAccounts"),
        ("AWSOrganizationsV20161128.DescribeOrganization", "organizations:DescribeOrganization"),
        (COSTS, "ce:GetCostAndUsage"),
    ] {
        let answer = client.json(target, json!({"ExportArn": arn}));
        assert_eq!((answer.status, answer.code().as_str()), (400, "AccessDeniedException"), "{target}");
        let message = answer.json()["Message"].as_str().expect("a message").to_owned();
        let user = "User: arn:aws:sts::444455556666:assumed-role/billing/it is not authorized to perform:";
        assert!(message.starts_with(&format!("{user} {action}")), "{message}");
    }
    assert_eq!(client.json("AWSInsightsIndexService.GetTags", json!({})).code(), "UnknownOperationException");
    assert_eq!(client.json("Nobody.GetTags", json!({})).status, 404);
}
