//! The verbs of [`ReaderBuilder`]: what opens a report, and its parts.

use std::io::{Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;

use super::columns::with_columns;
use crate::error::{Error, Result};
use crate::normalize::closing;
use crate::options::TableSchema;
use crate::report::folder;
use crate::report::headers::header;
use crate::report::part::{Part, Plan};
use crate::report::source::{Files, Input, OneStream, S3};
use crate::totals::Totals;

use super::builder::{IntoPaths, ReaderBuilder};
use super::decoder::Decoder;
use super::reader::Reader;
#[cfg(feature = "fetch")]
use super::remote;

/// What a build without the network says.
#[cfg(not(feature = "fetch"))]
mod remote {
    use super::{Error, Part, Plan, Reader, ReaderBuilder, Result};

    fn refused<T>() -> Result<T> {
        Err(Error::Option { option: "path", reason: "reading from S3 needs the crate feature `fetch`".to_owned() })
    }

    pub(super) fn read(_: &str, _: ReaderBuilder) -> Result<Reader> {
        refused()
    }

    pub(super) fn plan(_: &str, _: &ReaderBuilder) -> Result<Plan> {
        refused()
    }

    pub(super) fn read_part(_: &Part, _: ReaderBuilder) -> Result<Reader> {
        refused()
    }
}

impl ReaderBuilder {
    /// Opens a report: a file, a folder, a manifest, or several of them.
    ///
    /// A folder is read through its manifests: for each month the listed parts, all of them, of one delivery. Without a
    /// manifest its files are one report when their names and headers say so, and every file that is not read is named. With
    /// the feature `fetch` it may lie in S3, as `s3://bucket/prefix/report/`, and is read with the credentials that the AWS
    /// tools find; a `Connector` does the same with a role.
    ///
    /// Errors: [`Error::NotFound`](crate::Error::NotFound), [`Error::Ambiguous`](crate::Error::Ambiguous) when a folder can mean more than one thing,
    /// [`Error::MissingPart`](crate::Error::MissingPart), [`Error::Manifest`](crate::Error::Manifest), [`Error::Option`](crate::Error::Option), also for
    /// parts that hold the same text. While it reads, [`Error::SourceChanged`](crate::Error::SourceChanged) for a file that is not
    /// the one that was planned.
    pub fn read(self, paths: impl IntoPaths) -> Result<Reader> {
        let paths = paths.into_paths();
        if let Some(uri) = s3_uri(&paths)? {
            return remote::read(uri, self);
        }
        let plan = self.clone().plan(paths)?;
        self.open(plan, Arc::new(Files), true)
    }

    /// Opens a report that comes as one stream of bytes, compressed as it is; `object` is its name in errors. Nothing is
    /// read before the first batch is asked for, but the header with `schema = cur`.
    ///
    /// With more than one thread the stream is read on one of them. A reader that is dropped while that one waits for
    /// bytes leaves it to the stream after half a second.
    ///
    /// ```
    /// let csv = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\nUsage,0.096,USD\n";
    /// let mut reader = outlay::Reader::builder().columns(["BilledCost"]).read_from("report.csv", csv.as_bytes())?;
    /// assert_eq!(reader.next().unwrap()?.num_rows(), 1);
    /// assert!(reader.next().is_none());
    /// reader.totals().check()?;
    /// # Ok::<(), outlay::Error>(())
    /// ```
    pub fn read_from(self, object: impl Into<String>, input: impl Read + Send + 'static) -> Result<Reader> {
        let mut part = Part::named(object.into());
        let mut input = Input::new(input);
        if self.options.schema == TableSchema::Cur {
            let (header, begun) = header(&part.object, &mut input.bytes, self.options.limits)?;
            part.columns = header;
            input = Input::new(Cursor::new(begun).chain(input.bytes));
        }
        self.open(Plan { parts: vec![part], ..Plan::default() }, Arc::new(OneStream::new(input)), true)
    }

    /// The parts of a read as plain values, which serialize; [`ReaderBuilder::read_part`] reads one, and
    /// [`Totals::check_against`](crate::Totals::check_against) proves that all of them were read, each once.
    ///
    /// ```
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
    /// let builder = outlay::Reader::builder();
    /// let plan = builder.clone().plan(folder)?;
    /// let mut totals = outlay::Totals::default();
    /// for part in &plan.parts {
    ///     let mut reader = builder.clone().read_part(part)?;
    ///     for batch in &mut reader { batch?; }
    ///     totals.merge(&reader.totals())?;
    /// }
    /// let closing = builder.closing_batch(&mut totals)?;
    /// totals.check_against(&plan)?;
    /// assert_eq!(totals.outcome(), outlay::Outcome::Proven);
    /// # Ok::<(), outlay::Error>(())
    /// ```
    pub fn plan(self, paths: impl IntoPaths) -> Result<Plan> {
        self.options.validate()?;
        let paths = paths.into_paths();
        if let Some(uri) = s3_uri(&paths)? {
            return remote::plan(uri, &self);
        }
        let mut plan = folder::plan(&paths, &self.options.billing_periods()?, &self.options.stop)?;
        if self.options.schema == TableSchema::Cur {
            plan = with_columns(plan, &Files, &self.options, &mut 0)?;
        }
        Ok(plan.signed(&self.options.fingerprint()))
    }

    /// Opens one part of a plan. Its totals say which rows are due in the closing batch, but do not hand them out. A file is
    /// held to its planned size, and in the process that planned it to its time of change and its inode as well.
    ///
    /// Errors: [`Error::Option`](crate::Error::Option) when the plan was made with other options, see [`Plan::fingerprint`].
    pub fn read_part(self, part: &Part) -> Result<Reader> {
        self.options.validate()?;
        self.options.match_part(part)?;
        if part.path.starts_with(S3) {
            return remote::read_part(part, self);
        }
        self.open(Plan { parts: vec![part.clone()], ..Plan::default() }, Arc::new(Files), false)
    }

    /// The rows that only the totals of all parts show, as one batch, and the totals with them settled. `None` when
    /// nothing is due. A whole read hands this batch out by itself.
    ///
    /// Totals that are merged after it are right as well: what is due then is the rest.
    ///
    /// Errors: [`Error::Option`](crate::Error::Option) when the parts were read with other options.
    pub fn closing_batch(&self, totals: &mut Totals) -> Result<Option<RecordBatch>> {
        self.options.validate()?;
        self.options.match_fingerprint("totals", "their parts were read", totals.fingerprint())?;
        Ok(closing::close(totals, &mut self.options.table()?))
    }

    /// A push decoder for the bytes of one part, which come from wherever; `object` is its name in errors.
    pub fn decoder(self, object: impl Into<String>) -> Result<Decoder> {
        self.options.validate()?;
        Decoder::new(Arc::new(self.options), Part::named(object.into()))
    }
}

/// The report in S3 that is named, if one is.
fn s3_uri(paths: &[PathBuf]) -> Result<Option<&str>> {
    let mut uris = paths.iter().filter_map(|path| path.to_str().filter(|path| path.starts_with(S3)));
    match (uris.next(), paths.len()) {
        (Some(_), 2..) => {
            let reason = "pass one s3:// address only".to_owned();
            Err(Error::Option { option: "path", reason })
        }
        (uri, _) => Ok(uri),
    }
}
