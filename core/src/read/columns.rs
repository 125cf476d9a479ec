//! Parts → the names of their columns: only headers are read.

use std::collections::HashSet;

use crate::error::{Error, Result};
use crate::options::Options;
use crate::report::headers::header;
use crate::report::part::{Part, Plan};
use crate::report::source::{MOST_RESTARTS, Source};

/// The names of all columns of all parts.
fn columns_of(parts: &[Part], source: &dyn Source, options: &Options) -> Result<Vec<String>> {
    let mut columns = Vec::<String>::new();
    let mut known = HashSet::new();
    for part in parts {
        let read = || header(&part.object, &mut source.head(part, &options.stop)?.bytes, options.limits);
        let found = match read() {
            // It may have been damaged in transit.
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

/// A plan whose parts know the columns of all. A report that changes meanwhile is restarted, as long as there were not
/// too many `restarts` before.
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
