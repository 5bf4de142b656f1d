//! The way out: [`Outlet`], the only hand on the terminal's output, and [`Writer`], the thread that owns it while
//! frames are drawn.
//!
//! A terminal that is not read takes about 20 KiB and then blocks whoever writes. So the outlet never blocks where
//! the system allows it (it opens the terminal anew, so that the shell's own handle stays as it is), one frame is
//! in flight, and everything that waits for the terminal waits with a deadline or can be woken.
//!
//! What the terminal takes at once is written at once, by whoever hands the frame over: on a busy machine a thread
//! that has to be woken first is a turn in the queue for the processor. The thread writes what is left.

use std::fmt;
use std::io::{self, PipeReader, PipeWriter, Read as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, fcntl_getfl};
use rustix::io::Errno;

use crate::clock;
use crate::domain::{SafeText, Timestamp};

/// How long leaving waits for a terminal that takes nothing.
const LEAVE_PATIENCE: Duration = Duration::from_millis(300);
/// Bytes that a pipe takes at once if it says that it takes any (POSIX's least `PIPE_BUF`).
const PIPE_TAKES: usize = 512;
/// How a terminal is opened once more: by us alone, so that what we set for our writes is nobody else's.
const ANEW: OFlags = OFlags::WRONLY.union(OFlags::NOCTTY).union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);
/// How long a frame that is being given up may take to notice.
const ABANDON_PATIENCE: Duration = Duration::from_millis(200);

/// The terminal's output.
#[derive(Debug)]
pub struct Outlet {
    terminal: OwnedFd,
    /// It takes what it has room for and says so; it never makes anybody wait.
    never_blocks: bool,
    /// Frames are let through. Held only around one write that doesn't block.
    open: Mutex<bool>,
}

impl Outlet {
    /// The terminal behind standard output.
    pub fn of_stdout() -> io::Result<Self> {
        let stdout = io::stdout();
        let again = anew(&stdout).or_else(|_| rustix::fs::open("/dev/tty", ANEW, Mode::empty()));
        match again {
            Ok(terminal) => Ok(Self::new(terminal)),
            Err(_) => Ok(Self::new(stdout.as_fd().try_clone_to_owned()?)),
        }
    }

    /// Whatever is behind standard error: a terminal, a file or a pipe.
    fn of_stderr() -> io::Result<Self> {
        let stderr = io::stderr();
        match anew(&stderr) {
            Ok(terminal) => Ok(Self::new(terminal)),
            Err(_) => Ok(Self::new(stderr.as_fd().try_clone_to_owned()?)),
        }
    }

    /// Whatever is behind `terminal`; frames are let through.
    #[must_use]
    pub fn new(terminal: OwnedFd) -> Self {
        let never_blocks = fcntl_getfl(&terminal).is_ok_and(|flags| flags.contains(OFlags::NONBLOCK));
        Self { terminal, never_blocks, open: Mutex::new(true) }
    }

    /// Lets frames through or not. When it returns, no frame is being written if not.
    pub fn set_open(&self, open: bool) {
        *self.lock() = open;
    }

    /// Writes all of `bytes`, past a closed outlet, but gives up on a terminal that doesn't take them.
    pub fn write_within_patience(&self, mut bytes: &[u8]) {
        let end = clock::monotonic() + LEAVE_PATIENCE;
        while !bytes.is_empty() {
            let left = end.saturating_duration_since(clock::monotonic());
            if !is_writable(&self.terminal, left) {
                return;
            }
            // What may block takes so much without, once it takes anything.
            let most = if self.never_blocks { bytes.len() } else { bytes.len().min(PIPE_TAKES) };
            match rustix::io::write(&self.terminal, &bytes[..most]) {
                Ok(count) => bytes = &bytes[count..],
                Err(Errno::AGAIN | Errno::INTR) => {}
                Err(_) => return,
            }
        }
    }

