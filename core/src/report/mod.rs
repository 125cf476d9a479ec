//! Reports: the parts behind paths, and the columns of each part.
//!
//! In: paths, listings, manifests, headers. Out: a [`Plan`](part::Plan) of parts, a [`Source`](source::Source) of their
//! bytes, the layout of a header. Not here: rows, and the network.

mod bare;
pub(crate) mod deliveries;
pub(crate) mod folder;
pub(crate) mod foreign;
pub(crate) mod headers;
pub(crate) mod kept;
mod keys;
pub(crate) mod layout;
pub(crate) mod listing;
pub(crate) mod manifest;
mod names;
pub(crate) mod nearest;
pub(crate) mod origins;
pub(crate) mod part;
pub(crate) mod paths;
pub(crate) mod pin;
mod pinned;
mod same;
pub(crate) mod source;
