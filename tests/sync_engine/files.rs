//! A storage of files that sends a beginning, and the rest when it is told to; it counts, and sees who hangs up.

#![expect(clippy::unwrap_used, reason = "a test helper: what fails here is the test")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// Bytes of each file, and of them those that come at once.
pub(crate) const SIZE: usize = 200_000;
const FIRST: usize = 60_000;

/// What happened.
#[derive(Debug, Default)]
struct Seen {
    /// Names that were asked for, in order.
    asked: Vec<String>,
    /// Names whose reader hung up before the end.
    given_up: Vec<String>,
    /// The rest may be sent.
    open: bool,
}

#[derive(Debug, Default)]
struct Shared {
    seen: Mutex<Seen>,
    changed: Condvar,
}

/// The storage.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

impl Files {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let files = Self { address: listener.local_addr().unwrap(), shared: Arc::default() };
        let shared = Arc::clone(&files.shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || shared.serve(stream));
            }
        });
        files
    }

    /// From now on the rest is sent.
    pub(crate) fn open(&self) {
        self.shared.seen.lock().unwrap().open = true;
        self.shared.changed.notify_all();
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.shared.seen.lock().unwrap().asked.clone()
    }

    /// Waits until the reader of this file hung up.
    pub(crate) fn wait_given_up(&self, name: &str) {
        let within = Duration::from_secs(20);
        let not_yet = |seen: &mut Seen| !seen.given_up.iter().any(|given_up| given_up == name);
        let (_seen, waited) = self
            .shared
            .changed
            .wait_timeout_while(self.shared.seen.lock().unwrap(), within, not_yet)
            .unwrap();
        assert!(!waited.timed_out(), "nobody hung up on {name}");
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut line = String::new();
        if reader.read_line(&mut line).is_err() {
            return;
        }
        let name =
            line.split('/').nth(1).unwrap_or_default().split(' ').next().unwrap_or_default().to_owned();
        while reader.read_line(&mut line).is_ok_and(|length| length > 2) {}
        self.seen.lock().unwrap().asked.push(name.clone());
        self.changed.notify_all();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {SIZE}\r\nconnection: close\r\n\r\n");
        let bytes = vec![b'x'; SIZE];
        let beginning = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&bytes[..FIRST]));
        if beginning.is_err() || !self.wait_open(&stream) {
            self.seen.lock().unwrap().given_up.push(name);
            self.changed.notify_all();
            return;
        }
        let _ = stream.write_all(&bytes[FIRST..]);
        let _ = stream.shutdown(Shutdown::Write);
    }

    /// Waits until the rest may be sent; `false` if the reader hangs up before.
    fn wait_open(&self, stream: &TcpStream) -> bool {
        loop {
            let seen = self.seen.lock().unwrap();
            let (seen, _) = self.changed.wait_timeout(seen, Duration::from_millis(20)).unwrap();
            if seen.open {
                return true;
            }
            drop(seen);
            stream.set_nonblocking(true).unwrap();
            let gone = matches!(stream.peek(&mut [0]), Ok(0));
            stream.set_nonblocking(false).unwrap();
            if gone {
                return false;
            }
        }
    }
}
