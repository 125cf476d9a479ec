//! The commands other than `normalize` that need no cloud, standard input, and colors.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use super::{PROGRAM, report, root};

const DEMO: &str = "examples/data/report";

/// Runs `outlay` with these arguments.
fn outlay(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).current_dir(root()).output().unwrap()
}

/// Runs `outlay` with these arguments, which must succeed without a message, and returns what it prints.
fn printed(arguments: &[&str]) -> String {
    let output = outlay(arguments);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && message.is_empty(), "{arguments:?}: {message}");
    String::from_utf8(output.stdout).unwrap()
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&printed(arguments)).unwrap()
}

/// Runs `outlay` with standard input.
fn fed(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // A program that refuses its arguments does not read.
    let feeding = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    feeding.join().unwrap();
    output
}

#[test]
fn head_prints_the_first_rows() {
    let table = printed(&["head", DEMO, "--rows", "2", "--columns", "ServiceName,BilledCost", "--tag-columns", "Name"]);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0], "2 rows, 3 columns");
    assert_eq!(lines[1].split_whitespace().collect::<Vec<_>>(), ["ServiceName", "BilledCost", "x_Tag_Name"]);
    assert_eq!(lines.len(), 4, "{table}");
    // All columns if no terminal limits the width, and ten rows.
    let table = printed(&["head", DEMO]);
    assert!(table.lines().nth(1).unwrap().contains("x_CostCategories") && table.lines().count() == 12, "{table}");
    let rows = json(&["head", DEMO, "-n", "3", "--columns", "ServiceName,BilledCost", "--json"]);
    assert_eq!(rows.as_array().unwrap().len(), 3);
    assert_eq!(rows[0]["ServiceName"], "AWS CloudTrail");
    assert_eq!(json(&["head", DEMO, "-n", "0", "--json"]), Value::Array(Vec::new()));
}

/// Only the first rows are read: what comes much later does not matter.
#[test]
fn head_does_not_read_the_whole_report() {
    const ROWS: usize = 100_000;
    let (_folder, path) = report(&("Usage,1,USD\n".repeat(ROWS) + "Usage,convertible,USD\n"));
    let rows = json(&["head", &path, "-n", "1", "--columns", "BilledCost", "--json"]);
    assert_eq!(rows[0]["BilledCost"], "1");
    let output = outlay(&["head", &path, "--columns", "BilledCost", "-n", &(ROWS + 1).to_string()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("OUTLAY_VALUE: "));
}

#[test]
fn columns_is_a_dictionary_of_all_columns() {
    let all = json(&["columns", "--json"]);
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 63);
    let cost = all.iter().find(|column| column["name"] == "BilledCost").unwrap();
    assert_eq!(cost["type"], "decimal(38, 18)");
    assert_eq!(cost["nullable"], true);
    assert_eq!(cost["focus"], "since 1.0");
    assert!(cost["meaning"].as_str().unwrap().starts_with("The amount on the invoice"), "{cost}");
    assert!(cost["made_of"].as_array().unwrap().contains(&"lineItem/UnblendedCost".into()), "{cost}");
    let text = printed(&["columns"]);
    for column in all {
        let name = column["name"].as_str().unwrap();
        assert!(text.lines().any(|line| line.starts_with(&format!("{name}  "))), "no {name}");
    }
    let text = printed(&["columns", "InvoiceId", "ServiceCategory"]);
    #[rustfmt::skip]
    assert_eq!(text.lines().collect::<Vec<_>>(), [
        "InvoiceId  text, may be null, FOCUS since 1.2",
        "  The ID of the invoice; null while it is not issued.",
        "  made of: bill/InvoiceId",
        "  rule: copy",
        "",
        "ServiceCategory  text, never null, FOCUS since 1.0",
        "  The category of the service in FOCUS, such as `Compute`.",
        "  made of: lineItem/ProductCode, product/productFamily, lineItem/UsageType, product/ProductName",
        "  rule: looked up in `services.csv`",
        "",
    ]);
    let output = outlay(&["columns", "BiledCost"]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && message.contains("did you mean `BilledCost`?"), "{message}");
}

