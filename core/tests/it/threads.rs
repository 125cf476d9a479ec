//! The public types that are `Send` and `Sync`. The compiler checks the table below in both directions, and
//! ARCHITECTURE.md shows it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::marker::PhantomData;
use std::path::Path;

/// Detects the auto traits of a type: an inherent constant whose bound is met takes precedence over that of the trait.
#[allow(dead_code, reason = "only its constants are used")]
struct Of<T>(PhantomData<T>);

trait Otherwise {
    const SEND: bool = false;
    const SYNC: bool = false;
}

impl<T> Otherwise for Of<T> {}

impl<T: Send> Of<T> {
    const SEND: bool = true;
}

impl<T: Sync> Of<T> {
    const SYNC: bool = true;
}

/// Checks that both results are detected.
const _: () = {
    assert!(Of::<u8>::SEND && Of::<u8>::SYNC);
    assert!(Of::<std::cell::Cell<u8>>::SEND && !Of::<std::cell::Cell<u8>>::SYNC);
    assert!(!Of::<std::rc::Rc<u8>>::SEND && !Of::<std::rc::Rc<u8>>::SYNC);
};

/// Rows of type, `Send` and `Sync`. A type that depends on a feature is checked if the feature is enabled.
macro_rules! types {
    ($($(#[$needs:meta])? $name:ident $(:: $inner:ident)?: $send:literal, $sync:literal;)*) => {
        $(
            $(#[$needs])?
            const _: () = {
                type Type = outlay::$name $(:: $inner)?;
                assert!(Of::<Type>::SEND == $send, concat!("Send: ", stringify!($name $(:: $inner)?)));
                assert!(Of::<Type>::SYNC == $sync, concat!("Sync: ", stringify!($name $(:: $inner)?)));
            };
        )*
        const TYPES: &[(&str, bool, bool)] =
            &[$((concat!(stringify!($name) $(, "::", stringify!($inner))?), $send, $sync)),*];
    };
}

types! {
    //                                      Send   Sync
    ArrowReader:                            true,  false;
    BillingPeriod:                          true,  true;
    Check:                                  true,  true;
    Content:                                true,  true;
    Costs:                                  true,  true;
    Decimal:                                true,  true;
    DecimalEncoding:                        true,  true;
    Decoder:                                true,  true;
    Error:                                  true,  true;
    FocusVersion:                           true,  true;
    Guards:                                 true,  true;
    Location:                               true,  true;
    MapEncoding:                            true,  true;
    NegationPolicy:                         true,  true;
    OnError:                                true,  true;
    OnNoMatch:                              true,  true;
    OnUnknown:                              true,  true;
    OnUnknownType:                          true,  true;
    OptionValue:                            true,  true;
    Outcome:                                true,  true;
    ParseDecimalError:                      true,  true;
    ParsedDecimal:                          true,  true;
    ParseTimestampError:                    true,  true;
    Part:                                   true,  true;
    PartTotals:                             true,  true;
    Plan:                                   true,  true;
    Progress:                               true,  true;
    Quarantined:                            true,  true;
    Reader:                                 true,  false;
    ReaderBuilder:                          true,  true;
    Report:                                 true,  true;
    ReaderHandle:                           true,  true;
    Rounding:                               true,  true;
    RoundingLoss:                           true,  true;
    Saving:                                 true,  false;
    Sum:                                    true,  true;
    Summary:                                true,  true;
    TableSchema:                            true,  true;
    TagPolicy:                              true,  true;
    TextEncoding:                           true,  true;
    Timestamp:                              true,  true;
    Totals:                                 true,  true;
    UnknownRows:                            true,  true;
    Warning:                                true,  true;
    display::Table:                         true,  true;
    sink::CsvFile:                          true,  true;
    sink::CsvOptions:                       true,  true;
    sink::CsvSink:                          true,  true;
    sink::Format:                           true,  true;
    sink::IpcSink:                          true,  true;
    sink::JsonColumns:                      true,  true;
    sink::Numbers:                          true,  true;
    #[cfg(feature = "parquet")]
    sink::ParquetCompression:               true,  true;
    #[cfg(feature = "parquet")]
    sink::ParquetOptions:                   true,  true;
    #[cfg(feature = "parquet")]
    sink::ParquetSink:                      true,  false;
    #[cfg(feature = "parquet")]
    sink::PartitionedSink:                  true,  false;
    sink::PendingFile:                      true,  true;
    sink::Target:                           true,  true;
    #[cfg(feature = "stream")]
    BatchStream:                            true,  false;
    #[cfg(feature = "fetch")]
    Access:                                 true,  true;
    #[cfg(feature = "fetch")]
    Capability:                             true,  true;
    #[cfg(feature = "fetch")]
    Connector:                              true,  true;
    #[cfg(feature = "fetch")]
    ConnectorBuilder:                       true,  true;
    #[cfg(feature = "fetch")]
    ConnectorConfig:                        true,  true;
    #[cfg(feature = "fetch")]
    DeliveredPart:                          true,  true;
    #[cfg(feature = "fetch")]
    Delivery:                               true,  true;
    #[cfg(feature = "fetch")]
    Diagnosis:                              true,  true;
    #[cfg(feature = "fetch")]
    ExternalId:                             true,  true;
    #[cfg(feature = "fetch")]
    Finding:                                true,  true;
    #[cfg(feature = "fetch")]
    PeriodState:                            true,  true;
    #[cfg(feature = "fetch")]
    PeriodStatus:                           true,  true;
    #[cfg(feature = "fetch")]
    ReportDefinition:                       true,  true;
    #[cfg(feature = "fetch")]
    ReportKind:                             true,  true;
    #[cfg(feature = "fetch")]
    RetryPolicy:                            true,  true;
    #[cfg(feature = "fetch")]
    Verdict:                                true,  true;
    #[cfg(feature = "discover")]
    Account:                                true,  true;
    #[cfg(feature = "discover")]
    AccountChanges:                         true,  true;
    #[cfg(feature = "discover")]
    AccountState:                           true,  true;
    #[cfg(feature = "discover")]
    Accounts:                               true,  true;
    #[cfg(feature = "cli")]
    cli::Exit:                              true,  true;
}

/// Public names that are not types: traits, and the alias of `Result`.
const NO_TYPES: &[&str] = &["IntoPaths", "Result", "cli::Console", "sink::Sink"];

fn source(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(file)).unwrap()
}

/// Returns the exported names of a module that begin with a capital: of `pub use`, and of its own items.
fn exported(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let code: String = text.lines().map(|line| line.split("//").next().unwrap_or_default().to_owned() + "\n").collect();
    for statement in code.split("pub use ").skip(1) {
        let uses = statement.split(';').next().unwrap();
        // A path ends in a name or in a list in braces, whose entries may be paths.
        let ends = uses.split(['{', '}', ',']).map(|path| path.rsplit("::").next().unwrap().trim());
        names.extend(ends.map(|name| name.rsplit(" as ").next().unwrap().to_owned()));
    }
    for kind in ["struct", "enum", "union", "trait", "type"] {
        let begin = format!("\npub {kind} ");
        let items = code.split(&begin).skip(1);
        names.extend(
            items.map(|item| item.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap().to_owned()),
        );
    }
    names.retain(|name| name.starts_with(char::is_uppercase));
    names
}

/// Returns the public modules of `lib.rs`, except those hidden from the documentation.
fn modules(text: &str) -> Vec<&str> {
    let mut named = Vec::new();
    let mut is_hidden = false;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("pub mod ").filter(|_| !is_hidden) {
            named.push(name.trim_end_matches(';'));
        }
        is_hidden = line.starts_with("#[") && (is_hidden || line == "#[doc(hidden)]");
    }
    named
}

#[test]
fn each_public_type_is_in_the_table() {
    let root = source("lib.rs");
    let mut public = exported(&root);
    for module in modules(&root) {
        let names = exported(&source(&format!("{module}/mod.rs")));
        public.extend(names.into_iter().map(|name| format!("{module}::{name}")));
    }
    let known: BTreeSet<String> =
        TYPES.iter().map(|(name, ..)| *name).chain(NO_TYPES.iter().copied()).map(str::to_owned).collect();
    assert_eq!(public, known, "the table has each public type, and no other");
    assert_eq!(known.len(), TYPES.len() + NO_TYPES.len(), "each once");
}

/// Returns the types, traits and aliases in the text of the public API, which `make public-api` writes.
fn listed(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for line in text.lines() {
        let item = line.rsplit("] pub ").next().unwrap().trim_start_matches("pub ");
        let path = item.split_once(' ').filter(|(kind, _)| ["struct", "enum", "union", "trait", "type"].contains(kind));
        let Some(path) = path.and_then(|(_, path)| path.strip_prefix("outlay::")) else { continue };
        let end = path.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | ':')).unwrap_or(path.len());
        let path = path[..end].trim_end_matches(':');
        // An associated type of a trait implementation is listed below the type.
        if !path.rsplit_once("::").is_some_and(|(parent, _)| parent.contains(char::is_uppercase)) {
            names.insert(path.to_owned());
        }
    }
    names
}

