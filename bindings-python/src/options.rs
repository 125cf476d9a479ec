//! Options by name → the core's builder. What is not given is left to the core.

use std::collections::HashMap;
use std::path::PathBuf;

use outlay::{Builder, Error, Maps, Negation, OnError, OnUnknownType, Reader, Schema, TagPolicy, Text};
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::exception;

/// The builder for options by name.
pub fn builder(options: &Bound<'_, PyDict>) -> PyResult<Builder> {
    let mut builder = Reader::builder();
    for (name, value) in options {
        if !value.is_none() {
            builder = set(builder, &name.extract::<String>()?, &value)?;
        }
    }
    Ok(builder)
}

fn set(builder: Builder, name: &str, value: &Bound<'_, PyAny>) -> PyResult<Builder> {
    Ok(match name {
        "focus" => builder.focus(value.extract::<String>()?.parse().map_err(exception)?),
        "schema" => builder.schema(word("schema", value, &[("focus", Schema::Focus), ("cur", Schema::Cur)])?),
        "columns" => builder.columns(value.extract::<Vec<String>>()?),
        "extra_columns" => builder.extra_columns(value.extract::<Vec<String>>()?),
        "tag_columns" => builder.tag_columns(value.extract::<Vec<String>>()?),
        "account_names" => builder.account_names(value.extract::<HashMap<String, String>>()?),
        "periods" => builder.periods(value.extract::<Vec<String>>()?),
        "threads" => builder.threads(number("threads", value)?),
        "batch_rows" => builder.batch_rows(number("batch_rows", value)?),
        "maps" => builder.maps(word("maps", value, &[("map", Maps::Map), ("json", Maps::Json)])?),
        "text" => {
            let texts = [("utf8", Text::Utf8), ("dictionary", Text::Dictionary), ("view", Text::View)];
            builder.text(word("text", value, &texts)?)
        }
        "on_error" => {
            builder.on_error(word("on_error", value, &[("stop", OnError::Stop), ("quarantine", OnError::Quarantine)])?)
        }
        "quarantine_file" => builder.quarantine_file(value.extract::<PathBuf>()?),
        "on_unknown_type" => {
            let words = [("warn", OnUnknownType::Warn), ("stop", OnUnknownType::Stop)];
            builder.on_unknown_type(word("on_unknown_type", value, &words)?)
        }
        "negation" => builder.negation(word("negation", value, &[("drop", Negation::Drop), ("keep", Negation::Keep)])?),
        "as_of" => builder.as_of(value.extract::<String>()?),
        "tag_policy" => {
            builder.tag_policy(word("tag_policy", value, &[("exact", TagPolicy::Exact), ("fold", TagPolicy::Fold)])?)
        }
        "lineage" => builder.lineage(value.extract()?),
        "record_bytes" => builder.record_bytes(number("record_bytes", value)?),
        "block_bytes" => builder.block_bytes(number("block_bytes", value)?),
        _ => return Err(PyTypeError::new_err(format!("`{name}` is not an option"))),
    })
}

/// A number, of those that the machine can count to.
fn number(option: &'static str, value: &Bound<'_, PyAny>) -> PyResult<usize> {
    value.extract().map_err(|error: PyErr| match error.is_instance_of::<PyOverflowError>(value.py()) {
        true => exception(Error::Option { option, reason: format!("`{value}` is out of range") }),
        false => error,
    })
}

/// The meaning of a word, of those that the option knows.
fn word<T: Copy>(option: &'static str, value: &Bound<'_, PyAny>, words: &[(&str, T)]) -> PyResult<T> {
    let text = value.extract::<String>()?;
    words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning).ok_or_else(|| {
        let known: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        exception(Error::Option { option, reason: format!("`{text}` is none of {}", known.join(", ")) })
    })
}
