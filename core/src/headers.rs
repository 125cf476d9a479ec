//! Parts → the names of their columns: only headers are read.

use std::collections::HashSet;
use std::io::Read;
use std::sync::Arc;

use crate::csv::records::{Blocks, Limits};
use crate::error::{Error, Result};
use crate::options::Options;
use crate::report::layout::Layout;
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

/// The names of the columns of one part, and the bytes that were read to know them.
pub(crate) fn header(object: &str, input: &mut dyn Read, limits: Limits) -> Result<(Vec<String>, Vec<u8>)> {
    // A header is short: no need to inflate a whole block for it.
    let limits = Limits { block_bytes: limits.block_bytes.min(32 << 10), ..limits };
    let mut blocks = Blocks::new(Arc::from(object), limits);
    let mut begun = Vec::new();
    let mut chunk = vec![0; 8 << 10];
    while blocks.header().is_none() {
        let read = input.read(&mut chunk).map_err(|source| Error::reading(object, source))?;
        let mut bytes = chunk.get(..read).unwrap_or_default();
        begun.extend_from_slice(bytes);
        if bytes.is_empty() {
            blocks.finish();
            blocks.next()?;
            break;
        }
        while !bytes.is_empty() && blocks.header().is_none() {
            let taken = blocks.feed(bytes)?;
            bytes = bytes.get(taken..).unwrap_or_default();
            blocks.next()?;
        }
    }
    // A layout of its own for each header: a file that is no report is refused by its own name.
    let header = blocks.header().unwrap_or_default();
    Layout::bind(object, header)?;
    Ok((header.to_vec(), begun))
}
