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

fn setting(name: &str, value: Value) -> Result<OptionValue, Failure> {
    let name = camel_case(name);
    let text = |value: Value| match value {
        Value::String(text) => Ok(text),
        _ => Err(no_option(format!("option `{name}`: it is made of texts"))),
    };
    Ok(match value {
        Value::Bool(flag) => OptionValue::Flag(flag),
        Value::Number(number) => {
            let whole = number.as_u64();
            OptionValue::Number(
                whole.ok_or_else(|| no_option(format!("option `{name}`: {number} is no whole number")))?,
            )
        }
        Value::String(text) => OptionValue::Text(text),
        Value::Array(texts) => OptionValue::Texts(texts.into_iter().map(text).collect::<Result<_, _>>()?),
        Value::Object(pairs) => {
            let pairs = pairs.into_iter().map(|(key, value)| Ok((key, text(value)?)));
            OptionValue::Pairs(pairs.collect::<Result<_, Failure>>()?)
        }
        Value::Null => return Err(no_option(format!("option `{name}`: null is no value"))),
    })
}

fn no_option(reason: impl ToString) -> Failure {
    Failure::own("OUTLAY_OPTION", reason.to_string())
}
