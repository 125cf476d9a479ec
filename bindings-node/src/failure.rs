//! The core's error as a plain object. `lib/errors.js` creates an `OutlayError` from it.

use std::any::Any;
use std::error::Error as _;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

use napi_derive::napi;
use outlay::{Error, ReaderBuilder};

/// The properties of an `OutlayError`.
#[napi(object, object_from_js = false)]
#[derive(Clone, Debug, Default)]
pub struct Failure {
    /// The stable code.
    pub code: String,
    /// The error message.
    pub message: String,
    /// The file or S3 key.
    pub object: Option<String>,
    /// The row number, counted from 1 without the header.
    pub row: Option<i64>,
    /// The byte offset in the decompressed stream.
    pub byte: Option<i64>,
    /// The column.
    pub column: Option<String>,
    /// The message of the underlying error of the operating system or a library.
    pub cause: Option<String>,
    /// The error number of the operating system.
    pub errno: Option<i32>,
    /// The AWS operation, as IAM policies spell it.
    pub operation: Option<String>,
    /// The error code that AWS returned.
    pub aws_code: Option<String>,
    /// The id that AWS gave the request.
    pub request_id: Option<String>,
    /// The possible choices, for errors about a name or place that is not unique.
    pub candidates: Option<Vec<String>>,
    /// Whether the same call may succeed later without changes.
    pub is_retryable: bool,
}

impl Failure {
    /// Creates a failure that has no counterpart in the core.
    pub fn own(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), ..Self::default() }
    }

    fn of_panic(panic: &(dyn Any + Send)) -> Self {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
        Self::fault(text)
    }

    /// Creates the failure for an internal error of outlay.
    pub fn fault(text: impl Display) -> Self {
        Self::own("OUTLAY_PANIC", format!("a fault of outlay itself, please report it: {text}"))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let at = error.at().cloned().unwrap_or_default();
        let object = match &error {
            Error::NotFound { path, .. } => path.display().to_string(),
            _ => at.object,
        };
        let number = |number: Option<u64>| number.and_then(|number| i64::try_from(number).ok());
        let message = message_of(&error);
        let (cause, errno) = match &error {
            Error::Io { source, .. } => (Some(source.to_string()), source.raw_os_error()),
            // The innermost source of an AWS SDK error has the most specific message, so all levels are included.
            error if error.operation().is_some() => (levels(error), None),
            error => (error.source().map(ToString::to_string), None),
        };
        Self {
            code: error.code().to_owned(),
            is_retryable: error.is_retryable(),
            message,
            object: Some(object).filter(|object| !object.is_empty()),
            row: number(at.row),
            byte: number(at.byte),
            column: at.column,
            cause,
            errno,
            operation: error.operation().map(str::to_owned),
            aws_code: error.aws_code().map(str::to_owned),
            request_id: error.request_id().map(str::to_owned),
            candidates: error.candidates().map(<[String]>::to_vec),
        }
    }
}

/// Names in messages that are not options of a read.
const OTHER_NAMES: &[&str] = &["check_against", "closing_batch", "spreadsheet_safe", "row_group_rows", "partition_by"];

/// Returns the message of an error, with options and methods in camelCase, as they are named in Node.
fn message_of(error: &Error) -> String {
    let option = match error {
        Error::Option { option, .. } | Error::NoMatch { option, .. } => Some(*option),
        _ => None,
    };
    let names = ReaderBuilder::option_names().chain(OTHER_NAMES.iter().copied()).chain(option);
    names.filter(|name| name.contains('_')).fold(error.to_string(), |message, name| {
        message.replace(&format!("`{name}`"), &format!("`{}`", camel_case(name)))
    })
}

/// Joins the messages of all sources of an error.
fn levels(error: &outlay::Error) -> Option<String> {
    let levels = std::iter::successors(error.source(), |&level| level.source());
    let levels: Vec<String> = levels.map(ToString::to_string).collect();
    (!levels.is_empty()).then(|| levels.join(": "))
}

/// Converts the name of an option from snake_case to camelCase.
pub fn camel_case(name: &str) -> String {
    let mut camel = String::new();
    for (index, word) in name.split('_').enumerate() {
        let mut letters = word.chars();
        match letters.next() {
            Some(first) if index > 0 => camel.extend(first.to_uppercase()),
            first => camel.extend(first),
        }
        camel.extend(letters);
    }
    camel
}

/// Runs `work` and converts a panic into a failure.
pub fn guarded<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    // The state that a panic interrupted is not used again, since the read ends with the failure.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(Failure::of_panic(&*panic)))
}
