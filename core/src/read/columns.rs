//! The columns of parts, from their headers.

use std::collections::HashSet;

use crate::error::{Error, Result};
use crate::options::Options;
use crate::report::headers::header;
use crate::report::part::{Part, Plan};
use crate::report::source::{MOST_RESTARTS, Source};

/// Returns the names of all columns of all parts.
fn columns_of(parts: &[Part], source: &dyn Source, options: &Options) -> Result<Vec<String>> {
    let mut columns = Vec::<String>::new();
    let mut known = HashSet::new();
    for part in parts {
        let read = || header(&part.object, &mut source.head(part, &options.stop)?.bytes, options.limits);
        let found = match read() {
            // The bytes may have been corrupted in transit, so they are read once more.
            Err(error) if error.is_damage() => read().map_err(|_| error),
            found => found,
        };
        for name in found?.0 {
            if !known.contains(&name) {
                known.insert(name.clone());
                columns.push(name);
            }
        }
    }
    Ok(columns)
}

/// Sets the columns of all parts in each part of a plan. If the report changes meanwhile, this starts again with the
/// newest delivery, unless there were too many `restarts`.
pub(crate) fn with_columns(mut plan: Plan, source: &dyn Source, options: &Options, restarts: &mut u32) -> Result<Plan> {
    loop {
        let error = match columns_of(&plan.parts, source, options) {
            Ok(columns) => {
                plan.parts.iter_mut().for_each(|part| part.columns.clone_from(&columns));
                return Ok(plan);
            }
            Err(error) => error,
        };
        if *restarts >= MOST_RESTARTS || !matches!(error, Error::SourceChanged { .. }) {
            return Err(error);
        }
        plan = source.newest().unwrap_or(Err(error))?;
        *restarts += 1;
    }
}
