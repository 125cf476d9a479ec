//! Tests of the simulated cloud over TCP, with an independent client.

mod client;
mod faults;
mod program;
mod s3;
mod services;
mod sts;