#[test]
fn plan_lists_the_parts_and_reads_none() {
    let text = printed(&["plan", DEMO]);
    assert!(text.contains("daily-00003.csv.gz  2023-11  20231203T053621Z   1649"), "{text}");
    assert_eq!(text.lines().last().unwrap().split_whitespace().collect::<Vec<_>>(), ["3", "parts", "11142"]);
    // The form that the library reads.
    let plan: outlay::Plan = serde_json::from_str(&printed(&["plan", DEMO, "--json"])).unwrap();
    assert_eq!(plan.parts.len(), 3);
    let none = printed(&["plan", DEMO, "--periods", "2031-01"]);
    assert!(none.lines().any(|line| line.starts_with("0 parts")), "{none}");
    assert!(none.contains("2023-11"), "{none}");
    let output = outlay(&["plan", "nowhere"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.starts_with("OUTLAY_NOT_FOUND: ") && error.contains("nowhere: no such file"), "{error}");
}

#[test]
fn policy_prints_each_document() {
    let place = ["--location", "s3://billing-123456789012/cur/daily"];
    let trusted = ["--trusted", "210987654321"];
    let policy = |more: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command.env("EXTERNAL", "3f2c9b7e").arg("policy").args(more).args(place);
        let output = command.output().unwrap();
        let texts = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        (output.status.code().unwrap(), texts)
    };
    let access = outlay::Access::to("billing-123456789012", "cur/daily");
    let external_id = outlay::ExternalId::new("3f2c9b7e").unwrap();
    #[rustfmt::skip]
    let cases: [(&[&str], String); 5] = [
        (&["permission"],                                               access.permission_policy().unwrap()),
        (&["permission", "--features", "read", "--kms-key", "arn:k"],   access.clone().features([outlay::Capability::Read]).kms_key("arn:k").permission_policy().unwrap()),
        (&["trust", trusted[0], trusted[1], "--external-id-env", "EXTERNAL"], access.trust_policy("210987654321", &external_id).unwrap()),
        (&["cloudformation", trusted[0], trusted[1]],                   access.cloudformation("210987654321").unwrap()),
        (&["terraform", trusted[0], trusted[1]],                        access.terraform("210987654321").unwrap()),
    ];
    for (arguments, wanted) in cases {
        let (status, [text, message]) = policy(arguments);
        assert_eq!((status, message.as_str(), text.trim_end()), (0, "", wanted.trim_end()), "{arguments:?}");
    }
    #[rustfmt::skip]
    let refused: [(&[&str], i32, &str); 5] = [
        (&["terraform"],                                                            2, "--trusted <ACCOUNT|ARN>"),
        (&["trust", trusted[0], trusted[1]],                                        2, "--external-id-env <VARIABLE>"),
        (&["trust", trusted[0], trusted[1], "--external-id-env", "NOT_SET"],        1, "the environment has no variable `NOT_SET`"),
        (&["permission", "--features", "write"],                                    2, "`write` is none of read, find, discover, reconcile"),
        (&["everything"],                                                           2, "[possible values: permission, trust, cloudformation, terraform]"),
    ];
    for (arguments, wanted, told) in refused {
        let (status, [text, message]) = policy(arguments);
        assert!(status == wanted && text.is_empty() && message.contains(told), "{arguments:?}: {message}");
    }
}

