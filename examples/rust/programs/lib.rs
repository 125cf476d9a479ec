//! What the programs do, whatever language they are started from: they read their arguments and give back text.

#[cfg(feature = "connect")]
pub mod connect;
pub mod normalize;
mod policy;
mod services;
mod table;

pub use self::policy::Policy;
pub use self::services::Services;
pub use self::table::table;