    /// Writes what fits, unless closed.
    fn write_some(&self, bytes: &[u8]) -> Result<usize, Errno> {
        if *self.lock() { rustix::io::write(&self.terminal, bytes) } else { Err(Errno::CANCELED) }
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says something, a line each, on the terminal that was given back; a terminal that takes nothing isn't told.
pub fn say(lines: &[SafeText]) {
    if let Ok(outlet) = Outlet::of_stdout() {
        let text: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
        outlet.write_within_patience(text.as_bytes());
    }
}

/// Says why the process ends at once, on standard error; a terminal or a pipe that takes nothing isn't told.
pub(super) fn complain(text: &str) {
    if let Ok(outlet) = Outlet::of_stderr() {
        outlet.write_within_patience(text.as_bytes());
    }
}

/// The terminal behind a stream, opened once more.
fn anew(stream: impl AsFd) -> rustix::io::Result<OwnedFd> {
    let path = rustix::termios::ttyname(stream, Vec::new())?;
    rustix::fs::open(path, ANEW, Mode::empty())
}

fn is_writable(terminal: &OwnedFd, within: Duration) -> bool {
    let wait =
        Timespec { tv_sec: within.as_secs().try_into().unwrap_or(1), tv_nsec: within.subsec_nanos().into() };
    let mut fds = [PollFd::new(terminal, PollFlags::OUT)];
    match poll(&mut fds, Some(&wait)) {
        Ok(0) => false,
        Ok(_) => fds[0].revents().contains(PollFlags::OUT),
        Err(errno) => errno == Errno::INTR && !within.is_zero(),
    }
}

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// The frame of this number is with the terminal since then.
    Frame(u64, Timestamp),
    /// The terminal is gone; nothing is written any more.
    Gone,
}

/// Where [`Written`] goes. Called on the writer's thread, or while a frame is handed over.
pub type WrittenSink = Arc<dyn Fn(Written) + Send + Sync>;

/// A frame is still under way: keep drawing for later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the last frame is still being written")]
pub struct Busy;

#[derive(Debug, Default)]
struct Slot {
    job: Option<(u64, Vec<u8>)>,
    /// From the submission to the last byte.
    busy: bool,
    /// The frame under way is to be given up.
    abandon: bool,
    stop: bool,
    gone: bool,
}

#[derive(Debug, Default)]
struct Shared {
    slot: Mutex<Slot>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The handle of the writer thread. Stops it when dropped; a frame under way is given up.
pub struct Writer {
    shared: Arc<Shared>,
    outlet: Arc<Outlet>,
    sink: WrittenSink,
    wake: PipeWriter,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("shared", &self.shared).finish_non_exhaustive()
    }
}

impl Writer {
    /// Starts the thread.
    pub fn start(outlet: Arc<Outlet>, sink: WrittenSink) -> io::Result<Self> {
        let (woken, wake) = io::pipe()?;
        let shared = Arc::new(Shared::default());
        let writing = Writing {
            outlet: Arc::clone(&outlet),
            woken,
            shared: Arc::clone(&shared),
            sink: Arc::clone(&sink),
        };
        let thread = std::thread::Builder::new().name("frames".into()).spawn(move || writing.run())?;
        Ok(Self { shared, outlet, sink, wake, thread: Some(thread) })
    }

    /// Hands over a frame; its number comes back with [`Written::Frame`]. Never blocks.
    pub fn submit(&self, number: u64, mut bytes: Vec<u8>) -> Result<(), Busy> {
        let mut slot = self.shared.lock();
        if slot.busy || slot.gone {
            return Err(Busy);
        }
        let written = if self.outlet.never_blocks { self.outlet.write_some(&bytes) } else { Ok(0) };
        let told = match written {
            Ok(count) if count == bytes.len() => Some(Written::Frame(number, clock::now())),
            // Frames are not let through: this one is given up.
            Err(Errno::CANCELED) => None,
            Ok(_) | Err(Errno::AGAIN | Errno::INTR) => {
                bytes.drain(..written.unwrap_or(0));
                slot.busy = true;
                slot.job = Some((number, bytes));
                self.shared.changed.notify_all();
                None
            }
            Err(_) => {
                slot.gone = true;
                Some(Written::Gone)
            }
        };
        drop(slot);
        if let Some(told) = told {
            (self.sink)(told);
        }
        Ok(())
    }

    /// Whether a frame would be taken now.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let slot = self.shared.lock();
        !slot.busy && !slot.gone
    }

    /// Waits a moment for the frame under way, then gives it up. Returns whether the terminal may show half of it.
    pub fn settle(&mut self) -> bool {
        if self.wait_until_idle() {
            return false;
        }
        let mut slot = self.shared.lock();
        if !slot.busy {
            return false;
        }
        // Until the thread has noticed, however late: no rest of it may come after what is written next.
        slot.abandon = true;
        drop(slot);
        self.wake();
        self.wait_until_idle();
        true
    }