#[test]
fn completion_knows_commands_and_options() {
    for (shell, start) in [("bash", "_outlay()"), ("zsh", "#compdef outlay"), ("fish", "complete"), ("powershell", "")]
    {
        let script = printed(&["completion", shell]);
        for word in ["normalize", "completion", "tag-columns", "location"] {
            assert!(script.contains(word), "{shell}: no {word}");
        }
        assert!(script.contains(start), "{shell}");
    }
    let bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn();
    if let Ok(mut child) = bash {
        child.stdin.take().unwrap().write_all(printed(&["completion", "bash"]).as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(outlay(&["completion", "tcsh"]).status.code(), Some(2));
}

#[test]
fn a_dash_is_standard_input() {
    let csv = b"lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\nUsage,1.5,USD\nUsage,2,USD\n";
    for threads in ["1", "2", "4"] {
        let output = fed(&["normalize", "-", "--json", "--threads", threads], csv);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let totals: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(totals["costs"]["USD"]["BilledCost"], "3.5");
    }
    let part = std::fs::read(root().join(DEMO).join("20231101-20231201/20231203T053621Z/daily-00001.csv.gz")).unwrap();
    let output = fed(&["head", "-", "-n", "1", "--columns", "ServiceName", "--json"], &part);
    assert_eq!(output.stdout, b"[{\"ServiceName\":\"AWS CloudTrail\"}]\n");
    #[rustfmt::skip]
    let cases: [(&[&str], &[u8], &str); 6] = [
        (&["normalize", "-"],                               b"",      "standard input: "),
        (&["normalize", "-", "--expected-bytes", "1000"],   csv,      "OUTLAY_TRUNCATED: standard input: the object has 93 bytes, not the 1000"),
        (&["normalize", "-", "--schema", "cur"],            b"a,b\n", "standard input: "),
        (&["normalize", "-", "a.csv"],                      csv,      "OUTLAY_OPTION: option `path`: `-` is standard input; it is one object"),
        (&["head", "a.csv", "-"],                           csv,      "OUTLAY_OPTION: option `path`: `-` is standard input; it is one object"),
        (&["plan", "-"],                                    csv,      "OUTLAY_OPTION: option `path`: `-` is standard input; it has no parts"),
    ];
    for (arguments, input, told) in cases {
        let output = fed(arguments, input);
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(1) && message.contains(told), "{arguments:?}: {message}");
    }
}

/// Text of a report does not act on a terminal, in no form that the program prints.
#[test]
fn text_of_a_report_does_not_act_in_tables_and_json() {
    let hostile = "\u{1b}[31mred\u{9b}2J\u{202e}\u{7f}";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.csv");
    let header =
        "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,product/ProductName,resourceTags/user:k";
    std::fs::write(&path, format!("{header}{hostile}\nUsage,1,USD,\"{hostile}\",\"{hostile}\"\n")).unwrap();
    let path = path.to_str().unwrap();
    let cases: [&[&str]; 4] =
        [&["head", path], &["head", path, "--json"], &["normalize", path], &["normalize", path, "--json"]];
    for arguments in cases {
        let text = printed(arguments);
        let acts = |sign: char| sign.is_control() && sign != '\n' || sign == '\u{202e}';
        assert!(!text.contains(acts), "{arguments:?}: {text:?}");
    }
    // JSON has the same text, as escapes.
    let rows = json(&["head", path, "--columns", "ServiceName,Tags", "--json"]);
    assert_eq!(rows[0]["ServiceName"], hostile);
    assert_eq!(rows[0]["Tags"][format!("k{hostile}")], hostile);
}

#[test]
fn colors_are_for_terminals_or_on_request() {
    let cases: [(&[&str], &str); 6] = [
        (&["normalize", DEMO], "\u{1b}[32mproven:\u{1b}[0m nothing was lost"),
        (&["normalize", DEMO], "\u{1b}[1mService (USD)"),
        (&["head", DEMO, "--columns", "BilledCost"], "\u{1b}[1m10 rows, 1 column\u{1b}[0m\n"),
        (&["columns", "InvoiceId"], "\u{1b}[1mInvoiceId\u{1b}[0m  text"),
        (&["plan", DEMO], "\u{1b}[1mpart "),
        (&["--help"], "\u{1b}[1m\u{1b}[4mUsage:\u{1b}[0m"),
    ];
    for (arguments, wanted) in cases {
        assert!(!printed(arguments).contains('\u{1b}'), "{arguments:?}");
        assert!(!printed(&[arguments, &["--color", "never"]].concat()).contains('\u{1b}'), "{arguments:?}");
        let text = printed(&[arguments, &["--color", "always"]].concat());
        assert!(text.contains(wanted), "{arguments:?}: {text:?}");
        // Only the colors differ.
        let mut plain = text.clone();
        for code in ["1", "4", "31", "32", "33", "0"] {
            plain = plain.replace(&format!("\u{1b}[{code}m"), "");
        }
        assert_eq!(plain, printed(arguments));
    }
    // JSON has no colors, nor has a document.
    assert!(!printed(&["columns", "--json", "--color", "always"]).contains('\u{1b}'));
    assert!(!printed(&["policy", "permission", "--location", "billing/b", "--color=always"]).contains('\u{1b}'));
    let error = outlay(&["--color=always", "normalise"]).stderr;
    assert!(String::from_utf8_lossy(&error).contains("\u{1b}[1m\u{1b}[31merror:\u{1b}[0m"), "{error:?}");
}

/// Every command has a help with an example, in which every argument is explained.
#[test]
fn each_command_explains_each_option_and_has_an_example() {
    let help = printed(&["--help"]);
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let commands: Vec<&str> = commands
        .lines()
        .filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' '))?.split_whitespace().next())
        .collect();
    let wanted =
        ["normalize", "head", "columns", "plan", "connect", "verify", "periods", "accounts", "policy", "completion"];
    assert_eq!(commands[..commands.len() - 1], wanted);
    for command in wanted {
        let help = printed(&[command, "-h"]);
        assert!(help.contains("\nExamples:\n"), "{command}");
        let lines: Vec<&str> = help.lines().collect();
        for (line, next) in lines.iter().zip(lines.iter().skip(1)) {
            let Some(option) = line.trim_start().strip_prefix('-').filter(|_| line.starts_with("  ")) else { continue };
            let has_text = option.contains("  ") || next.starts_with("          ");
            assert!(has_text, "{command}: {line}");
        }
        let version = printed(&[command, "-V"]);
        assert!(version.ends_with(concat!(env!("CARGO_PKG_VERSION"), "\n")), "{version}");
        assert_eq!(printed(&["help", command]), printed(&[command, "--help"]));
    }
    // No command reads a stream twice.
    for name in outlay::ReaderBuilder::option_names().filter(|name| *name != "spool_bytes") {
        let option = format!("--{} ", name.replace('_', "-"));
        for command in ["normalize", "head", "plan", "connect"] {
            let is_there = printed(&[command, "-h"]).contains(option.trim_end());
            assert!(is_there || (command, name) == ("connect", "periods"), "{command} has no {option}");
        }
    }
}
