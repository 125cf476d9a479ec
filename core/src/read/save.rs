//! Writing a read to a file.

use std::path::Path;

use arrow::array::RecordBatch;

use super::reader::Reader;
use crate::error::{Error, Result};
use crate::sink::{Sink, Target};
use crate::value::trace::told;

/// A read being written to a file, batch by batch. For callers that show progress, stop, or decide at the end whether
/// to keep the file. [`Reader::save`] is a loop over it. If it is dropped before [`Saving::finish`], no file is
/// written.
///
/// # Examples
///
/// ```
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
/// # let path = std::env::temp_dir().join(format!("outlay-doc-saving-{}.csv", std::process::id()));
/// use outlay::sink::Target;
///
/// let mut reader = outlay::Reader::builder().read(folder)?;
/// let mut saving = reader.saving(Target::for_path(&path)?)?;
/// while let Some(batch) = saving.next_batch(&mut reader)? {
///     saving.write(&batch)?;
///     println!("{} rows", reader.progress().rows);
/// }
/// reader.check()?;
/// saving.finish(&reader.metadata())?;
/// # std::fs::remove_file(path).unwrap();
/// # Ok::<(), outlay::Error>(())
/// ```
pub struct Saving {
    target: Target,
    sink: Box<dyn Sink + Send>,
    /// Rows that were returned, and rows that were written.
    read: u64,
    written: u64,
}

impl std::fmt::Debug for Saving {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Saving").field("target", &self.target).finish_non_exhaustive()
    }
}

impl Reader {
    /// Writes all batches and the metadata of the read to a file, in the format of its ending: `.parquet`, `.arrow` or
    /// `.feather`, `.arrows`, `.csv` or `.csv.gz`.
    ///
    /// If the report is rewritten while it is read from S3, the written rows are discarded and the read restarts, at
    /// most three times, so that the file is of one delivery. The file is written even if the totals are unproven; call
    /// [`Reader::check`] afterwards.
    ///
    /// # Errors
    ///
    /// Those of the read, those of the sink, and those of [`Reader::may_write`]. There is then no file, or the old one.
    ///
    /// # Examples
    ///
    /// ```
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
    /// # let target = std::env::temp_dir().join(format!("outlay-doc-save-{}.csv", std::process::id()));
    /// let mut reader = outlay::Reader::builder().read(folder)?;
    /// reader.save(&target)?;
    /// reader.check()?;
    /// # std::fs::remove_file(target).unwrap();
    /// # Ok::<(), outlay::Error>(())
    /// ```
    pub fn save(&mut self, path: impl AsRef<Path>) -> Result<()> {
        told("Reader::save", Target::for_path(path.as_ref()).and_then(|target| self.write_to(target)))
    }

    /// Writes all batches and the metadata of the read to a target, which has the options of its format. Otherwise like
    /// [`Reader::save`].
    ///
    /// # Errors
    ///
    /// Those of [`Reader::save`].
    ///
    /// # Examples
    ///
    /// ```
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
    /// # let path = std::env::temp_dir().join(format!("outlay-doc-save-to-{}.csv", std::process::id()));
    /// use outlay::sink::{CsvOptions, Target};
    ///
    /// let target = Target::for_path(&path)?.csv(CsvOptions::default().spreadsheet_safe(true));
    /// let mut reader = outlay::Reader::builder().read(folder)?;
    /// reader.save_to(target)?;
    /// reader.check()?;
    /// # std::fs::remove_file(path).unwrap();
    /// # Ok::<(), outlay::Error>(())
    /// ```
    pub fn save_to(&mut self, target: Target) -> Result<()> {
        told("Reader::save_to", self.write_to(target))
    }

    fn write_to(&mut self, target: Target) -> Result<()> {
        let mut saving = self.saving(target)?;
        while let Some(batch) = saving.next_batch(self)? {
            saving.write(&batch)?;
        }
        saving.finish(&self.metadata()).inspect_err(|error| self.fail(error))
    }

    /// Writes all batches and the metadata of the read to a sink: one of [`sink`](crate::sink) with a writer, properties
    /// or partitions of its own, or one of another crate.
    ///
    /// The sink is completed even if the totals are unproven; call [`Reader::check`] afterwards, or before with a loop
    /// of one's own. A sink cannot be started again, so a report that is rewritten after rows were written is an error.
    ///
    /// # Errors
    ///
    /// Those of the read, those of the sink, [`Error::Consumed`](crate::Error::Consumed) if batches were taken, and
    /// [`Error::Option`](crate::Error::Option) if the sink replaces a file that is read. The sink is then dropped
    /// without [`Sink::finish`].
    ///
    /// # Examples
    ///
    /// ```
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
    /// use outlay::sink::IpcSink;
    ///
    /// let mut reader = outlay::Reader::builder().read(folder)?;
    /// let mut body = Vec::new();
    /// reader.save_with(Box::new(IpcSink::stream("body", &mut body, reader.schema())?))?;
    /// reader.check()?;
    /// assert!(!body.is_empty());
    /// # Ok::<(), outlay::Error>(())
    /// ```
    pub fn save_with(&mut self, sink: Box<dyn Sink + '_>) -> Result<()> {
        told("Reader::save_with", self.write_with(sink))
    }

    fn write_with(&mut self, mut sink: Box<dyn Sink + '_>) -> Result<()> {
        match sink.path() {
            Some(path) => self.may_write(path)?,
            None => self.is_whole_left()?,
        }
        for batch in &mut *self {
            sink.write(&batch?)?;
        }
        sink.finish(&self.metadata()).inspect_err(|error| self.fail(error))
    }

    /// Starts to write the read to a file.
    ///
    /// # Errors
    ///
    /// Those of [`Reader::may_write`] and of [`Target::begin`].
    pub fn saving(&self, target: Target) -> Result<Saving> {
        self.may_write(target.path())?;
        let sink = target.begin(self.schema())?;
        Ok(Saving { target, sink, read: 0, written: 0 })
    }
}

impl Saving {
    /// Returns the next batch of the read, to be written. If the report was rewritten, the read restarts and the file
    /// is started again.
    ///
    /// # Errors
    ///
    /// Those of the read, and those of [`Target::begin`].
    pub fn next_batch(&mut self, reader: &mut Reader) -> Result<Option<RecordBatch>> {
        loop {
            match reader.next().transpose() {
                Ok(batch) => {
                    self.read += batch.as_ref().map_or(0, RecordBatch::num_rows) as u64;
                    return Ok(batch);
                }
                Err(error) => {
                    reader.restart(error)?;
                    self.sink = self.target.begin(reader.schema())?;
                    (self.read, self.written) = (0, 0);
                }
            }
        }
    }

    /// Appends a batch to the file.
    ///
    /// # Errors
    ///
    /// Those of [`Sink::write`].
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.sink.write(batch)?;
        self.written += batch.num_rows() as u64;
        Ok(())
    }

    /// Completes the file with metadata, usually that of [`Reader::metadata`] at the end of the read, and moves it to
    /// its path.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] if the rows that were written are not as many as were read, because the metadata has the totals
    /// of these; those of [`Sink::finish`].
    pub fn finish(self, metadata: &[(String, String)]) -> Result<()> {
        if self.read != self.written {
            let reason = format!(
                "{} rows were read and {} were written: write each batch once, or use a sink for other rows",
                self.read, self.written
            );
            return Err(Error::write(self.target.path().display().to_string(), reason));
        }
        self.sink.finish(metadata)
    }
}
