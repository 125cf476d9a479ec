//! The address of a report in AWS: how its months, a manifest or an object are planned, and how a plan is read.

use std::fmt;
use std::sync::Arc;

use super::builder::ReaderBuilder;
use super::reader::Reader;
use crate::connector::Connector;
use crate::error::Result;
use crate::fetch::aws::runtime::block_on_unless;
use crate::fetch::transfer::remote::{self, Months, Remote};
use crate::report::part::{Part, Plan};
use crate::report::source::S3;
use crate::value::stop::Stop;

/// What to read.
#[derive(Clone, Debug)]
pub(super) enum Wanted {
    /// Months of the report.
    Months(Months),
    /// The delivery of the manifest with this key.
    Manifest(String),
    /// The object with this key.
    Object(String),
}

/// What was found of it.
enum Found {
    Deliveries(remote::Newest),
    Part(Box<Part>),
}

impl Connector {
    /// Returns the source of what is wanted, and its plan.
    pub(super) async fn find_parts(&self, wanted: Wanted, stop: Stop) -> Result<(Remote, Plan)> {
        let inner = Arc::clone(&self.inner);
        let found = async move {
            let place = Self::place(&inner).await?;
            Ok(match wanted {
                Wanted::Months(months) => {
                    let deliveries = remote::newest(&place, &months).await?;
                    (place, Some(months), Found::Deliveries(deliveries))
                }
                // What was named does not change to a newer delivery.
                Wanted::Manifest(key) => {
                    let delivery = place.delivery(&key).await?;
                    (place, None, Found::Deliveries(remote::Newest::named(delivery)))
                }
                Wanted::Object(key) => {
                    let part = place.part(&key).await?;
                    (place, None, Found::Part(Box::new(part)))
                }
            })
        };
        let (place, months, found) = self.inner.runtime.run(found).await?;
        let source = Remote::new(Arc::clone(&self.inner.runtime), place, months, stop);
        let plan = match found {
            Found::Deliveries(deliveries) => source.set_deliveries(deliveries),
            Found::Part(part) => Plan { parts: vec![*part], ..Plan::default() },
        };
        Ok((source, plan))
    }

    /// Returns the parts of what is wanted.
    pub(super) async fn plan_of(&self, wanted: Wanted, options: &ReaderBuilder) -> Result<Plan> {
        options.validate()?;
        let (source, plan) = self.find_parts(wanted, options.stop()).await?;
        options.options.refuse_absent_months(&plan)?;
        let options = options.clone();
        // The table of the report itself reads all headers, which blocks.
        let work = move |dropped: Stop| options.or_stopped(dropped).with_columns(plan, &source);
        self.inner.runtime.run_blocking(work).await
    }

    /// Starts to read a plan, each object with its planned ETag.
    pub(super) async fn read_plan(&self, plan: Plan, options: ReaderBuilder) -> Result<Reader> {
        let inner = Arc::clone(&self.inner);
        let place = self.inner.runtime.run(async move { Self::place(&inner).await }).await?;
        plan.parts.iter().try_for_each(|part| place.check(part))?;
        let source = Remote::pinned(Arc::clone(&self.inner.runtime), place, &plan, options.stop());
        let options = options.default_account_names(self.names().clone());
        let work = move |dropped| options.or_stopped(dropped).start(plan, Arc::new(source), true);
        self.inner.runtime.run_blocking(work).await
    }
}

/// A report in AWS, or some of its months.
#[derive(Clone, Debug)]
pub(super) struct Address {
    connector: Connector,
    wanted: Wanted,
}

impl Address {
    pub(super) fn new(connector: Connector, wanted: Wanted) -> Self {
        Self { connector, wanted }
    }

    pub(super) fn plan(&self, options: &ReaderBuilder) -> Result<Plan> {
        let stop = options.stop();
        block_on_unless(self.connector.plan_of(self.wanted.clone(), options), || stop.is_wanted())?
    }

    pub(super) fn read(&self, plan: Plan, options: ReaderBuilder) -> Result<Reader> {
        let stop = options.stop();
        block_on_unless(self.connector.read_plan(plan, options), || stop.is_wanted())?
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let config = self.connector.config();
        match (&config.report_name, &config.bucket) {
            (Some(name), _) => f.write_str(name)?,
            (None, bucket) => {
                let (bucket, prefix) =
                    (bucket.as_deref().unwrap_or_default(), config.prefix.as_deref().unwrap_or_default());
                write!(f, "{S3}{bucket}/{prefix}")?;
            }
        }
        match &self.wanted {
            Wanted::Months(months) => write!(f, ", {months}"),
            Wanted::Manifest(key) | Wanted::Object(key) => write!(f, ", {key}"),
        }
    }
}
