//! The cloud from outside: over its sockets, with a client that knows nothing of it.

mod client;
mod faults;
mod program;
mod s3;
mod services;
mod sts;
