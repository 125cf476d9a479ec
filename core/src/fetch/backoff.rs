//! How long to wait before a request is repeated.

use std::time::Duration;

/// Longer each time, and never as long as another client's.
pub(crate) fn backoff(failures: u32) -> Duration {
    let whole = 50_u64 << failures.min(7);
    let mut random = [0; 8];
    // Without random numbers all wait the shortest time.
    let _ = getrandom::fill(&mut random);
    Duration::from_millis(whole / 2 + u64::from_le_bytes(random) % whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_limit_and_differ() {
        let (mut least, mut most) = (Duration::MAX, Duration::ZERO);
        for failures in 0..40 {
            let whole = Duration::from_millis(50 << failures.min(7));
            for _ in 0..50 {
                let wait = backoff(failures);
                assert!(whole / 2 <= wait && wait < whole / 2 + whole, "{failures}: {wait:?}");
                (least, most) = (least.min(wait), most.max(wait));
            }
        }
        assert!(most < Duration::from_secs(10) && least < most);
    }
}