    fn wait_until_idle(&self) -> bool {
        let busy = |slot: &mut Slot| slot.busy && !slot.gone;
        let (slot, _) = self
            .shared
            .changed
            .wait_timeout_while(self.shared.lock(), ABANDON_PATIENCE, busy)
            .unwrap_or_else(PoisonError::into_inner);
        !slot.busy
    }

    fn wake(&mut self) {
        let _ = self.wake.write(&[0]);
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let mut slot = self.shared.lock();
        slot.stop = true;
        slot.abandon = true;
        drop(slot);
        self.shared.changed.notify_all();
        self.wake();
        // A thread that hangs in a write which blocks after all must not keep the program from ending.
        if self.wait_until_idle()
            && let Some(thread) = self.thread.take()
        {
            let _ = thread.join();
        }
    }
}

/// The thread's own things.
struct Writing {
    outlet: Arc<Outlet>,
    woken: PipeReader,
    shared: Arc<Shared>,
    sink: WrittenSink,
}

impl Writing {
    fn run(mut self) {
        while let Some((number, bytes)) = self.next() {
            let written = self.write(&bytes);
            let mut slot = self.shared.lock();
            slot.busy = false;
            slot.abandon = false;
            slot.gone = written == Err(Errno::IO);
            drop(slot);
            self.shared.changed.notify_all();
            match written {
                Ok(()) => (self.sink)(Written::Frame(number, clock::now())),
                Err(Errno::CANCELED) => {}
                Err(_) => return (self.sink)(Written::Gone),
            }
        }
    }

    fn next(&self) -> Option<(u64, Vec<u8>)> {
        let waiting = |slot: &mut Slot| slot.job.is_none() && !slot.stop;
        let mut slot = self
            .shared
            .changed
            .wait_while(self.shared.lock(), waiting)
            .unwrap_or_else(PoisonError::into_inner);
        if slot.stop {
            slot.busy = false;
            self.shared.changed.notify_all();
            return None;
        }
        slot.job.take()
    }

    /// `CANCELED` if the frame was given up, `IO` for all that means that the terminal is gone.
    fn write(&mut self, mut bytes: &[u8]) -> Result<(), Errno> {
        while !bytes.is_empty() {
            if self.shared.lock().abandon {
                return Err(Errno::CANCELED);
            }
            match self.outlet.write_some(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(Errno::AGAIN) => self.wait_for_room()?,
                Err(Errno::INTR) => {}
                Err(Errno::CANCELED) => return Err(Errno::CANCELED),
                Err(_) => return Err(Errno::IO),
            }
        }
        Ok(())
    }

