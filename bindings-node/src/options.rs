//! Conversion of named options to the core's builder. Absent options keep the core's defaults.

use napi_derive::napi;
use outlay::{OptionValue, Reader, ReaderBuilder};
use serde_json::{Map, Value};

use crate::failure::{Failure, camel_case};

/// The names of all options in snake_case, as in the core.
#[napi(js_name = "options")]
pub fn option_names() -> Vec<String> {
    ReaderBuilder::option_names().map(str::to_owned).collect()
}

/// Creates a builder from options, given as a JSON object with the core's names.
pub fn builder(options: &str) -> Result<ReaderBuilder, Failure> {
    changed(Reader::builder(), options)
}

/// Sets options of a builder, given as a JSON object with the core's names.
pub fn changed(mut builder: ReaderBuilder, options: &str) -> Result<ReaderBuilder, Failure> {
    let options: Map<String, Value> = serde_json::from_str(options).map_err(no_option)?;
    for (name, value) in options {
        builder = builder.set(&name, setting(&name, value)?)?;
    }
    builder.validate()?;
    Ok(builder)
}

/// Converts the value of an option to the type of the core, which refuses other types.
fn setting(name: &str, value: Value) -> Result<OptionValue, Failure> {
    Ok(match value {
        Value::Bool(flag) => OptionValue::Flag(flag),
        Value::Number(number) => match number.as_u64() {
            Some(number) => OptionValue::Number(number),
            None => return Err(no_option(format!("option `{}`: {number} is no whole number", camel_case(name)))),
        },
        Value::String(text) => OptionValue::Text(text),
        Value::Array(values) => {
            let texts: Result<_, _> = values.into_iter().map(|value| text_of("a list with", value)).collect();
            texts.map_or_else(OptionValue::Other, OptionValue::Texts)
        }
        Value::Object(pairs) => {
            let of = |(key, value)| text_of(&format!("`{key}` with"), value).map(|text| (key, text));
            let pairs: Result<_, _> = pairs.into_iter().map(of).collect();
            pairs.map_or_else(OptionValue::Other, OptionValue::Pairs)
        }
        Value::Null => OptionValue::Other("null".to_owned()),
    })
}

/// Returns a text, or the description of another value.
fn text_of(place: &str, value: Value) -> Result<String, String> {
    let what = match value {
        Value::String(text) => return Ok(text),
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => format!("`{flag}`, a boolean"),
        Value::Number(number) => format!("`{number}`, a number"),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    };
    Err(format!("{place} {what}"))
}

fn no_option(reason: impl ToString) -> Failure {
    Failure::own("OUTLAY_OPTION", reason.to_string())
}
