//! The connector to a report in AWS.
//!
//! In: settings and the name of a report. Out: accounts, reports, months, and copies of months in folders. Not here:
//! reading. `read` adds the methods that create readers.

mod builder;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub use self::builder::ConnectorBuilder;
use crate::error::{Error, Result};
use crate::fetch::aws::bucket::Bucket;
use crate::fetch::aws::clients::AwsCaller;
use crate::fetch::aws::runtime::Runtime;
use crate::fetch::find::catalog;
use crate::fetch::find::catalog::ReportDefinition;
use crate::fetch::find::period::PeriodStatus;
use crate::fetch::find::place::ReportLocation;
use crate::fetch::settings::config::ConnectorConfig;
use crate::fetch::settings::role::Partition;
use crate::fetch::setup::diagnosis::{Diagnosis, Verdict};
use crate::fetch::setup::verify;
use crate::fetch::transfer::spool;
use crate::report::part::BillingPeriod;
use crate::value::home::expand_home;
use crate::value::timestamp::Timestamp;
use crate::value::trace::told;

/// A connection to a report in AWS: it assumes a role, finds the report, lists its months, and streams a month.
///
/// The methods are async and work in any runtime, because a thread of the connector does the work;
/// [`block_on`](crate::block_on) blocks on them without a runtime. Clones share connections and credentials.
///
/// # Examples
///
/// ```no_run
/// use outlay::{Connector, ExternalId, Reader};
///
/// # async fn example() -> Result<(), outlay::Error> {
/// let connector = Connector::builder()
///     .role_arn("arn:aws:iam::123456789012:role/outlay")
///     .external_id(ExternalId::new(std::env::var("EXTERNAL_ID").unwrap_or_default())?)
///     .report_name("daily")
///     .build()?;
/// let mut reader = connector.read("2026-09", Reader::builder()).await?;
/// for batch in &mut reader {
///     println!("{} rows", batch?.num_rows());
/// }
/// reader.totals().check()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Connector {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) caller: Arc<AwsCaller>,
    pub(crate) runtime: Arc<Runtime>,
    place: Mutex<Option<Found>>,
    /// Account names found so far.
    names: Mutex<BTreeMap<String, String>>,
}

/// The location of the report, and how long it is valid if its definition could not be read.
#[derive(Clone, Debug)]
struct Found {
    place: ReportLocation,
    until: Option<Instant>,
}

impl Connector {
    /// Returns a builder with default settings.
    pub fn builder() -> ConnectorBuilder {
        ConnectorBuilder::default()
    }

    /// Returns a builder with the given settings. The external ID is read from the environment variable named in them.
    pub fn from_config(config: ConnectorConfig) -> ConnectorBuilder {
        ConnectorBuilder::of(config)
    }

    fn new(caller: AwsCaller) -> Self {
        let (caller, runtime) = (Arc::new(caller), Arc::new(Runtime::default()));
        Self { inner: Arc::new(Inner { caller, runtime, place: Mutex::default(), names: Mutex::default() }) }
    }

    /// Returns the settings, without secrets.
    pub fn config(&self) -> &ConnectorConfig {
        &self.inner.caller.config
    }

    /// Returns the AWS account of the role. `None` without a role.
    pub fn account(&self) -> Option<&str> {
        self.inner.caller.role.as_ref().map(|role| role.account.as_str())
    }

    /// Returns a connector with other settings for the same account. The account of the role must not change, so that
    /// data about one account is never used for another one.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if the account differs, and those of [`ConnectorBuilder::build`].
    pub fn reconfigure(&self, builder: ConnectorBuilder) -> Result<Self> {
        let role = builder.role()?;
        if role.as_ref().map(|role| role.account.as_str()) != self.account() {
            let reason = "another account is another connector".to_owned();
            return Err(Error::Option { option: "role_arn", reason });
        }
        builder.build()
    }

    /// Returns the location of the report. It is looked up once, and again after a temporary failure.
    pub(crate) async fn place(inner: &Arc<Inner>) -> Result<ReportLocation> {
        const DOUBTFUL: Duration = Duration::from_secs(300);
        let known = || inner.place.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known().clone().filter(|found| found.until.is_none_or(|until| Instant::now() < until));
        if let Some(found) = found {
            return Ok(found.place);
        }
        let (place, doubt) = Self::find(inner).await?;
        let until = doubt.filter(Error::is_retryable).map(|_| Instant::now() + DOUBTFUL);
        *known() = Some(Found { place: place.clone(), until });
        Ok(place)
    }

