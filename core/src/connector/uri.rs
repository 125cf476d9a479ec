//! `s3://` addresses of reports, which are read without a connector of the caller's.

use super::Connector;
use crate::address::S3;
use crate::builder::Builder;
use crate::error::{Error, Result};
use crate::fetch::remote::Wanted;
use crate::fetch::runtime::wait_until;
use crate::reader::Reader;
use crate::report::part::{Part, Plan};

/// A connector to `s3://bucket/prefix/report/`, with the credentials that the AWS tools find.
fn at(uri: &str) -> Result<Connector> {
    let path = uri.strip_prefix(S3).unwrap_or(uri);
    let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
    if [".json", ".gz", ".zip", ".csv", ".parquet"].iter().any(|extension| prefix.ends_with(extension)) {
        let reason = format!("`{uri}` is one object; name the prefix of the report, whose manifests say what is read");
        return Err(Error::Option { option: "path", reason });
    }
    Connector::builder().location(bucket, prefix).build()
}

/// Opens the months of a report that an address names.
pub(crate) fn read(uri: &str, options: Builder) -> Result<Reader> {
    let wanted = Wanted::These(options.wanted_periods()?);
    let stop = options.stop();
    wait_until(at(uri)?.open(wanted, options), || stop.is_wanted())?
}

/// The parts of such a report.
pub(crate) fn plan(uri: &str, options: &Builder) -> Result<Plan> {
    let (wanted, stop) = (Wanted::These(options.wanted_periods()?), options.stop());
    wait_until(at(uri)?.plan_of(wanted, options), || stop.is_wanted())?
}

/// Opens one of them, elsewhere and later.
pub(crate) fn read_part(part: &Part, options: Builder) -> Result<Reader> {
    let folder = part.path.rsplit_once('/').map_or(part.path.as_str(), |(folder, _)| folder);
    let stop = options.stop();
    wait_until(at(&format!("{folder}/"))?.read_part(part, options), || stop.is_wanted())?
}
