//! A queue between two threads, bounded in items, in bytes, and by the memory of all readers.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::memory::Reserved;

/// How long a full queue waits before it asks again for memory that other readers may have given back.
const ASK_INTERVAL: Duration = Duration::from_millis(20);

/// The limits of a queue. One item of any size always has room.
#[derive(Clone, Copy, Debug)]
pub(super) struct Most {
    pub(super) items: usize,
    pub(super) bytes: usize,
}

#[derive(Debug)]
struct Queue<T> {
    most: Most,
    state: Mutex<State<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<T> {
    items: VecDeque<(T, Reserved)>,
    /// Whether the sender was dropped.
    is_ended: bool,
    /// Whether the receiver was dropped.
    is_closed: bool,
}

impl<T> Queue<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why nothing was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nothing {
    /// Not yet.
    Timeout,
    /// The sender was dropped and the queue is empty.
    Ended,
}

#[derive(Debug)]
pub(super) struct Sender<T>(Arc<Queue<T>>);

#[derive(Debug)]
pub(super) struct Receiver<T>(Arc<Queue<T>>);

pub(super) fn queue<T>(most: Most) -> (Sender<T>, Receiver<T>) {
    let state = State { items: VecDeque::new(), is_ended: false, is_closed: false };
    let queue = Arc::new(Queue { most, state: Mutex::new(state), changed: Condvar::new() });
    (Sender(Arc::clone(&queue)), Receiver(queue))
}

impl<T> Sender<T> {
    /// Appends an item of about `bytes` bytes; waits until it has room. Returns false if the receiver was dropped.
    pub(super) fn send(&self, item: T, bytes: usize) -> bool {
        let Queue { most, changed, .. } = &*self.0;
        let mut state = self.0.state();
        let reserved = loop {
            if state.is_closed {
                return false;
            }
            if state.items.is_empty() {
                break Reserved::needed(bytes);
            }
            let held: usize = state.items.iter().map(|(_, reserved)| reserved.bytes()).sum();
            let has_room = state.items.len() < most.items && held.saturating_add(bytes) <= most.bytes;
            if has_room && let Some(reserved) = Reserved::ahead(bytes) {
                break reserved;
            }
            state = if has_room {
                // Only memory is missing, which another reader may give back.
                changed.wait_timeout(state, ASK_INTERVAL).unwrap_or_else(PoisonError::into_inner).0
            } else {
                changed.wait(state).unwrap_or_else(PoisonError::into_inner)
            };
        };
        state.items.push_back((item, reserved));
        changed.notify_all();
        true
    }

    /// Number of items in the queue.
    pub(super) fn waiting(&self) -> usize {
        self.0.state().items.len()
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.0.state().is_ended = true;
        self.0.changed.notify_all();
    }
}

impl<T> Receiver<T> {
    /// Returns the first item; waits for it at most `timeout`.
    pub(super) fn recv_timeout(&self, timeout: Duration) -> Result<T, Nothing> {
        let until = Instant::now() + timeout;
        let mut state = self.0.state();
        loop {
            if let Some((item, reserved)) = state.items.pop_front() {
                drop(state);
                // The receiver has the item now; its memory is that of the part or of the caller.
                drop(reserved);
                self.0.changed.notify_all();
                return Ok(item);
            }
            if state.is_ended {
                return Err(Nothing::Ended);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Nothing::Timeout);
            }
            state = self.0.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.is_closed = true;
        let items = std::mem::take(&mut state.items);
        drop(state);
        self.0.changed.notify_all();
        drop(items);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::thread;

    use super::*;

    const SHORT: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_secs(10);

    /// Sends items of these sizes; returns how many had room before any was received.
    fn sent_ahead(most: Most, sizes: &[usize]) -> usize {
        let (sender, receiver) = queue(most);
        thread::scope(|scope| {
            let sizes = sizes.to_vec();
            let count = sizes.len();
            let sending = scope.spawn(move || sizes.iter().all(|&bytes| sender.send(bytes, bytes)));
            let mut ahead = receiver.0.state().items.len();
            let until = Instant::now() + LONG;
            let mut stable = Instant::now();
            while stable.elapsed() < SHORT && Instant::now() < until {
                let now = receiver.0.state().items.len();
                if now != ahead {
                    (ahead, stable) = (now, Instant::now());
                }
                thread::sleep(Duration::from_millis(1));
            }
            let received = (0..count).filter(|_| receiver.recv_timeout(LONG).is_ok()).count();
            assert_eq!(received, count, "all arrive");
            assert!(sending.join().unwrap());
            ahead
        })
    }

    #[test]
    fn a_queue_is_bounded_in_items_and_bytes() {
        #[rustfmt::skip]
        let cases: [(Most, &[usize], usize); 5] = [
            (Most { items: 2, bytes: 100 }, &[1, 1, 1, 1],  2),
            (Most { items: 9, bytes: 100 }, &[60, 40, 1],   2),
            (Most { items: 9, bytes: 100 }, &[60, 41, 1],   1),
            // One item of any size has room.
            (Most { items: 9, bytes: 100 }, &[1_000, 1],    1),
            (Most { items: 0, bytes: 0 },   &[1_000, 1],    1),
        ];
        for (most, sizes, wanted) in cases {
            assert_eq!(sent_ahead(most, sizes), wanted, "{most:?} {sizes:?}");
        }
    }

    #[test]
    fn the_end_of_either_side_is_seen_by_the_other() {
        let (sender, receiver) = queue(Most { items: 1, bytes: 1 });
        assert!(sender.send(1, 1));
        assert_eq!(sender.waiting(), 1);
        drop(sender);
        assert_eq!(receiver.recv_timeout(LONG), Ok(1));
        assert_eq!(receiver.recv_timeout(LONG), Err(Nothing::Ended));

        let (sender, receiver) = queue(Most { items: 1, bytes: 1 });
        assert_eq!(receiver.recv_timeout(Duration::from_millis(1)), Err(Nothing::Timeout));
        assert!(sender.send(1, 1));
        thread::scope(|scope| {
            let blocked = scope.spawn(move || sender.send(2, 1));
            thread::sleep(SHORT);
            drop(receiver);
            assert!(!blocked.join().unwrap(), "a sender without a receiver ends");
        });
    }
}
