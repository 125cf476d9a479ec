//! The connector. Settings and results are JSON text, which the Python classes convert.

use std::path::PathBuf;

use outlay::{Capability, ConnectorBuilder, Error};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::credentials::called;
use crate::errors::exception;
use crate::interrupt::{Interrupt, Stop};
use crate::json::{parsed, text};
use crate::options::builder;
use crate::reader::Reader;
use crate::report::Report;
use crate::shared::ReadSettings;

/// The external ID that the trust policy of a role requires. It is never printed.
#[pyclass(frozen, eq, module = "outlay._native")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalId(outlay::ExternalId);

#[pymethods]
impl ExternalId {
    #[new]
    fn new(text: String) -> PyResult<Self> {
        outlay::ExternalId::new(text).map(Self).map_err(exception)
    }

    /// Returns a new external ID with 122 random bits. Use a separate one for each customer.
    #[staticmethod]
    fn generate() -> PyResult<Self> {
        outlay::ExternalId::generate().map(Self).map_err(exception)
    }

    /// Returns the text, for use in a trust policy.
    fn reveal(&self) -> &str {
        self.0.reveal()
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}

/// The access key of the caller: ID, secret, session token.
type AccessKey = (String, String, Option<String>);

/// A connector to a report in AWS.
#[pyclass(frozen, module = "outlay._native")]
pub struct Connector(outlay::Connector);

fn configured(
    config: &str,
    external_id: Option<&Bound<'_, ExternalId>>,
    access_key: Option<AccessKey>,
    credentials: Option<Py<PyAny>>,
) -> PyResult<ConnectorBuilder> {
    let config = serde_json::from_str(config).map_err(|error| exception(Error::option("config", error.to_string())))?;
    let mut builder = outlay::Connector::from_config(config);
    if let Some(external_id) = external_id {
        builder = builder.external_id(external_id.get().0.clone());
    }
    if let Some((id, secret, session_token)) = access_key {
        builder = builder.access_key(id, secret, session_token);
    }
    if let Some(function) = credentials {
        builder = builder.credentials(called(function));
    }
    Ok(builder)
}

#[pymethods]
impl Connector {
    #[new]
    #[pyo3(signature = (config, external_id = None, access_key = None, credentials = None))]
    fn new(
        py: Python<'_>,
        config: &str,
        external_id: Option<&Bound<'_, ExternalId>>,
        access_key: Option<AccessKey>,
        credentials: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let builder = configured(config, external_id, access_key, credentials)?;
        py.detach(|| builder.build()).map(Self).map_err(exception)
    }

    #[pyo3(signature = (config, external_id = None, access_key = None, credentials = None))]
    fn reconfigure(
        &self,
        py: Python<'_>,
        config: &str,
        external_id: Option<&Bound<'_, ExternalId>>,
        access_key: Option<AccessKey>,
        credentials: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let builder = configured(config, external_id, access_key, credentials)?;
        py.detach(|| self.0.reconfigure(builder)).map(Self).map_err(exception)
    }

    /// The settings without secrets, as JSON text.
    #[getter]
    fn config(&self) -> PyResult<String> {
        text(self.0.config())
    }

    #[getter]
    fn account(&self) -> Option<&str> {
        self.0.account()
    }

    /// Checks every requirement for reading the report. Returns the findings as JSON text and as a table.
    #[pyo3(signature = (cost_explorer, stop = None))]
    fn verify(
        &self,
        py: Python<'_>,
        cost_explorer: bool,
        stop: Option<&Bound<'_, Stop>>,
    ) -> PyResult<(String, String)> {
        let verify = async {
            Ok(match cost_explorer {
                true => self.0.verify().await,
                false => self.0.verify_without_cost_explorer().await,
            })
        };
        let diagnosis = Stop::of(stop).wait(py, verify)?;
        Ok((text(&diagnosis)?, diagnosis.to_string()))
    }

    #[pyo3(signature = (stop = None))]
    fn discover(&self, py: Python<'_>, stop: Option<&Bound<'_, Stop>>) -> PyResult<String> {
        text(&Stop::of(stop).wait(py, self.0.discover())?)
    }

    #[pyo3(signature = (stop = None))]
    fn reports(&self, py: Python<'_>, stop: Option<&Bound<'_, Stop>>) -> PyResult<String> {
        text(&Stop::of(stop).wait(py, self.0.reports())?)
    }

