//! The listener and its connections: loopback TCP whose lines can be cut on purpose, before an answer or within it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// What becomes of the bytes still to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// They go out.
    Not,
    /// None of them does.
    Now,
    /// The head of the next answer and this many bytes of its body do.
    InBody(usize),
}

/// A connection's switch.
#[derive(Debug, Clone)]
pub(crate) struct Switch(Arc<Mutex<Cut>>);

impl Switch {
    /// Ends the connection before another byte is written.
    pub(crate) fn cut(&self) {
        self.set(Cut::Now);
    }

    /// Ends the connection after so many bytes of the next answer's body.
    pub(crate) fn cut_in_body(&self, after: usize) {
        self.set(Cut::InBody(after));
    }

    fn set(&self, cut: Cut) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = cut;
    }

    fn get(&self) -> Cut {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that can be cut.
#[derive(Debug)]
pub(crate) struct Line {
    stream: TcpStream,
    switch: Switch,
}

/// Accepts connections.
#[derive(Debug)]
pub(crate) struct Lines(pub(crate) TcpListener);

impl Listener for Lines {
    type Io = Line;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Line, SocketAddr) {
        loop {
            match self.0.accept().await {
                Ok((stream, from)) => {
                    // Small answers must not wait for company.
                    drop(stream.set_nodelay(true));
                    return (Line { stream, switch: Switch(Arc::new(Mutex::new(Cut::Not))) }, from);
                }
                Err(error) => {
                    // Mostly too many open files: some will close.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Lines>> for Switch {
    fn connect_info(stream: IncomingStream<'_, Lines>) -> Self {
        stream.io().switch.clone()
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

fn is_cut() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "cut on purpose")
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let allowed = match self.switch.get() {
            Cut::Not => return Pin::new(&mut self.stream).poll_write(cx, bytes),
            Cut::Now => 0,
            Cut::InBody(body) => {
                let head = bytes.windows(4).position(|window| window == b"\r\n\r\n").map_or(0, |at| at + 4);
                bytes.len().min(head + body)
            }
        };
        let Some(part) = bytes.get(..allowed).filter(|part| !part.is_empty()) else {
            return Poll::Ready(Err(is_cut()));
        };
        let written = Pin::new(&mut self.stream).poll_write(cx, part);
        if matches!(written, Poll::Ready(Ok(_))) {
            self.switch.cut();
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
