//! A running cloud.

use std::fmt;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::chaos::{Chaos, Dice};
use crate::faults::{Armed, Fault};
use crate::log::Request;
use crate::object::Object;
use crate::server::{bind, locked, serve};
use crate::state::State;
use crate::world::World;

/// A cloud that runs until it is dropped. It has its own port and thread, so both blocking and async tests can use it.
///
/// ```
/// use std::io::{Read, Write};
/// use outlay_cloud::{Bucket, Cloud, Object, World};
///
/// let cloud = Cloud::start(World::new().bucket(Bucket::new("billing").put("a.txt", Object::new("hello"))))?;
/// let mut wire = std::net::TcpStream::connect(cloud.endpoint().trim_start_matches("http://"))?;
/// wire.write_all(b"GET /billing/a.txt HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")?;
/// let mut answer = String::new();
/// wire.read_to_string(&mut answer)?;
///
/// assert!(answer.starts_with("HTTP/1.1 403 Forbidden")); // The request is not signed.
/// assert_eq!(cloud.requests()[0].operation, "GetObject");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Cloud {
    endpoint: String,
    state: Arc<Mutex<State>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Cloud {
    /// Starts a cloud.
    ///
    /// # Errors
    ///
    /// If no port is free or no thread can be started.
    pub fn start(world: World) -> io::Result<Self> {
        let (listener, address) = bind()?;
        let state = Arc::new(Mutex::new(State::new(world)));
        let (stop, stopped) = oneshot::channel();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let served = Arc::clone(&state);
        let thread = thread::Builder::new().name("outlay-cloud".to_owned()).spawn(move || {
            runtime.block_on(async {
                // The listener is bound already. If the runtime cannot register it, all connections are refused.
                let Ok(listener) = TcpListener::from_std(listener) else { return };
                tokio::spawn(serve(listener, served));
                // Stops on a message, and also when the sender is dropped.
                let _ = stopped.await;
            });
            // Tasks that read files end when their connection ends.
            runtime.shutdown_timeout(Duration::from_secs(1));
        })?;
        Ok(Self { endpoint: format!("http://{address}"), state, stop: Some(stop), thread: Some(thread) })
    }

    /// Returns the endpoint of all services, such as `http://127.0.0.1:40123`. Buckets are part of the path.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Writes an object. Returns whether the bucket exists.
    pub fn put(&self, bucket: &str, key: &str, object: Object) -> bool {
        let mut state = locked(&self.state);
        let bucket = state.world.buckets.get_mut(bucket);
        bucket.map(|bucket| bucket.objects.insert(key.to_owned(), object)).is_some()
    }

    /// Removes an object. Returns whether it existed.
    pub fn remove(&self, bucket: &str, key: &str) -> bool {
        let mut state = locked(&self.state);
        state.world.buckets.get_mut(bucket).and_then(|bucket| bucket.objects.remove(key)).is_some()
    }

    /// Changes the world, for example a policy or a report.
    ///
    /// ```
    /// # use outlay_cloud::{Cloud, Policy, Role, World};
    /// # let role = "arn:aws:iam::444455556666:role/billing";
    /// # let cloud = Cloud::start(World::new().role(Role::new(role)))?;
    /// let nothing = Policy::parse(r#"{"Statement": []}"#).ok();
    /// assert!(cloud.change(|world| world.set_policy(role, nothing)));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut locked(&self.state).world)
    }

    /// Adds a fault for future requests.
    pub fn fault(&self, fault: Fault) {
        locked(&self.state).faults.push(Armed::new(fault));
    }

    /// Enables random faults. They replace earlier random faults.
    pub fn chaos(&self, chaos: Chaos) {
        locked(&self.state).dice = Some(Dice::new(chaos));
    }

    /// Removes all faults.
    pub fn heal(&self) {
        let mut state = locked(&self.state);
        state.faults.clear();
        state.dice = None;
    }

    /// Ends all sessions of roles. Requests that use one fail because it has expired.
    pub fn expire_sessions(&self) {
        for session in locked(&self.state).sessions.values_mut() {
            session.expires = std::time::UNIX_EPOCH;
        }
    }

    /// Returns all requests so far, in order of arrival.
    pub fn requests(&self) -> Vec<Request> {
        locked(&self.state).log.requests()
    }

    /// Returns the number of requests for an operation, by its name in AWS's API.
    pub fn count(&self, operation: &str) -> usize {
        self.requests().iter().filter(|request| request.operation == operation).count()
    }

    /// Returns the number of bodies that are being sent.
    pub fn open(&self) -> usize {
        locked(&self.state).open.load(Ordering::Relaxed)
    }

    /// Clears the log of requests.
    pub fn forget(&self) {
        locked(&self.state).log.clear();
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        // Both can fail if the thread has ended already.
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Cloud {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Cloud").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}
