//! The desk's side of looking into files: starts a child for each, hands it the bytes, takes back what it made, and
//! kills it when it takes too long. A child that dies costs one preview.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use super::child::Made;
use super::{Job, size_words};
use crate::domain::SafeText;

/// The word by which the program knows that it is a child. No command for people.
pub(crate) const CHILD: &str = "__preview";

/// How long a child may take, from its start to its answer.
const WITHIN: Duration = Duration::from_secs(10);

/// The longest answer that is read, in bytes: pixels of the largest picture in base 64, and room.
const ANSWER: u64 = 4 << 20;

/// Starts children of this program.
#[derive(Debug, Clone)]
pub struct Decoder {
    program: PathBuf,
    within: Duration,
}

impl Decoder {
    /// One that starts `program`, which must be this program.
    #[must_use]
    pub const fn new(program: PathBuf) -> Self {
        Self { program, within: WITHIN }
    }

    /// One that starts the running program itself, even if its file was replaced meanwhile.
    pub fn of_this_program() -> std::io::Result<Self> {
        let itself = PathBuf::from("/proc/self/exe");
        if itself.exists() { Ok(Self::new(itself)) } else { std::env::current_exe().map(Self::new) }
    }

    /// The same with another deadline.
    #[must_use]
    pub fn within(self, within: Duration) -> Self {
        Self { within, ..self }
    }

    /// Looks into a file. An error is in words for the reviewer. Dropping the future kills the child.
    pub async fn look(&self, job: &Job, bytes: Vec<u8>) -> Made {
        match tokio::time::timeout(self.within, self.ask(job, bytes)).await {
            Ok(made) => made,
            Err(_) => Err(SafeText::line(&format!(
                "it takes longer than {} s to read: save it instead",
                self.within.as_secs()
            ))),
        }
    }

    async fn ask(&self, job: &Job, bytes: Vec<u8>) -> Made {
        let size = bytes.len() as u64;
        let mut child = self.start().map_err(|error| {
            tracing::warn!(%error, "no process for a preview");
            SafeText::line(&format!("no process can be started to look into it: {error}"))
        })?;
        let answer = talk(&mut child, job, bytes).await;
        if let Some(made) = answer.and_then(|answer| serde_json::from_slice::<Made>(&answer).ok()) {
            return made;
        }
        let status = child.wait().await.map(|status| status.to_string()).unwrap_or_default();
        tracing::info!(status, size, "a preview's process ended without an answer");
        Err(SafeText::line(&format!(
            "it can't be read: its reader gave up on these {} (broken, or made to break readers)",
            size_words(size)
        )))
    }

    fn start(&self) -> std::io::Result<Child> {
        Command::new(&self.program)
            .arg(CHILD)
            // What it reads is hostile: it gets nothing that it does not need, least of all the key.
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
    }
}

/// Hands over the job and the bytes while reading the answer: either may be larger than a pipe.
async fn talk(child: &mut Child, job: &Job, bytes: Vec<u8>) -> Option<Vec<u8>> {
    let (mut input, output) = (child.stdin.take()?, child.stdout.take()?);
    let mut line = serde_json::to_vec(job).ok()?;
    line.push(b'\n');
    let give = async move {
        // A child that ended early says why by its end.
        let _ = input.write_all(&line).await;
        let _ = input.write_all(&bytes).await;
        drop(input);
    };
    let mut answer = Vec::new();
    let mut output = output.take(ANSWER);
    let (read, ()) = tokio::join!(output.read_to_end(&mut answer), give);
    read.ok().map(|_| answer)
}