    /// Looks up the location of the report. Also returns why its definition was not found, if bucket and prefix are
    /// known without it.
    async fn find(inner: &Arc<Inner>) -> Result<(ReportLocation, Option<Error>)> {
        let caller = &inner.caller;
        let config = &caller.config;
        let bucket = |name: &str, region: Option<String>| {
            Arc::new(Bucket::new(Arc::clone(caller), name.to_owned(), config.region.clone().or(region)))
        };
        let placed = config.bucket.as_deref().map(|name| {
            let prefix = config.prefix.as_deref().unwrap_or_default();
            ReportLocation::below(bucket(name, None), prefix, config.report_name.clone())
        });
        let Some(name) = &config.report_name else {
            let missing = || Error::Option {
                option: "report_name",
                reason: "a report is found by its name, or by bucket and prefix: set one of them".to_owned(),
            };
            return placed.map(|placed| (placed, None)).ok_or_else(missing);
        };
        if let Err(error) = Self::has_definitions(caller).await {
            return placed.map(|placed| (placed, None)).ok_or(error);
        }
        let catalog = catalog::all(caller, Some(name)).await;
        match (catalog.find(name, config.bucket.as_deref(), config.prefix.as_deref()), placed) {
            (Ok(found), _) => {
                let region = Some(found.region.clone()).filter(|region| !region.is_empty());
                Ok((ReportLocation::defined(bucket(&found.bucket, region), found), None))
            }
            // Definitions are visible only in the account that owns them, and not in every partition. The bucket may be
            // readable from other accounts.
            (
                Err(
                    doubt @ (Error::Denied { .. }
                    | Error::NoReport { .. }
                    | Error::Credentials { .. }
                    | Error::Network { .. }
                    | Error::Throttled { .. }
                    | Error::Aws { .. }),
                ),
                Some(placed),
            ) => Ok((placed, Some(doubt))),
            (Err(error), _) => Err(error),
        }
    }

    /// Returns an error if report definitions are not available.
    async fn has_definitions(caller: &Arc<AwsCaller>) -> Result<()> {
        if caller.partition().await != Partition::GovCloud {
            return Ok(());
        }
        let reason = "reports of GovCloud are defined in the paying account outside GovCloud; set bucket and prefix";
        Err(Error::Option { option: "bucket", reason: reason.to_owned() })
    }

    /// Checks everything that reading the report needs, step by step, and returns for each what was found and what to
    /// change. It changes nothing and can be repeated. With the feature `reconcile` it sends one request to Cost
    /// Explorer, for which AWS charges 0.01 USD; [`verify_without_cost_explorer`](Self::verify_without_cost_explorer)
    /// sends none.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(connector: outlay::Connector) {
    /// println!("{}", connector.verify().await);
    /// # }
    /// ```
    pub async fn verify(&self) -> Diagnosis {
        self.diagnose(true).await
    }

    /// Checks what [`verify`](Self::verify) checks, without the request to Cost Explorer: no request is charged for beyond
    /// those to S3 and KMS.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(connector: outlay::Connector) {
    /// assert!(connector.verify_without_cost_explorer().await.is_ready());
    /// # }
    /// ```
    pub async fn verify_without_cost_explorer(&self) -> Diagnosis {
        self.diagnose(false).await
    }

    /// Verifies, with or without the request to Cost Explorer.
    async fn diagnose(&self, asks_cost_explorer: bool) -> Diagnosis {
        let inner = Arc::clone(&self.inner);
        let verify = async move { Ok(verify::verify(&inner.caller, Self::find(&inner), asks_cost_explorer).await) };
        self.inner.runtime.run(verify).await.unwrap_or_else(|error| {
            // No check was possible: no thread could be started, or the process was forked.
            let mut diagnosis = Diagnosis::default();
            diagnosis.add("credentials", Verdict::Failed, error.to_string(), None);
            diagnosis
        })
    }

    /// Returns the account names found so far.
    pub(crate) fn names(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.inner.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns all reports and exports of the account.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] if neither reports nor exports may be listed. If only one of them may, the other is left out.
    pub async fn reports(&self) -> Result<Vec<ReportDefinition>> {
        let caller = Arc::clone(&self.inner.caller);
        let list = async move {
            Self::has_definitions(&caller).await?;
            catalog::all(&caller, None).await.list()
        };
        told("Connector::reports", self.inner.runtime.run(list).await)
    }

    /// Returns the months of the report, in order, each with its newest delivery.
    ///
    /// A month whose manifest or parts are invalid, or that AWS is writing at this moment, is
    /// [`PeriodState::Unreadable`](crate::PeriodState::Unreadable), with the reason.
    ///
    /// # Errors
    ///
    /// [`Error::NoReport`] if no report matches, if several do, or if nothing lies below the given bucket and prefix, with
    /// what lies beside it; [`Error::Denied`] if the bucket may not be listed; other errors of AWS.
    pub async fn periods(&self) -> Result<Vec<PeriodStatus>> {
        let inner = Arc::clone(&self.inner);
        let list = async move { Self::place(&inner).await?.list_periods(Timestamp::now()).await };
        told("Connector::periods", self.inner.runtime.run(list).await)
    }

    /// Downloads a month to a new folder, such as `folder/2026-09`, and returns the path of its manifest, for
    /// [`ReaderBuilder::read`](crate::ReaderBuilder::read). `~` at the start of `folder` is the home folder. The files are written to a temporary folder, which is moved
    /// when it is complete. If AWS rewrites the month meanwhile, the download restarts, at most three times.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the folder exists with other contents, or files cannot be written; those of [`Connector::read`].
    pub async fn spool(
        &self,
        period: impl TryInto<BillingPeriod, Error: Into<Error>>,
        folder: impl AsRef<Path>,
    ) -> Result<PathBuf> {
        let period = period.try_into().map_err(Into::into);
        let (inner, folder) = (Arc::clone(&self.inner), expand_home("folder", folder.as_ref())?.into_owned());
        let spool = async move {
            let period = period?;
            let place = Self::place(&inner).await?;
            spool::spool(&place, period, &folder).await
        };
        // Files are written on the waiting thread, not on the one that downloads.
        told("Connector::spool", self.inner.runtime.run_waiting(spool).await)
    }
}
