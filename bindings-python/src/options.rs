//! Conversion of named options to the core's builder, which validates them. Absent options keep the core's defaults.

use std::path::PathBuf;

use outlay::{Error, OptionValue, Reader, ReaderBuilder};
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyString};

use crate::errors::{Facts, exception};

/// Creates a builder from options by name.
pub fn builder(options: &Bound<'_, PyDict>) -> PyResult<ReaderBuilder> {
    changed(Reader::builder(), options)
}

/// Sets options of a builder by name.
pub fn changed(mut builder: ReaderBuilder, options: &Bound<'_, PyDict>) -> PyResult<ReaderBuilder> {
    for (name, value) in options {
        if !value.is_none() {
            builder = set(builder, &name.extract::<String>()?, &value)?;
        }
    }
    Ok(builder)
}

fn set(builder: ReaderBuilder, name: &str, value: &Bound<'_, PyAny>) -> PyResult<ReaderBuilder> {
    // A path can be a path object, and need not be valid UTF-8.
    if name == "quarantine_file"
        && let Ok(path) = value.extract::<PathBuf>()
    {
        return Ok(builder.quarantine_file(path));
    }
    builder.set(name, setting(name, value)?).map_err(|error| match error {
        Error::NoMatch { option: "name", reason, .. } => PyTypeError::new_err(reason),
        error => exception(error),
    })
}

/// Converts the value of an option to the type of the core, which refuses other types.
fn setting(name: &str, value: &Bound<'_, PyAny>) -> PyResult<OptionValue> {
    if let Ok(flag) = value.extract::<bool>() {
        return Ok(OptionValue::Flag(flag));
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(OptionValue::Text(text.extract()?));
    }
    match value.extract::<u64>() {
        Ok(number) => return Ok(OptionValue::Number(number)),
        Err(error) if error.is_instance_of::<PyOverflowError>(value.py()) => {
            let reason = format!("option `{name}`: `{value}` is out of range");
            return Err(Facts::own("OUTLAY_OPTION", reason).exception());
        }
        Err(_) => {}
    }
    if let Ok(mapping) = value.cast::<PyMapping>() {
        let mut pairs = Vec::new();
        for pair in mapping.items()?.iter() {
            let (key, text) = pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
            match (key.extract(), text.extract()) {
                (Ok(key), Ok(text)) => pairs.push((key, text)),
                (Err(_), _) => return described("the key", &key),
                (_, Err(_)) => return described("the value", &text),
            }
        }
        return Ok(OptionValue::Pairs(pairs));
    }
    // Numbers, dates and other single values are not iterable. Bytes are, but not of texts.
    let Ok(values) = value.try_iter() else { return described("", value) };
    let mut texts = Vec::new();
    for text in values {
        let text = text?;
        match text.extract() {
            Ok(text) => texts.push(text),
            Err(_) => return described("a list with", &text),
        }
    }
    Ok(OptionValue::Texts(texts))
}

/// Describes a value that no option takes, by its type, and by its text if that is short.
fn described(place: &str, value: &Bound<'_, PyAny>) -> PyResult<OptionValue> {
    const LONG: usize = 60;
    let kind = value.get_type().name()?.to_string();
    // The text of a value can fail, or be of any length.
    let text = value.repr().ok().map(|text| text.to_string()).filter(|text| text.len() <= LONG);
    let text = text.map_or_else(String::new, |text| format!(" {text}"));
    let place = if place.is_empty() { String::new() } else { format!("{place} ") };
    Ok(OptionValue::Other(format!("{place}{text} of type `{kind}`", text = text.trim_start()).replace("  ", " ")))
}
