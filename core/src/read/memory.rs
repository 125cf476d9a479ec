//! The memory that readers of this process use to work ahead.
//!
//! Each reader needs some memory whatever the limit is: that of one part, and of one result in each of its queues. What it
//! takes beyond, it takes only as far as the sum over all readers stays within the limit: further parts that are read at
//! the same time, and further results in queues. So no reader waits for another one, and the limit costs speed only.

use std::sync::atomic::{AtomicUsize, Ordering};

/// 256 MiB.
const DEFAULT: usize = 256 << 20;

/// The most that one reservation counts, so that sums do not overflow.
const MOST_BYTES: usize = 1 << 30;

static LIMIT: AtomicUsize = AtomicUsize::new(DEFAULT);
static RESERVED: AtomicUsize = AtomicUsize::new(0);

/// Sets how much memory all readers of this process may use to work ahead of their callers, in bytes. Default: 256 MiB.
///
/// A reader with `threads` of 4 and more reads several parts at the same time, and each part has batches and blocks of
/// records in queues. Within the limit this makes reads faster; once all readers together have reached it, each of them
/// reads one part at a time until others have ended. That needs 25 to 40 MB for each reader with all columns and the
/// default options, more with a larger [`ReaderBuilder::batch_rows`](crate::ReaderBuilder::batch_rows), and is not
/// limited: limit the number of readers. With 0, no reader works ahead.
///
/// The memory of a process is more than the limit by that, and by what its allocator keeps. Eight readers with
/// `threads(16)` and all columns, which take 1,280 MB without a limit, take 350 to 500 MB with the default, and 220 to 320 MB with 0.
///
/// Reads that are under way follow the new limit from their next part or batch on. Batches that were returned, records
/// set aside, and downloads from S3 (about 10 MB for each reader) do not count.
///
/// # Examples
///
/// ```
/// // A service with 8 requests at a time on a machine of 16 cores.
/// outlay::set_memory_limit(64 << 20);
/// assert_eq!(outlay::memory_limit(), 64 << 20);
/// # outlay::set_memory_limit(256 << 20);
/// ```
pub fn set_memory_limit(bytes: usize) {
    LIMIT.store(bytes, Ordering::Relaxed);
}

/// Returns the limit of [`set_memory_limit`].
pub fn memory_limit() -> usize {
    LIMIT.load(Ordering::Relaxed)
}

/// Memory in use, which is given back when it is dropped.
#[derive(Debug)]
pub(super) struct Reserved(usize);

impl Reserved {
    /// Reserves memory that is needed, even above the limit.
    pub(super) fn needed(bytes: usize) -> Self {
        let bytes = bytes.min(MOST_BYTES);
        RESERVED.fetch_add(bytes, Ordering::Relaxed);
        Self(bytes)
    }

    /// Reserves memory to work ahead. `None` if the limit does not allow it.
    pub(super) fn ahead(bytes: usize) -> Option<Self> {
        let (limit, bytes) = (memory_limit(), bytes.min(MOST_BYTES));
        let add = |reserved: usize| reserved.checked_add(bytes).filter(|sum| *sum <= limit);
        RESERVED.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).ok()?;
        Some(Self(bytes))
    }

    /// The number of bytes.
    pub(super) fn bytes(&self) -> usize {
        self.0
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        RESERVED.fetch_sub(self.0, Ordering::Relaxed);
    }
}
