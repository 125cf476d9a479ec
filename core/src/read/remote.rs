//! Reports in AWS: the methods of [`Connector`] that create readers, and `s3://` addresses, which need no connector.

use std::sync::Arc;

use crate::connector::Connector;
use crate::error::{Error, Result, clip};
use crate::fetch::aws::runtime::block_on_unless;
#[cfg(feature = "discover")]
use crate::fetch::find::discover::{self, Accounts};
use crate::fetch::find::object::root_of;
use crate::fetch::find::place::split_name;
use crate::fetch::settings::address::{Named, split};
use crate::fetch::transfer::remote::{Months, Remote};
use crate::report::part::{BillingPeriod, Part, Plan};
use crate::report::source::S3;
#[cfg(feature = "discover")]
use crate::value::timestamp::Timestamp;
use crate::value::trace::told;
use crate::value::warning::listed;

use super::address::{Address, Wanted};
use super::builder::ReaderBuilder;
use super::reader::Reader;
use super::report::{Origin, Report};

impl Connector {
    /// Opens a month, `2026-09` as text or a [`BillingPeriod`], and streams it from S3: objects are downloaded ahead in pieces, resumed after
    /// interruptions, and all of one delivery.
    ///
    /// If AWS rewrites the report before any row was returned, the read restarts with the new delivery. Later it ends
    /// with [`Error::SourceChanged`].
    ///
    /// # Errors
    ///
    /// [`Error::NotDelivered`] if AWS has not delivered the month; [`Error::Option`] if `period` or an option is
    /// invalid; those of [`Connector::periods`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(connector: outlay::Connector) -> Result<(), outlay::Error> {
    /// let mut reader = connector.read("2026-09", outlay::Reader::builder()).await?;
    /// reader.save("september.csv")?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn read(
        &self,
        period: impl TryInto<BillingPeriod, Error: Into<Error>>,
        options: ReaderBuilder,
    ) -> Result<Reader> {
        let wanted = month(period, &options);
        told("Connector::read", async { self.read_wanted(wanted?, options).await }.await)
    }

    /// Returns a month as a report that can be read any number of times. Its parts are selected now, and each pass reads
    /// these objects with these ETags.
    ///
    /// # Errors
    ///
    /// Those of [`Connector::read`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(connector: outlay::Connector) -> Result<(), outlay::Error> {
    /// let report = connector.open("2026-09", outlay::Reader::builder()).await?;
    /// report.read()?.save("september.parquet")?;
    /// let services = report.with_options(report.options().columns(["ServiceName", "BilledCost"]))?;
    /// services.read()?.save("services.csv")?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn open(
        &self,
        period: impl TryInto<BillingPeriod, Error: Into<Error>>,
        options: ReaderBuilder,
    ) -> Result<Report> {
        let wanted = month(period, &options);
        let open = async {
            let wanted = wanted?;
            let plan = self.plan_of(wanted.clone(), &options).await?;
            Report::planned(options, Origin::Aws(Address::new(self.clone(), wanted)), plan)
        };
        told("Connector::open", open.await)
    }

    /// Opens what is wanted.
    async fn read_wanted(&self, wanted: Wanted, options: ReaderBuilder) -> Result<Reader> {
        options.validate()?;
        let (source, plan) = self.find_parts(wanted, options.stop()).await?;
        let options = options.default_account_names(self.names().clone());
        // The table of the report itself reads all headers first, which blocks.
        let work = move |dropped| options.or_stopped(dropped).start(plan, Arc::new(source), true);
        self.inner.runtime.run_blocking(work).await
    }

    /// Returns the parts of a month as plain values without credentials. [`Connector::read_part`] reads one of them
    /// with the same options. With [`TableSchema::Cur`](crate::TableSchema::Cur) each part has the columns of all.
    ///
    /// # Errors
    ///
    /// Those of [`Connector::read`].
    pub async fn plan(
        &self,
        period: impl TryInto<BillingPeriod, Error: Into<Error>>,
        options: &ReaderBuilder,
    ) -> Result<Plan> {
        let wanted = month(period, options);
        told("Connector::plan", async { self.plan_of(wanted?, options).await }.await)
    }

    /// Opens one part of a plan, with the options of the plan. It does not check for a newer delivery.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if the plan was made with other options; [`Error::SourceChanged`] if the object was replaced; [`Error::Outside`] if it is not below the report's prefix; errors of AWS.
    pub async fn read_part(&self, part: &Part, options: ReaderBuilder) -> Result<Reader> {
        told("Connector::read_part", self.open_part(part, options).await)
    }

    async fn open_part(&self, part: &Part, options: ReaderBuilder) -> Result<Reader> {
        options.validate()?;
        options.options.match_part(part)?;
        let inner = Arc::clone(&self.inner);
        let place = self.inner.runtime.run(async move { Self::place(&inner).await }).await?;
        place.check(part)?;
        let source = Remote::new(Arc::clone(&self.inner.runtime), place, None, options.stop());
        let plan = Plan { parts: vec![part.clone()], ..Plan::default() };
        let options = options.default_account_names(self.names().clone());
        let work = move |dropped| options.or_stopped(dropped).start(plan, Arc::new(source), false);
        self.inner.runtime.run_blocking(work).await
    }

    /// Returns the payer account and its linked accounts: those listed by AWS Organizations, if permitted, and those in
    /// the newest month of the report with rows, which is read for this. In the first week of a month, the month before
    /// is read as well. Later reads use the names for accounts without a name in the report.
    ///
    /// # Errors
    ///
    /// Those of [`Connector::read`] if neither source is available. If only one is, [`Accounts`] has a warning.
    #[cfg(feature = "discover")]
    pub async fn discover(&self) -> Result<Accounts> {
        told("Connector::discover", self.accounts().await)
    }

    #[cfg(feature = "discover")]
    async fn accounts(&self) -> Result<Accounts> {
        let caller = Arc::clone(&self.inner.caller);
        let asked = async move { discover::organization(&caller).await };
        let mut accounts = self.inner.runtime.run(asked).await?;
        match self.accounts_of_report().await {
            Ok(named) => accounts.merge(named),
            Err(error) if accounts.accounts.is_empty() || matches!(error, Error::Stopped) => return Err(error),
            Err(error) => accounts.warn("no_report", format!("{error}; accounts are those of the organization")),
        }
        self.names().extend(accounts.names());
        Ok(accounts)
    }

    /// Returns the accounts in the newest months.
    #[cfg(feature = "discover")]
    async fn accounts_of_report(&self) -> Result<Accounts> {
        let inner = Arc::clone(&self.inner);
        let recent = async move { Self::place(&inner).await?.recent(Timestamp::now()).await };
        let mut accounts = Accounts::default();
        for period in self.inner.runtime.run(recent).await? {
            let columns = ["BillingAccountId", "BillingAccountName", "SubAccountId", "SubAccountName"];
            let wanted = Wanted::Months(Months::Required(period));
            let reader = self.read_wanted(wanted, Reader::builder().columns(columns)).await?;
            let mut batches = reader.into_stream()?;
            while let Some(batch) = batches.next().await {
                accounts.add_rows(&batch?);
            }
        }
        if accounts.accounts.is_empty() {
            accounts.warn("no_report", "no month of the report has rows yet".to_owned());
        }
        Ok(accounts)
    }
}