    #[pyo3(signature = (stop = None))]
    fn periods(&self, py: Python<'_>, stop: Option<&Bound<'_, Stop>>) -> PyResult<String> {
        text(&Stop::of(stop).wait(py, self.0.periods())?)
    }

    #[pyo3(signature = (period, options, stop = None))]
    fn plan(
        &self,
        py: Python<'_>,
        period: &str,
        options: &Bound<'_, PyDict>,
        stop: Option<&Bound<'_, Stop>>,
    ) -> PyResult<String> {
        let interrupt = Stop::of(stop);
        let builder = interrupt.watch(builder(options)?);
        text(&interrupt.wait(py, self.0.plan(period, &builder))?)
    }

    #[pyo3(signature = (period, folder, stop = None))]
    fn spool(
        &self,
        py: Python<'_>,
        period: &str,
        folder: PathBuf,
        stop: Option<&Bound<'_, Stop>>,
    ) -> PyResult<PathBuf> {
        Stop::of(stop).wait(py, self.0.spool(period, folder))
    }

    #[pyo3(signature = (period, options, watch = None, stop = None))]
    fn read(
        &self,
        py: Python<'_>,
        period: &str,
        options: &Bound<'_, PyDict>,
        watch: Option<Py<PyAny>>,
        stop: Option<&Bound<'_, Stop>>,
    ) -> PyResult<Reader> {
        let open = |builder, interrupt: &Interrupt| interrupt.answer(self.0.read(period, builder));
        Reader::open(py, options, ReadSettings::watched_by(watch), stop, open)
    }

    #[pyo3(signature = (period, options, stop = None))]
    fn open(
        &self,
        py: Python<'_>,
        period: &str,
        options: &Bound<'_, PyDict>,
        stop: Option<&Bound<'_, Stop>>,
    ) -> PyResult<Report> {
        let builder = builder(options)?;
        Ok(Report::new(Stop::of(stop).wait(py, self.0.open(period, builder))?))
    }

    /// Opens one part of a plan, given as JSON text.
    #[pyo3(signature = (part, options, watch = None, stop = None))]
    fn read_part(
        &self,
        py: Python<'_>,
        part: &str,
        options: &Bound<'_, PyDict>,
        watch: Option<Py<PyAny>>,
        stop: Option<&Bound<'_, Stop>>,
    ) -> PyResult<Reader> {
        let part: outlay::Part = parsed(part)?;
        let open = |builder, interrupt: &Interrupt| interrupt.answer(self.0.read_part(&part, builder));
        Reader::open(py, options, ReadSettings::watched_by(watch), stop, open)
    }
}

/// Compares two results of `discover`. Arguments and result are JSON text.
#[pyfunction]
pub fn account_changes(now: &str, earlier: &str) -> PyResult<String> {
    let (now, earlier): (outlay::Accounts, outlay::Accounts) = (parsed(now)?, parsed(earlier)?);
    text(&now.changes_since(&earlier))
}

/// The permissions that a connector needs for a report.
#[pyclass(frozen, module = "outlay._native")]
pub struct Access(outlay::Access);

#[pymethods]
impl Access {
    #[new]
    #[pyo3(signature = (bucket, prefix, features = None, partition = None, kms_key = None))]
    fn new(
        bucket: String,
        prefix: String,
        features: Option<Vec<String>>,
        partition: Option<String>,
        kms_key: Option<String>,
    ) -> PyResult<Self> {
        let mut access = outlay::Access::to(bucket, prefix);
        if let Some(features) = features {
            let features = features.iter().map(|name| name.parse::<Capability>()).collect::<Result<Vec<_>, _>>();
            access = access.features(features.map_err(exception)?);
        }
        if let Some(partition) = partition {
            access = access.partition(partition);
        }
        if let Some(kms_key) = kms_key {
            access = access.kms_key(kms_key);
        }
        Ok(Self(access))
    }

    fn permission_policy(&self) -> PyResult<String> {
        self.0.permission_policy().map_err(exception)
    }

    fn trust_policy(&self, trusted: &str, external_id: &Bound<'_, ExternalId>) -> PyResult<String> {
        self.0.trust_policy(trusted, &external_id.get().0).map_err(exception)
    }

    fn cloudformation(&self, trusted: &str) -> PyResult<String> {
        self.0.cloudformation(trusted).map_err(exception)
    }

    fn terraform(&self, trusted: &str) -> PyResult<String> {
        self.0.terraform(trusted).map_err(exception)
    }
}
