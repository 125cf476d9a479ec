//! Connections, and each request's way through: log, faults, identity, service, answer.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use crate::access::needed;
use crate::answer::Answer;
use crate::body::{Body, Outlet};
use crate::call::{Call, Service};
use crate::faults::Effect;
use crate::identity::{Identity, identify};
use crate::log::Entry;
use crate::object::Object;
use crate::refusal::{Reason, Refusal};
use crate::state::State;
use crate::{access, catalog, control, costs, organization, s3, sts};

/// The largest body of a request.
const LARGEST: usize = 256 << 20;

/// The state, for one request at a time.
pub(crate) fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes connections until the runtime ends.
pub(crate) async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // No descriptor is free: wait until a connection ends.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let reset = Arc::new(AtomicBool::new(false));
            let wire = Wire { stream, reset: Arc::clone(&reset) };
            let service = service_fn(move |request| handle(request, Arc::clone(&state), Arc::clone(&reset)));
            let mut connection = http1::Builder::new();
            connection.timer(TokioTimer::new());
            // Ends with an error when the client goes away, and when a fault closes it: both are meant.
            let _ = connection.serve_connection(TokioIo::new(wire), service).await;
        });
    }
}

/// The connection ends without an answer.
#[derive(Debug)]
struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("closed by a fault")
    }
}

impl Error for Closed {}

async fn handle(
    request: Request<Incoming>,
    state: Arc<Mutex<State>>,
    reset: Arc<AtomicBool>,
) -> Result<Response<Body>, Closed> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, LARGEST).collect().await.map_err(|_| Closed)?.to_bytes();
    let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
    if let Some(path) = path.strip_prefix("/-/") {
        let answer = control::answer(&mut locked(&state), &parts.method, path, body);
        return response(&answer, &[], Outlet::uncounted());
    }
    let mut call = match Call::read(&parts.method, path, query, parts.headers, &body) {
        Ok(call) => call,
        Err(refusal) => return response(&refused(Service::S3, &refusal, "0"), &[], Outlet::uncounted()),
    };
    let (entry, effects) = arrive(&mut locked(&state), &call);
    call.id = entry.id();
    for effect in &effects {
        match effect {
            Effect::Wait(millis) => tokio::time::sleep(Duration::from_millis(*millis)).await,
            Effect::Close => return Err(Closed),
            Effect::Reset => {
                reset.store(true, Ordering::Relaxed);
                return Err(Closed);
            }
            _ => {}
        }
    }
    let (answer, outlet) = {
        let mut state = locked(&state);
        let mut answer = match respond(&mut state, &call, &effects) {
            Ok(answer) => answer,
            Err(refusal) if call.head => Answer::empty(refusal.status, refusal.headers),
            Err(refusal) => refused(call.service, &refusal, &call.id),
        };
        let id = if call.service == Service::S3 { "x-amz-request-id" } else { "x-amzn-requestid" };
        answer.headers.push((id, call.id.clone()));
        for effect in &effects {
            answer.disturb(effect);
        }
        state.log.answered(&entry, answer.status);
        (answer, Outlet::new(&state.open, entry.sent))
    };
    response(&answer, &effects, outlet)
}

/// Writes a request down, and finds out what goes wrong with it. What faults write is written.
fn arrive(state: &mut State, call: &Call) -> (Entry, Vec<Effect>) {
    let entry = state.log.arrived(call, state.open.load(Ordering::Relaxed));
    let mut effects: Vec<Effect> = state.faults.iter_mut().filter_map(|armed| armed.strike(call)).collect();
    for effect in &effects {
        let (bucket, key) = (call.bucket.as_deref().unwrap_or_default(), call.key.as_deref().unwrap_or_default());
        match effect {
            Effect::Replace(content) => put(state, bucket, key, content.clone().try_into()),
            Effect::Put { bucket, key, content } => put(state, bucket, key, content.clone().try_into()),
            Effect::Remove => {
                state.world.buckets.get_mut(bucket).and_then(|bucket| bucket.objects.remove(key));
            }
            _ => {}
        }
    }
    if let (Some(dice), "GetObject") = (&mut state.dice, call.operation.as_str()) {
        let key = call.key.as_deref().unwrap_or_default();
        let bucket = call.bucket.as_ref().and_then(|bucket| state.world.buckets.get(bucket));
        if let Some(object) = bucket.and_then(|bucket| bucket.objects.get(key))
            && let Ok(range) = s3::range(object, call)
        {
            let (first, length) = range.unwrap_or((0, object.length));
            let has_checksum = key.ends_with(".gz") || key.ends_with(".zip");
            effects.extend(dice.throw(call, first, length, has_checksum));
        }
    }
    for effect in &effects {
        state.log.fault(&entry, effect.name());
    }
    (entry, effects)
}

/// Writes an object. A file that is not there is an object that is not there.
fn put(state: &mut State, bucket: &str, key: &str, object: io::Result<Object>) {
    if let (Some(bucket), Ok(object)) = (state.world.buckets.get_mut(bucket), object) {
        bucket.objects.insert(key.to_owned(), object);
    }
}

fn respond(state: &mut State, call: &Call, effects: &[Effect]) -> Result<Answer, Refusal> {
    let because = |reason| Refusal::because(call.service, reason);
    for effect in effects {
        match effect {
            Effect::SlowDown => return Err(because(Reason::Throttled)),
            Effect::Internal => return Err(because(Reason::Internal)),
            Effect::Expired => return Err(because(Reason::Expired)),
            Effect::Error { status, code, message } => return Err(Refusal::new(*status, code, message)),
            Effect::WrongRegion(region) => return Err(s3::moved(call.bucket.as_deref().unwrap_or_default(), region)),
            _ => {}
        }
    }
    let identity = identify(&state.world, &state.sessions, call)?;
    for effect in effects {
        match effect {
            Effect::Denied => return Err(denied(&identity, call)),
            Effect::KmsDenied => {
                let key = format!("arn:aws:kms:{}:{}:key/fault", identity.region, identity.account);
                return Err(s3::no_decrypt(&identity.arn, &key));
            }
            _ => {}
        }
    }
    let world = &state.world;
    match call.service {
        Service::S3 => s3::answer(world, &identity, call),
        Service::Sts => sts::answer(state, &identity, call),
        Service::Reports => catalog::reports(world, &identity, call),
        Service::Exports => catalog::exports(world, &identity, call),
        Service::Organizations => organization::answer(world, &identity, call),
        Service::CostExplorer => costs::answer(world, &identity, call),
    }
}

fn denied(identity: &Identity, call: &Call) -> Refusal {
    let (action, resource) = needed(identity, call);
    Refusal::denied(call.service, &identity.arn, &action, &resource, &access::unmentioned(&action))
}

fn refused(service: Service, refusal: &Refusal, request: &str) -> Answer {
    let (body, kind) = refusal.body(service, request);
    let mut answer = Answer::text(refusal.status, kind, body);
    answer.headers.extend(refusal.headers.iter().cloned());
    answer
}

fn response(answer: &Answer, effects: &[Effect], outlet: Outlet) -> Result<Response<Body>, Closed> {
    let mut response = Response::builder().status(answer.status).header("server", "outlay-cloud");
    for (name, text) in &answer.headers {
        response = response.header(*name, text);
    }
    response.body(Body::new(answer, effects, outlet)).map_err(|_| Closed)
}

/// Binds a free port of this machine.
pub(crate) fn bind() -> io::Result<(std::net::TcpListener, SocketAddr)> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// A connection that a fault can reset: plain closing says goodbye.
struct Wire {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Relaxed) {
            // If this fails the connection is closed all the same.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