/// Converts the month of a call. Fails if the option `periods` leaves it out.
fn month(period: impl TryInto<BillingPeriod, Error: Into<Error>>, options: &ReaderBuilder) -> Result<Wanted> {
    let period = period.try_into().map_err(Into::into)?;
    is_selected(period, options)?;
    Ok(Wanted::Months(Months::Required(period)))
}

/// Fails if the option `periods` leaves out the month that is read.
fn is_selected(period: BillingPeriod, options: &ReaderBuilder) -> Result<()> {
    let periods = options.wanted_periods()?;
    if periods.is_empty() || periods.contains(&period) {
        return Ok(());
    }
    let candidates: Vec<String> = periods.iter().map(ToString::to_string).collect();
    let reason = format!(
        "they are {}, but the month that is read is {period}, so that no row would be left: leave the option out",
        listed(&candidates, candidates.len() as u64, false)
    );
    Err(Error::NoMatch { option: "periods", reason, candidates })
}

/// Returns a connector to what an address names, and what to read there: the given months of a report, a manifest or an
/// object. It has the credentials that the AWS tools find.
fn at(uri: &str, months: Months) -> Result<(Connector, Wanted)> {
    let (bucket, key) = split(uri.strip_prefix(S3).unwrap_or(uri));
    if key.contains('*') {
        let reason = format!(
            "`{}` is a pattern, which stands for files but not for objects; name the prefix of the report, which has the manifests",
            clip(uri.as_bytes())
        );
        return Err(Error::Option { option: "path", reason });
    }
    let (prefix, wanted) = match Named::of(key) {
        Named::Prefix => (key.to_owned(), Wanted::Months(months)),
        Named::Manifest => (root_of(key), Wanted::Manifest(key.to_owned())),
        Named::Object => (split_name(key).0.to_owned(), Wanted::Object(key.to_owned())),
    };
    Ok((Connector::builder().location(bucket, prefix).build()?, wanted))
}

/// Returns the report at an address, with the selected months. Nothing is requested.
pub(crate) fn open(uri: &str, options: ReaderBuilder) -> Result<Report> {
    let (connector, wanted) = at(uri, Months::Filter(options.wanted_periods()?))?;
    Report::new(options, Origin::Aws(Address::new(connector, wanted)))
}

/// Opens the report at an address, with the selected months.
pub(crate) fn read(uri: &str, options: ReaderBuilder) -> Result<Reader> {
    let (connector, wanted) = at(uri, Months::Filter(options.wanted_periods()?))?;
    let stop = options.stop();
    block_on_unless(connector.read_wanted(wanted, options), || stop.is_wanted())?
}

/// Returns the parts of the report at an address.
pub(crate) fn plan(uri: &str, options: &ReaderBuilder) -> Result<Plan> {
    let (connector, wanted) = at(uri, Months::Filter(options.wanted_periods()?))?;
    let stop = options.stop();
    block_on_unless(connector.plan_of(wanted, options), || stop.is_wanted())?
}

/// Opens one part of such a plan.
pub(crate) fn read_part(part: &Part, options: ReaderBuilder) -> Result<Reader> {
    let (bucket, key) = split(part.path.strip_prefix(S3).unwrap_or(&part.path));
    let connector = Connector::builder().location(bucket, split_name(key).0).build()?;
    let stop = options.stop();
    block_on_unless(connector.open_part(part, options), || stop.is_wanted())?
}
