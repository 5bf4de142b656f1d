//! The process that looks into one file: the job and the bytes come on its standard input, what it made of them goes
//! to its standard output. It limits itself before it reads anything: memory, time, files.

use std::fs::File;
use std::io::{self, BufRead as _, Read as _, Write as _};

use rustix::process::{Resource, Rlimit, setrlimit};

use super::{Job, extract};
use crate::domain::{Preview, SafeText};

/// Memory it may take, in bytes; more ends it.
const MEMORY: u64 = 1 << 30;

/// Seconds of computing it may take; more ends it.
const SECONDS: u64 = 8;

/// How much less it matters than the desk that waits for it.
const NICENESS: i32 = 5;

/// What a child hands back.
pub(super) type Made = Result<Preview, SafeText>;

/// Does the work of the child. An error means that nothing was handed back, which says enough.
pub fn run() -> io::Result<()> {
    limit();
    // Libraries may print: what they say must not stand between the parent and its answer.
    let mut answer = File::from(rustix::io::dup(io::stdout())?);
    let nowhere = File::options().write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdout(&nowhere)?;
    let mut input = io::stdin().lock();
    let mut line = String::new();
    input.read_line(&mut line)?;
    let job: Job = serde_json::from_str(&line)?;
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    let made: Made = extract(&job, &bytes);
    answer.write_all(&serde_json::to_vec(&made)?)?;
    answer.flush()
}

/// Each limit is one more safety: a system that refuses one still has the others, and the parent's deadline.
fn limit() {
    let at_most = |limit: u64| Rlimit { current: Some(limit), maximum: Some(limit) };
    for (resource, limit) in [
        (Resource::As, MEMORY),
        (Resource::Cpu, SECONDS),
        // It writes to pipes alone: no file may grow.
        (Resource::Fsize, 0),
        (Resource::Core, 0),
        (Resource::Nofile, 16),
    ] {
        let _ = setrlimit(resource, at_most(limit));
    }
    let _ = rustix::process::nice(NICENESS);
}
