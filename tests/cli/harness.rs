//! A home for each test, the program run in it, and a backend for it to talk to.

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use questdesk::backend::{Backend, Fixture, Options};
use rustix::process::{Pid, Signal, kill_process};
use tokio::net::TcpSocket;

pub(super) const PROGRAM: &str = env!("CARGO_BIN_EXE_questdesk");
/// Nothing here takes longer unless it hangs.
pub(super) const DEADLINE: Duration = Duration::from_secs(60);
/// A key that the backend doesn't know.
pub(super) const WRONG_KEY: &str = "pat-wrong-0123456789";

/// A home of its own for each test, and the program run in it.
pub(super) struct Home {
    dir: tempfile::TempDir,
}

/// How a run ended.
pub(super) struct Run {
    pub(super) code: i32,
    pub(super) out: String,
    pub(super) err: String,
}

impl Home {
    pub(super) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub(super) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(super) fn variables(&self) -> Vec<(&'static str, String)> {
        let home = self.path().display().to_string();
        vec![
            ("HOME", home.clone()),
            ("QUESTDESK_STATE_DIR", format!("{home}/state")),
            ("LANG", "C.UTF-8".to_owned()),
        ]
    }

    pub(super) fn command(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).env_clear().envs(self.variables()).envs(variables.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(super) fn run(&self, arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Run {
        let mut child = self.command(arguments, variables).spawn().unwrap();
        // A program that ends without reading leaves a broken pipe behind.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let ended = ended(child);
        for secret in variables
            .iter()
            .filter(|(name, _)| *name == "OURO_API_KEY")
            .map(|(_, key)| *key)
            .chain([input.trim()].into_iter().filter(|text| !text.is_empty()))
        {
            assert!(!ended.out.contains(secret) && !ended.err.contains(secret), "the key is shown");
            assert!(!self.log().contains(secret), "the key is logged");
        }
        ended
    }

    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.path().join("state/log/questdesk.log")).unwrap_or_default()
    }
}

/// Waits for the end, within the deadline.
pub(super) fn ended(child: Child) -> Run {
    let id = Pid::from_child(&child);
    let (done, waited) = mpsc::channel();
    thread::spawn(move || done.send(child.wait_with_output()));
    let Ok(output) = waited.recv_timeout(DEADLINE) else {
        let _ = kill_process(id, Signal::KILL);
        panic!("the program hangs");
    };
    let output = output.unwrap();
    Run {
        code: output.status.code().expect("it ends by itself"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A backend in this process, for as long as the work takes.
pub(super) fn with_backend(work: impl FnOnce(&str, &str)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let options = Options { fixture: Fixture::Empty, ..Options::default() };
    let backend = runtime.block_on(Backend::start(options)).unwrap();
    let ready = backend.ready();
    work(&ready.url, &ready.account("ana").unwrap().api_key);
    runtime.block_on(backend.stop());
}

/// An address where nobody listens: its port is bound for as long as the tests run, so that nobody else is given it.
pub(super) fn nobody() -> String {
    static PORT: OnceLock<TcpSocket> = OnceLock::new();
    let port = PORT.get_or_init(|| {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        socket
    });
    format!("http://{}", port.local_addr().unwrap())
}