#[test]
fn the_text_of_the_api_names_each_public_type() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("public-api.txt")).unwrap();
    let known: BTreeSet<String> =
        TYPES.iter().map(|(name, ..)| *name).chain(NO_TYPES.iter().copied()).map(str::to_owned).collect();
    assert_eq!(listed(&text), known, "core/public-api.txt is stale: UPDATE_GOLDEN=1 make public-api writes it");
}

#[test]
fn exported_names_are_found() {
    let text = "mod a;\npub use a;\npub use b::{C, d, e::F};\npub use g::h::I as J;\npub(crate) use k::L;\npub struct M {\n\
                // pub use n::N;\nstruct O;\npub fn p() {}\npub trait Q: R {}\n#[doc(hidden)]\n#[cfg(u)]\npub mod s;\npub mod t;";
    assert_eq!(exported(text).into_iter().collect::<Vec<_>>(), ["C", "F", "J", "M", "Q"]);
    assert_eq!(modules(text), ["t"]);
    let text = "pub mod outlay\n#[non_exhaustive] pub enum outlay::A\npub outlay::A::B\npub type outlay::A::Err = E\n\
                pub struct outlay::m::C<T>\npub trait outlay::D: outlay::E\npub fn outlay::f() -> outlay::G\n\
                pub type outlay::H<T> = T";
    assert_eq!(listed(text).into_iter().collect::<Vec<_>>(), ["A", "D", "H", "m::C"]);
}

/// Returns the table. Types with the same traits share a row.
fn generated() -> String {
    let mut text = String::from("| `Send` | `Sync` | types |\n| --- | --- | --- |\n");
    let word = |is: bool| if is { "yes" } else { "no" };
    for (send, sync) in [(true, true), (true, false), (false, true), (false, false)] {
        let names = TYPES.iter().filter(|row| (row.1, row.2) == (send, sync)).map(|row| format!("`{}`", row.0));
        let mut names: Vec<String> = names.collect();
        names.sort();
        if !names.is_empty() {
            let _ = writeln!(text, "| {} | {} | {} |", word(send), word(sync), names.join(", "));
        }
    }
    text
}

#[test]
fn the_docs_show_the_table() {
    crate::support::architecture("threads", &generated());
}
