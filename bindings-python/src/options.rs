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
    if name == "quarantine_file" {
        return Ok(builder.quarantine_file(value.extract::<PathBuf>()?));
    }
    builder.set(name, setting(name, value)?).map_err(|error| match error {
        Error::Option { option: "name", reason, .. } => PyTypeError::new_err(reason),
        error => exception(error),
    })
}

/// Converts the value of an option to the type of the core.
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
    let texts = match value.cast::<PyMapping>() {
        Ok(pairs) => pairs.items().and_then(|pairs| pairs.extract()).map(OptionValue::Pairs),
        Err(_) => value.extract().map(OptionValue::Texts),
    };
    // The message of the conversion error does not contain the name of the option.
    texts.map_err(|error| PyTypeError::new_err(format!("option `{name}`: {}", error.value(value.py()))))
}
