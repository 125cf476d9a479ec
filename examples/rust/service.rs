//! A web service with axum: uploads are checked while they arrive, and months are sent while they are read.
//!
//!     cargo run --example service -- 127.0.0.1:8080 examples/data
//!     curl --data-binary @report.csv.gz http://127.0.0.1:8080/totals
//!     curl http://127.0.0.1:8080/reports/report -o report.arrows
#![allow(clippy::print_stdout, reason = "a program's output")]

use std::io::{self, Read, Write};
use std::path::{Component, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures::stream;
use outlay::sink::IpcSink;
use outlay::{Error, Reader, ReaderBuilder, Summary};
use tokio::sync::{Semaphore, mpsc};

/// Reads at the same time. Each needs some 25 MB and a thread.
const READS: usize = 8;
/// What all reads together may use to work ahead.
const AHEAD_BYTES: usize = 64 << 20;
/// How long the next piece of an upload is waited for. A client that stalls gives its slot back.
const PATIENCE: Duration = Duration::from_secs(30);
/// Pieces of a body that are buffered.
const PIECES: usize = 4;

/// An error as an answer: its JSON, with its status.
struct Failed(Error);

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self.0)).into_response()
    }
}

/// What all requests share.
struct Service {
    /// The folder with the reports. Nothing outside is read.
    folder: PathBuf,
    slots: Arc<Semaphore>,
}

impl Service {
    /// Returns the path of a report below the folder.
    fn place(&self, path: &str) -> Result<PathBuf, Error> {
        let path = std::path::Path::new(path);
        let is_below = path.components().all(|component| matches!(component, Component::Normal(_)));
        is_below.then(|| self.folder.join(path)).ok_or_else(|| Error::option("path", "name a report below the folder"))
    }
}

fn options() -> ReaderBuilder {
    // Two threads for a read: one decodes, one maps.
    Reader::builder().columns(["ServiceName", "ChargePeriodStart", "BilledCost"]).threads(2)
}

/// A body as the input of a reader, which waits for the next piece on a thread of its own.
struct Upload {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    piece: Bytes,
}

impl Read for Upload {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.pieces.blocking_recv() {
                Some(piece) => self.piece = piece?,
                None => return Ok(0),
            }
        }
        let taken = self.piece.len().min(buffer.len());
        buffer[..taken].copy_from_slice(&self.piece.split_to(taken));
        Ok(taken)
    }
}

/// `POST /totals`: reads a report as it arrives, and answers with its totals. A client that goes away in the middle is an
/// error of the body, so what it sent is never taken for the whole.
async fn totals(State(service): State<Arc<Service>>, body: Body) -> Result<Json<Summary>, Failed> {
    let _slot = service.slots.acquire().await.map_err(|_| Failed(Error::option("service", "it is shutting down")))?;
    let (give, pieces) = mpsc::channel(PIECES);
    tokio::spawn(async move {
        let mut body = body.into_data_stream();
        loop {
            let next = tokio::time::timeout(PATIENCE, futures::StreamExt::next(&mut body)).await;
            let piece = match next {
                Ok(None) => return,
                Ok(Some(piece)) => piece.map_err(io::Error::other),
                Err(_) => Err(io::ErrorKind::TimedOut.into()),
            };
            let is_last = piece.is_err();
            if give.send(piece).await.is_err() || is_last {
                return;
            }
        }
    });
    let reader = options().read_from("upload", Upload { pieces, piece: Bytes::new() })?;
    let handle = reader.handle();
    let mut batches = reader.into_stream()?;
    // If the client goes away, axum drops this future, and with it the stream, which ends the read.
    while let Some(batch) = batches.next().await {
        batch?;
    }
    let totals = handle.totals().unwrap_or_default();
    totals.check()?;
    Ok(Json(totals.summary()))
}

/// Sends what is written as pieces of a body.
struct Pieces(mpsc::Sender<io::Result<Bytes>>);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        self.0.blocking_send(Ok(Bytes::copy_from_slice(bytes))).map_err(gone)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// `GET /reports/{path}`: sends a report as an Arrow stream while it is read. An error after the first bytes breaks the
/// body off, so that no client takes it for the whole.
async fn report(State(service): State<Arc<Service>>, Path(path): Path<String>) -> Result<Response, Failed> {
    let path = service.place(&path)?;
    let slot = Arc::clone(&service.slots)
        .acquire_owned()
        .await
        .map_err(|_| Failed(Error::option("service", "it is shutting down")))?;
    let opened = tokio::task::spawn_blocking(move || options().read(path)).await;
    let mut reader = opened.map_err(|error| Error::io("report", error.into()))??;
    let (give, pieces) = mpsc::channel(PIECES);
    tokio::task::spawn_blocking(move || {
        let _slot = slot;
        let schema = reader.schema();
        let saved = IpcSink::stream("response", Pieces(give.clone()), schema)
            .and_then(|sink| reader.save_with(Box::new(sink)))
            .and_then(|()| reader.check());
        if let Err(error) = saved {
            // The client may be gone.
            let _ = give.blocking_send(Err(io::Error::other(error)));
        }
    });
    let pieces = stream::unfold(pieces, |mut pieces| async { Some((pieces.recv().await?, pieces)) });
    Ok(([(CONTENT_TYPE, "application/vnd.apache.arrow.stream")], Body::from_stream(pieces)).into_response())
}

fn main() -> io::Result<()> {
    outlay::set_memory_limit(AHEAD_BYTES);
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let folder = arguments.next().unwrap_or_else(|| "examples/data".to_owned()).into();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(serve(address, folder))
}

async fn serve(address: String, folder: PathBuf) -> io::Result<()> {
    let service = Arc::new(Service { folder, slots: Arc::new(Semaphore::new(READS)) });
    let routes =
        Router::new().route("/totals", post(totals)).route("/reports/{*path}", get(report)).with_state(service);
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    axum::serve(listener, routes).await
}