    fn wait_for_room(&mut self) -> Result<(), Errno> {
        let mut fds =
            [PollFd::new(&self.outlet.terminal, PollFlags::OUT), PollFd::new(&self.woken, PollFlags::IN)];
        match poll(&mut fds, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return Err(Errno::IO),
        }
        if !fds[1].revents().is_empty() {
            let _ = self.woken.read(&mut [0; 64]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::sync::mpsc::{Receiver, TryRecvError, channel};

    const DEADLINE: Duration = Duration::from_secs(10);

    /// A writer into a pipe that nobody reads yet.
    fn writer() -> (Writer, PipeReader, Receiver<Written>, Arc<Outlet>) {
        let (reader, into) = io::pipe().unwrap();
        rustix::io::ioctl_fionbio(&into, true).unwrap();
        let outlet = Arc::new(Outlet::new(into.into()));
        let (events, came) = channel();
        let sink = Arc::new(move |written| events.send(written).unwrap_or_default());
        (Writer::start(Arc::clone(&outlet), sink).unwrap(), reader, came, outlet)
    }

    #[test]
    fn frames_are_written_whole_and_reported_with_their_number() {
        let (writer, mut reader, came, _outlet) = writer();
        writer.submit(7, b"frame".to_vec()).unwrap();
        assert!(matches!(came.recv_timeout(DEADLINE).unwrap(), Written::Frame(7, _)));
        assert!(writer.is_idle(), "idle before the report comes");
        let mut bytes = [0; 5];
        reader.read_exact(&mut bytes).unwrap();
        assert_eq!(&bytes, b"frame");
    }

    #[test]
    fn a_terminal_that_may_block_is_written_by_the_thread() {
        let (mut reader, into) = io::pipe().unwrap();
        let (events, came) = channel();
        let outlet = Arc::new(Outlet::new(into.into()));
        let sink = Arc::new(move |written| events.send(written).unwrap_or_default());
        let writer = Writer::start(outlet, sink).unwrap();
        writer.submit(1, vec![b'x'; 1 << 20]).unwrap();
        assert_eq!(writer.submit(2, b"y".to_vec()), Err(Busy), "handed over without waiting");
        reader.read_exact(&mut vec![0; 1 << 20]).unwrap();
        assert!(matches!(came.recv_timeout(DEADLINE).unwrap(), Written::Frame(1, _)));
    }

    #[test]
    fn one_frame_is_in_flight_and_the_rest_is_refused() {
        let (writer, mut reader, came, _outlet) = writer();
        let large = vec![b'x'; 1 << 20];
        writer.submit(1, large.clone()).unwrap();
        assert_eq!(writer.submit(2, b"y".to_vec()), Err(Busy));
        let mut bytes = vec![0; large.len()];
        reader.read_exact(&mut bytes).unwrap();
        assert!(bytes == large);
        assert!(matches!(came.recv_timeout(DEADLINE).unwrap(), Written::Frame(1, _)));
        writer.submit(2, b"y".to_vec()).unwrap();
        assert!(matches!(came.recv_timeout(DEADLINE).unwrap(), Written::Frame(2, _)));
    }

    #[test]
    fn a_frame_nobody_takes_can_be_given_up() {
        let (mut writer, mut reader, came, _outlet) = writer();
        writer.submit(1, vec![b'x'; 1 << 20]).unwrap();
        assert!(writer.settle(), "half of it is out");
        let busy = |slot: &mut Slot| slot.busy;
        let noticed = writer.shared.changed.wait_timeout_while(writer.shared.lock(), DEADLINE, busy).unwrap();
        assert!(!noticed.1.timed_out(), "a busy machine's thread gives it up later");
        drop(noticed);
        let mut half = vec![0; 1 << 20];
        assert!(reader.read(&mut half).unwrap() > 0);
        assert!(!writer.settle());
        assert!(came.try_recv().is_err(), "a frame that was given up is not reported as written");
    }

    #[test]
    fn a_closed_outlet_takes_no_frames_but_what_leaving_writes() {
        let (writer, mut reader, came, outlet) = writer();
        outlet.set_open(false);
        writer.submit(1, b"frame".to_vec()).unwrap();
        outlet.write_within_patience(b"bye");
        drop((writer, outlet));
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "bye");
        assert!(came.try_recv().is_err());
    }

    #[test]
    fn leaving_gives_up_on_a_terminal_that_takes_nothing() {
        let (_writer, _reader, _came, outlet) = writer();
        outlet.write_within_patience(&vec![b'x'; 1 << 20]);
    }

    #[test]
    fn leaving_gives_up_on_a_pipe_that_may_block_and_takes_nothing() {
        let (_reader, into) = io::pipe().unwrap();
        let outlet = Outlet::new(into.into());
        assert!(!outlet.never_blocks);
        outlet.write_within_patience(&vec![b'x'; 1 << 20]);
    }

    #[test]
    fn a_terminal_that_is_gone_is_reported_once() {
        let (writer, reader, came, _outlet) = writer();
        drop(reader);
        writer.submit(1, b"frame".to_vec()).unwrap();
        assert_eq!(came.recv_timeout(DEADLINE).unwrap(), Written::Gone);
        assert_eq!(writer.submit(2, b"frame".to_vec()), Err(Busy));
        drop(writer);
        assert_eq!(came.try_recv(), Err(TryRecvError::Disconnected), "nothing comes after it");
    }

    #[test]
    fn dropping_a_blocked_writer_returns() {
        let (writer, _reader, _came, _outlet) = writer();
        writer.submit(1, vec![b'x'; 1 << 20]).unwrap();
        drop(writer);
    }

    #[test]
    fn a_file_is_an_outlet_too() {
        let outlet = Outlet::new(File::create("/dev/null").unwrap().into());
        outlet.write_within_patience(b"x");
    }
}
