//! A cloud that runs.

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

/// A cloud that runs until it is dropped, on a port of its own and a thread of its own: blocking and async tests use it alike.
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
/// assert!(answer.starts_with("HTTP/1.1 403 Forbidden")); // Not signed.
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
    /// When no port or no thread is to be had.
    pub fn start(world: World) -> io::Result<Self> {
        let (listener, address) = bind()?;
        let state = Arc::new(Mutex::new(State::new(world)));
        let (stop, stopped) = oneshot::channel();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let served = Arc::clone(&state);
        let thread = thread::Builder::new().name("outlay-cloud".to_owned()).spawn(move || {
            runtime.block_on(async {
                // It is bound and listens; a runtime that cannot take it refuses all connections.
                let Ok(listener) = TcpListener::from_std(listener) else { return };
                tokio::spawn(serve(listener, served));
                // Whether told to stop or left alone, it stops.
                let _ = stopped.await;
            });
            // Readers of files end by themselves when the connection is gone.
            runtime.shutdown_timeout(Duration::from_secs(1));
        })?;
        Ok(Self { endpoint: format!("http://{address}"), state, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it is, for all services: `http://127.0.0.1:40123`. Buckets are part of the path.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Writes an object; says whether there is such a bucket.
    pub fn put(&self, bucket: &str, key: &str, object: Object) -> bool {
        let mut state = locked(&self.state);
        let bucket = state.world.buckets.get_mut(bucket);
        bucket.map(|bucket| bucket.objects.insert(key.to_owned(), object)).is_some()
    }

    /// Removes an object; says whether there was one.
    pub fn remove(&self, bucket: &str, key: &str) -> bool {
        let mut state = locked(&self.state);
        state.world.buckets.get_mut(bucket).and_then(|bucket| bucket.objects.remove(key)).is_some()
    }

    /// Changes the world: another policy, another report.
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

    /// Adds a fault, for requests from now on.
    pub fn fault(&self, fault: Fault) {
        locked(&self.state).faults.push(Armed::new(fault));
    }

    /// Adds faults at random, in place of those before.
    pub fn chaos(&self, chaos: Chaos) {
        locked(&self.state).dice = Some(Dice::new(chaos));
    }

    /// Takes all faults away.
    pub fn heal(&self) {
        let mut state = locked(&self.state);
        state.faults.clear();
        state.dice = None;
    }

    /// Ends all sessions of roles: requests that use one are told that it has expired.
    pub fn expire_sessions(&self) {
        for session in locked(&self.state).sessions.values_mut() {
            session.expires = std::time::UNIX_EPOCH;
        }
    }

    /// All requests so far, in the order in which they arrived.
    pub fn requests(&self) -> Vec<Request> {
        locked(&self.state).log.requests()
    }

    /// How many requests there were for an operation, as AWS names it.
    pub fn count(&self, operation: &str) -> usize {
        self.requests().iter().filter(|request| request.operation == operation).count()
    }

    /// How many bodies are on their way out now.
    pub fn open(&self) -> usize {
        locked(&self.state).open.load(Ordering::Relaxed)
    }

    /// Forgets the requests so far.
    pub fn forget(&self) {
        locked(&self.state).log.clear();
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        // Either may be gone already, when the thread ended by itself.
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
