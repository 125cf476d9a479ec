//! What callers hold of a report in AWS.
//!
//! In: settings and a report's name. Out: accounts, reports, months, and copies of months in folders. Not here:
//! reading: `read` adds the methods that make a reader.

mod builder;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub use self::builder::ConnectorBuilder;
use crate::error::{Error, Result};
use crate::fetch::bucket::Bucket;
use crate::fetch::catalog;
use crate::fetch::catalog::ReportDefinition;
use crate::fetch::clients::Caller;
use crate::fetch::config::ConnectorConfig;
use crate::fetch::diagnosis::{Diagnosis, Verdict};
use crate::fetch::period::PeriodStatus;
use crate::fetch::place::ReportLocation;
use crate::fetch::role::Partition;
use crate::fetch::runtime::Runtime;
use crate::fetch::{spool, verify};
use crate::report::part::BillingPeriod;
use crate::value::timestamp::Timestamp;

/// Reads a report where AWS delivers it: assumes a role, finds the report, lists its months, streams one.
///
/// Its methods are async and work in any runtime, for the work is done on a thread of the connector; [`wait`](crate::wait)
/// waits for one without a runtime. Clones share connections and credentials.
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
    pub(crate) caller: Arc<Caller>,
    pub(crate) runtime: Arc<Runtime>,
    place: Mutex<Option<Found>>,
    /// Names of accounts that were found.
    names: Mutex<BTreeMap<String, String>>,
}

/// Where the report was found to lie, and until when to believe it, when its definition may only have been out of reach.
#[derive(Clone, Debug)]
struct Found {
    place: ReportLocation,
    until: Option<Instant>,
}

impl Connector {
    /// Settings with their defaults.
    pub fn builder() -> ConnectorBuilder {
        ConnectorBuilder::default()
    }

    /// Settings as a plain value has them. The external ID is read from the environment variable that it names.
    pub fn from_config(config: ConnectorConfig) -> ConnectorBuilder {
        ConnectorBuilder::of(config)
    }

    fn new(caller: Caller) -> Self {
        let (caller, runtime) = (Arc::new(caller), Arc::new(Runtime::default()));
        Self { inner: Arc::new(Inner { caller, runtime, place: Mutex::default(), names: Mutex::default() }) }
    }

    /// The settings, without secrets.
    pub fn config(&self) -> &ConnectorConfig {
        &self.inner.caller.config
    }

    /// The AWS account that is read: that of the role.
    pub fn account(&self) -> Option<&str> {
        self.inner.caller.role.as_ref().map(|role| role.account.as_str())
    }

    /// The same connector with other settings. The account of the role must stay the same: what is known of one account
    /// is nothing that another one should inherit.
    pub fn reconfigure(&self, builder: ConnectorBuilder) -> Result<Self> {
        let role = builder.role()?;
        if role.as_ref().map(|role| role.account.as_str()) != self.account() {
            let reason = "another account is another connector".to_owned();
            return Err(Error::Option { option: "role_arn", reason });
        }
        builder.build()
    }

    /// Where the report lies; looked up once, and once more where there is doubt.
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

    /// Looks up where the report lies; and why its definition was not found, where bucket and prefix do without.
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
                reason: "a report is found by its name, or by bucket and prefix".to_owned(),
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
            // Definitions are only seen in the account that owns them, and not in every partition; the bucket perhaps by others, too.
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

    /// Whether reports can be looked for by name.
    async fn has_definitions(caller: &Arc<Caller>) -> Result<()> {
        if caller.partition().await != Partition::GovCloud {
            return Ok(());
        }
        let reason = "reports of GovCloud are defined in the account outside of it that pays; name bucket and prefix";
        Err(Error::Option { option: "bucket", reason: reason.to_owned() })
    }

    /// Looks at everything that reading the report needs, probe by probe, and says of each what was seen and what to change.
    /// Nothing is changed by it, and it can be asked again. With the feature `reconcile` it puts one question to Cost
    /// Explorer, for which AWS charges 0.01 USD.
    pub async fn verify(&self) -> Diagnosis {
        let inner = Arc::clone(&self.inner);
        let verify = async move {
            let place = Self::find(&inner).await;
            Ok(verify::verify(&inner.caller, place).await)
        };
        self.inner.runtime.run(verify).await.unwrap_or_else(|error| {
            // Nothing could be asked: the process has no more threads, or was forked.
            let mut diagnosis = Diagnosis::default();
            diagnosis.add("credentials", Verdict::Failed, error.to_string(), None);
            diagnosis
        })
    }

    /// Names of accounts that were found.
    pub(crate) fn names(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.inner.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All reports and exports that the account has.
    ///
    /// Errors: [`Error::Denied`] when neither kind may be listed. That one of them may not is none.
    pub async fn reports(&self) -> Result<Vec<ReportDefinition>> {
        let caller = Arc::clone(&self.inner.caller);
        let list = async move {
            Self::has_definitions(&caller).await?;
            catalog::all(&caller, None).await.list()
        };
        self.inner.runtime.run(list).await
    }

    /// The months of the report, in order, each with its newest delivery.
    ///
    /// A month whose manifest or parts are not as they must be, or that AWS is writing over at this moment, is
    /// [`PeriodState::Unreadable`](crate::PeriodState::Unreadable), with the reason.
    ///
    /// Errors: [`Error::NoReport`] when the name or the place means none or several; [`Error::Denied`].
    pub async fn periods(&self) -> Result<Vec<PeriodStatus>> {
        let inner = Arc::clone(&self.inner);
        let list = async move { Self::place(&inner).await?.list_periods(Timestamp::now()).await };
        self.inner.runtime.run(list).await
    }

    /// Brings a month into a folder of its own, such as `folder/2026-09`, and gives the path of the manifest in it, for
    /// [`ReaderBuilder::read`](crate::ReaderBuilder::read). The month is built beside its place and takes it when it is complete; a folder there that holds
    /// anything else is left as it is, with an error. When AWS rewrites the month meanwhile, it starts over, three times.
    pub async fn spool(&self, period: &str, folder: impl AsRef<Path>) -> Result<PathBuf> {
        let period: BillingPeriod = period.parse()?;
        let (inner, folder) = (Arc::clone(&self.inner), folder.as_ref().to_owned());
        let spool = async move {
            let place = Self::place(&inner).await?;
            spool::spool(&place, period, &folder).await
        };
        // Files are written on the thread that waits, not on that which fetches.
        self.inner.runtime.run_waiting(spool).await
    }
}
