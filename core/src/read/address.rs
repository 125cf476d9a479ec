//! The address of months of a report in AWS: how they are planned, and how a plan is read.

use std::fmt;
use std::sync::Arc;

use super::builder::ReaderBuilder;
use super::reader::Reader;
use crate::connector::Connector;
use crate::error::Result;
use crate::fetch::aws::runtime::block_on_unless;
use crate::fetch::transfer::remote::{self, Months, Remote};
use crate::report::part::Plan;
use crate::report::source::S3;
use crate::value::stop::Stop;

impl Connector {
    /// Returns the parts of the newest deliveries of months.
    pub(super) async fn plan_of(&self, wanted: Months, options: &ReaderBuilder) -> Result<Plan> {
        options.validate()?;
        let inner = Arc::clone(&self.inner);
        let found = async move {
            let place = Self::place(&inner).await?;
            let deliveries = remote::newest(&place, &wanted).await?;
            Ok((place, wanted, deliveries))
        };
        let (place, wanted, deliveries) = self.inner.runtime.run(found).await?;
        let source = Remote::new(Arc::clone(&self.inner.runtime), place, Some(wanted), options.stop());
        let plan = source.set_deliveries(deliveries);
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

/// Months of a report in AWS.
#[derive(Clone, Debug)]
pub(super) struct Address {
    connector: Connector,
    wanted: Months,
}

impl Address {
    pub(super) fn new(connector: Connector, wanted: Months) -> Self {
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
        write!(f, ", {}", self.wanted)
    }
}
