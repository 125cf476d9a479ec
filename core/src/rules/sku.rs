//! SkuPriceDetails: product attributes of a SKU with the keys of FOCUS.
//!
//! Source: FOCUS 1.2, SkuPriceDetails: the keys, their units, and which of them are numbers.

use std::borrow::Cow;

use crate::schema::cur::Cur;

/// How an attribute is converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The text.
    Text,
    /// A plain number; other texts are left out.
    Number,
    /// `8 GiB` as 8; other texts are left out.
    Gibibytes,
    /// The family of an instance type: `m5` of `m5.large`, `r5` of `db.r5.large`.
    Series,
}

/// Key, attribute and form. If a key has two rows, the first with a value is used.
#[rustfmt::skip]
pub(crate) const DETAILS: &[(&str, Cur, Form)] = &[
    ("InstanceType",         Cur::ProductInstanceType,       Form::Text),
    ("InstanceSeries",       Cur::ProductInstanceType,       Form::Series),
    ("CoreCount",            Cur::ProductVcpu,               Form::Number),
    ("MemorySize",           Cur::ProductMemory,             Form::Gibibytes),
    ("OperatingSystem",      Cur::ProductOperatingSystem,    Form::Text),
    ("StorageClass",         Cur::ProductStorageClass,       Form::Text),
    ("StorageClass",         Cur::ProductVolumeApiName,      Form::Text),
    ("GpuCount",             Cur::ProductGpu,                Form::Number),
    ("NetworkMaxThroughput", Cur::ProductNetworkPerformance, Form::Number),
];

/// Returns the details of a row. `attribute` returns the value of an attribute.
pub(crate) fn details<'a>(
    attribute: impl Fn(Cur) -> Option<&'a str>,
) -> impl Iterator<Item = (&'static str, Cow<'a, str>)> {
    let mut last = "";
    DETAILS.iter().filter_map(move |&(key, column, form)| {
        if key == last {
            return None;
        }
        let value = value(attribute(column)?, form)?;
        last = key;
        Some((key, value))
    })
}

fn value(text: &str, form: Form) -> Option<Cow<'_, str>> {
    match form {
        Form::Text => Some(Cow::Borrowed(text)),
        Form::Number => is_plain(text).then_some(Cow::Borrowed(text)),
        Form::Gibibytes => {
            let number = text.strip_suffix("GiB")?.trim_ascii_end();
            let number = if number.contains(',') { Cow::Owned(number.replace(',', "")) } else { Cow::Borrowed(number) };
            is_plain(&number).then_some(number)
        }
        Form::Series => {
            let family = ["db.", "cache.", "ml."].iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text);
            let (series, _) = family.split_once('.')?;
            Some(Cow::Borrowed(series))
        }
    }
}

/// Returns whether a text is digits with at most one point.
fn is_plain(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && digits(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_become_details() {
        #[rustfmt::skip]
        let cases = [
            ("m5.large",    Form::Series,    Some("m5")),
            ("db.r5.large", Form::Series,    Some("r5")),
            ("large",       Form::Series,    None),
            ("8 GiB",       Form::Gibibytes, Some("8")),
            ("0.5 GiB",     Form::Gibibytes, Some("0.5")),
            ("1,952 GiB",   Form::Gibibytes, Some("1952")),
            ("NA",          Form::Gibibytes, None),
            ("2",           Form::Number,    Some("2")),
            ("Moderate",    Form::Number,    None),
            ("1e3",         Form::Number,    None),
        ];
        for (text, form, wanted) in cases {
            assert_eq!(value(text, form).as_deref(), wanted, "{text}");
        }
        let both = |column| match column {
            Cur::ProductStorageClass => Some("General Purpose"),
            Cur::ProductVolumeApiName => Some("gp3"),
            _ => None,
        };
        assert_eq!(details(both).collect::<Vec<_>>(), [("StorageClass", Cow::Borrowed("General Purpose"))]);
    }
}
