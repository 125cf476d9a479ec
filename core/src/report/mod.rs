//! Paths → the parts of a report.
