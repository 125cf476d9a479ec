//! The methods of [`ReaderBuilder`] that open a report and its parts.

use std::collections::{HashMap, HashSet};
use std::io::{Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;

use crate::error::{Error, Result, clip};
use crate::normalize::closing;
use crate::options::TableSchema;
use crate::report::folder;
use crate::report::headers::header;
use crate::report::kept::{Kept, KeptObjects};
use crate::report::part::{Part, Plan};
use crate::report::source::{Files, Input, S3, Streams};
use crate::totals::Totals;
use crate::value::trace::told;

use super::builder::{IntoPaths, ReaderBuilder};
use super::decoder::Decoder;
use super::reader::Reader;
#[cfg(feature = "fetch")]
use super::remote;
use super::report::{Origin, Report};

/// The errors of a build without the feature `fetch`.
#[cfg(not(feature = "fetch"))]
mod remote {
    use super::{Error, Part, Plan, Reader, ReaderBuilder, Report, Result};

    fn refused<T>() -> Result<T> {
        Err(Error::Option { option: "path", reason: "reading from S3 needs the crate feature `fetch`".to_owned() })
    }

    pub(super) fn open(_: &str, _: ReaderBuilder) -> Result<Report> {
        refused()
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
    /// Returns a report that can be read any number of times. The paths are those of [`ReaderBuilder::read`]; they are
    /// not accessed before the first use.
    ///
    /// # Errors
    ///
    /// [`Error::Option`](crate::Error::Option) if an option or an address is invalid.
    ///
    /// # Examples
    ///
    /// ```
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
    /// let report = outlay::Reader::builder().open(folder)?;
    /// let mut reader = report.read()?;
    /// for batch in &mut reader { batch?; }
    /// report.check()?;
    /// # Ok::<(), outlay::Error>(())
    /// ```
    pub fn open(self, paths: impl IntoPaths) -> Result<Report> {
        told("open", self.open_paths(paths.into_paths()))
    }

    fn open_paths(self, paths: Vec<PathBuf>) -> Result<Report> {
        match s3_uri(&paths)? {
            Some(uri) => remote::open(uri, self),
            None => Report::new(self, Origin::Paths(paths)),
        }
    }

    /// Returns a report that is one object in memory, before decompression. `object` is its name in errors.
    ///
    /// # Errors
    ///
    /// [`Error::Option`](crate::Error::Option) if an option is invalid.
    ///
    /// # Examples
    ///
    /// ```
    /// let csv = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\nUsage,0.096,USD\n";
    /// let report = outlay::Reader::builder().open_bytes("report.csv", csv)?;
    /// assert_eq!(report.head(10)?.num_rows(), 1);
    /// # Ok::<(), outlay::Error>(())
    /// ```
    pub fn open_bytes(
        self,
        object: impl Into<String>,
        bytes: impl AsRef<[u8]> + Send + Sync + 'static,
    ) -> Result<Report> {
        self.open_bytes_all([(object, bytes)])
    }

    /// Returns a report whose parts are objects in memory, each with a name for errors and totals.
    ///
    /// # Errors
    ///
    /// [`Error::Option`](crate::Error::Option) if an option is invalid, if there is no object, or if two have the same
    /// name.
    pub fn open_bytes_all<N, B>(self, objects: impl IntoIterator<Item = (N, B)>) -> Result<Report>
    where
        N: Into<String>,
        B: AsRef<[u8]> + Send + Sync + 'static,
    {
        let kept = |(name, bytes): (N, B)| (name.into(), Kept::Memory(Arc::new(bytes)));
        let objects = KeptObjects::new(objects.into_iter().map(kept).collect())?;
        Report::new(self, Origin::Kept(objects))
    }

    /// Returns a report that is one stream, before decompression. The stream is copied to a temporary file, which is
    /// removed with the last reader of the report. [`ReaderBuilder::read_from`] reads a stream without a copy, once.
    ///
    /// # Errors
    ///
    /// [`Error::Option`](crate::Error::Option) if an option is invalid, or the stream has more bytes than
    /// [`ReaderBuilder::spool_bytes`]; [`Error::Io`](crate::Error::Io) if the stream cannot be read or the file cannot
    /// be written.
    ///
    /// # Examples
    ///
    /// ```
    /// let csv = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\nUsage,0.096,USD\n";
    /// let report = outlay::Reader::builder().open_stream("report.csv", csv.as_bytes())?;
    /// assert_eq!(report.head(10)?.num_rows(), 1);
    /// # Ok::<(), outlay::Error>(())
    /// ```
    pub fn open_stream(self, object: impl Into<String>, input: impl Read) -> Result<Report> {
        self.open_stream_all([(object, input)])
    }

    /// Returns a report whose parts are streams, each with a name for errors and totals, see
    /// [`open_stream`](Self::open_stream). The option [`ReaderBuilder::spool_bytes`] limits each of them.
    ///
    /// # Errors
    ///
    /// Those of [`open_stream`](Self::open_stream); [`Error::Option`](crate::Error::Option) if there is no stream, or if
    /// two have the same name.
    pub fn open_stream_all<N, R>(self, streams: impl IntoIterator<Item = (N, R)>) -> Result<Report>
    where
        N: Into<String>,
        R: Read,
    {
        self.validate()?;
        let mut objects = Vec::new();
        for (name, input) in streams {
            let name = name.into();
            let kept = Kept::spool(&name, input, self.options.spool_bytes, &self.options.stop)?;
            objects.push((name, kept));
        }
        Report::new(self, Origin::Kept(KeptObjects::new(objects)?))
    }

    /// Opens a report: a file, a folder, a manifest, or several of them.
    ///
    /// `~` at the start of a path is the home folder; a file with that name is `./~`. A path that does not exist and has
    /// `*`, `?` or `[…]` is a pattern: `bills/*.csv.gz` are all these files, in order of their names; `**` is any number
    /// of folders. An address like `file:///bills/november.csv.gz` is the path in it.
    ///
    /// A folder is read through its manifests: for each month, all listed parts of one delivery. A folder without a
    /// manifest is read if names and headers show that its files are one complete report; files that are not read are
    /// listed in warnings. With the feature `fetch`, an address like `s3://bucket/prefix/report/` is read with the
    /// credentials that the AWS tools find; a `Connector` can assume a role instead. An address that ends in `.json` is a
    /// manifest, and one that ends in `.csv`, `.gz`, `.zip` or `.parquet` an object that is the whole report.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`](crate::Error::NotFound) if a path does not exist, or a pattern matches nothing;
    /// [`Error::Ambiguous`](crate::Error::Ambiguous) if it is not clear which files of a folder to read;
    /// [`Error::MissingPart`](crate::Error::MissingPart) if a part is missing;
    /// [`Error::Manifest`](crate::Error::Manifest) if a manifest is invalid; [`Error::Option`](crate::Error::Option) if
    /// an option is invalid or two parts have the same content.
    ///
    /// While reading, the iterator returns [`Error::SourceChanged`](crate::Error::SourceChanged) for a file that has
    /// changed since, and other errors for invalid content.
    ///
    /// # Examples
    ///
    /// ```
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
    /// for batch in outlay::Reader::builder().read(folder)? {
    ///     println!("{} rows", batch?.num_rows());
    /// }
    /// # Ok::<(), outlay::Error>(())
    /// ```
    pub fn read(self, paths: impl IntoPaths) -> Result<Reader> {
        told("read", self.read_paths(&paths.into_paths()))
    }

    fn read_paths(self, paths: &[PathBuf]) -> Result<Reader> {
        if let Some(uri) = s3_uri(paths)? {
            return remote::read(uri, self);
        }
        let plan = self.plan_paths(paths)?;
        self.start(plan, Arc::new(Files), true)
    }

    /// Opens a report that is one stream of bytes, before decompression. `object` is its name in errors. Nothing is
    /// read before the first batch is requested, except for the header with [`TableSchema::Cur`].
    ///
    /// With more than one thread, another thread reads the stream. Dropping the reader does not wait for a thread that is
    /// in `read`: it ends, and drops the stream, when `read` returns.
    ///
    /// # Errors
    ///
    /// [`Error::Option`](crate::Error::Option) if an option is invalid. With [`TableSchema::Cur`], also the errors of reading the header. While reading, the iterator returns errors for invalid content.
    ///
    /// # Examples
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
        told("read_from", self.read_from_all([(object, input)]))
    }

    /// Opens a report whose parts are streams of bytes, each with a name for errors and totals. The streams are read in
    /// this order; with 4 threads and more, several at a time. See [`read_from`](Self::read_from).
    ///
    /// Unlike files, streams are not compared with each other, so a part that is passed twice counts twice.
    ///
    /// # Errors
    ///
    /// Those of [`read_from`](Self::read_from); [`Error::Option`](crate::Error::Option) if there is no stream, or if two
    /// have the same name.
    ///
    /// # Examples
    ///
    /// ```
    /// let header = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\n";
    /// let parts = ["0.096", "0.104"].map(|cost| format!("{header}Usage,{cost},USD\n"));
    /// let streams = parts.into_iter().enumerate().map(|(number, part)| {
    ///     (format!("report-{}.csv", number + 1), std::io::Cursor::new(part))
    /// });
    /// let mut reader = outlay::Reader::builder().read_from_all(streams)?;
    /// for batch in &mut reader { batch?; }
    /// assert_eq!(reader.totals().costs()["USD"].billed.to_string(), "0.2");
    /// # Ok::<(), outlay::Error>(())
    /// ```
    pub fn read_from_all<N, R>(self, streams: impl IntoIterator<Item = (N, R)>) -> Result<Reader>
    where
        N: Into<String>,
        R: Read + Send + 'static,
    {
        self.options.validate()?;
        let fail = |reason: String| Err(Error::Option { option: "path", reason });
        let (mut plan, mut inputs) = (Plan::default(), HashMap::new());
        let (mut columns, mut known) = (Vec::new(), HashSet::new());
        for (object, input) in streams {
            let part = Part::named(object.into());
            let mut input = Input::new(input);
            if self.options.schema == TableSchema::Cur {
                // A stream cannot be opened twice, so the bytes of its header are put back.
                let (header, begun) = header(&part.object, &mut input.bytes, self.options.limits)?;
                columns.extend(header.into_iter().filter(|name| known.insert(name.clone())));
                input = Input::new(Cursor::new(begun).chain(input.bytes));
            }
            if inputs.insert(part.object.clone(), input).is_some() {
                return fail(format!(
                    "two streams have the name `{}`; give each its own",
                    clip(part.object.as_bytes())
                ));
            }
            plan.parts.push(part);
        }
        if plan.parts.is_empty() {
            return fail("no stream was given".to_owned());
        }
        plan.parts.iter_mut().for_each(|part| part.columns.clone_from(&columns));
        self.start(plan, Arc::new(Streams::new(inputs)), true)
    }

    /// Returns the parts of a report as plain values, which serialize. [`ReaderBuilder::read_part`] reads one of them,
    /// and [`Totals::check_against`](crate::Totals::check_against) checks that all were read once.
    ///
    /// # Errors
    ///
    /// Those of [`ReaderBuilder::read`].
    ///
    /// # Examples
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
        told("plan", self.plan_paths(&paths.into_paths()))
    }

    fn plan_paths(&self, paths: &[PathBuf]) -> Result<Plan> {
        self.options.validate()?;
        if let Some(uri) = s3_uri(paths)? {
            return remote::plan(uri, self);
        }
        let plan = folder::plan(paths, &self.options.billing_periods()?, &self.options.stop)?;
        self.options.refuse_absent_months(&plan)?;
        self.with_columns(plan, &Files)
    }

    /// Opens one part of a plan. The rows of the closing batch are not returned, see [`ReaderBuilder::closing_batch`].
    /// A file must have its planned size; within the process that planned it, also its planned change time and inode.
    ///
    /// # Errors
    ///
    /// [`Error::Option`](crate::Error::Option) if the plan was made with other options, see [`Plan::fingerprint`];
    /// [`Error::NotFound`](crate::Error::NotFound) if the part does not exist;
    /// [`Error::SourceChanged`](crate::Error::SourceChanged) while reading, if it has changed.
    pub fn read_part(self, part: &Part) -> Result<Reader> {
        told("read_part", self.open_part(part))
    }

    fn open_part(self, part: &Part) -> Result<Reader> {
        self.options.validate()?;
        self.options.match_part(part)?;
        if part.path.starts_with(S3) {
            return remote::read_part(part, self);
        }
        self.start(Plan { parts: vec![part.clone()], ..Plan::default() }, Arc::new(Files), false)
    }

    /// Returns the rows that depend on the totals of all parts, as one batch, and updates the totals. `None` if there
    /// are no such rows. A whole read returns this batch itself.
    ///
    /// If more totals are merged afterwards, a second call returns the difference.
    ///
    /// # Errors
    ///
    /// [`Error::Option`](crate::Error::Option) if the parts were read with other options;
    /// [`Error::Value`](crate::Error::Value) if a number is out of range of [`ReaderBuilder::decimals`].
    pub fn closing_batch(&self, totals: &mut Totals) -> Result<Option<RecordBatch>> {
        self.options.validate()?;
        self.options.match_fingerprint("totals", "their parts were read", totals.fingerprint())?;
        self.options.refuse_unmatched(totals)?;
        closing::close(totals, &mut self.options.table()?)
    }

    /// Returns a push decoder for the bytes of one part. `object` is its name in errors.
    ///
    /// # Errors
    ///
    /// [`Error::Option`](crate::Error::Option) if an option is invalid.
    pub fn decoder(self, object: impl Into<String>) -> Result<Decoder> {
        self.options.validate()?;
        Decoder::new(Arc::new(self.options), Part::named(object.into()), true)
    }

    /// Returns a push decoder for the bytes of a part of a plan, whose month, delivery and size it knows. For programs with
    /// I/O of their own: the totals are merged and checked as those of [`ReaderBuilder::read_part`].
    ///
    /// # Errors
    ///
    /// [`Error::Option`](crate::Error::Option) if an option is invalid, or the plan was made with other options. While
    /// decoding, [`Error::Truncated`](crate::Error::Truncated) and others if the object has another size.
    ///
    /// # Examples
    ///
    /// ```
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
    /// let builder = outlay::Reader::builder();
    /// let plan = builder.clone().plan(folder)?;
    /// let mut totals = outlay::Totals::default();
    /// for part in &plan.parts {
    ///     let bytes = std::fs::read(&part.path).unwrap();
    ///     let mut decoder = builder.clone().part_decoder(part)?;
    ///     let mut rest = bytes.as_slice();
    ///     while !rest.is_empty() {
    ///         rest = &rest[decoder.feed(rest)?..];
    ///         while decoder.next_batch()?.is_some() {}
    ///     }
    ///     decoder.finish();
    ///     while decoder.next_batch()?.is_some() {}
    ///     totals.merge(&decoder.totals())?;
    /// }
    /// let _closing = builder.closing_batch(&mut totals)?;
    /// totals.check_against(&plan)?;
    /// # Ok::<(), outlay::Error>(())
    /// ```
    pub fn part_decoder(mut self, part: &Part) -> Result<Decoder> {
        self.options.validate()?;
        self.options.match_part(part)?;
        if part.size > 0 {
            self.options.expected_bytes.get_or_insert(part.size);
        }
        Decoder::new(Arc::new(self.options), part.clone(), false)
    }
}

/// Returns the address of a report in S3, if the paths are one.
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
