//! The thread that encodes pictures: it takes a while, and the loop must not wait.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};

use super::encode::{Order, encode};
use super::stage::{Job, Painted};

/// Where [`Painted`] goes. Called on the painter's thread.
type PictureSink = Box<dyn Fn(Painted) + Send>;

/// The handle of the painter's thread, which ends after this is dropped. Nobody waits for it: it has nothing to lose.
#[derive(Debug)]
pub(in crate::term) struct Painter {
    orders: Sender<Vec<Job>>,
}

impl Painter {
    /// Starts the thread.
    pub(in crate::term) fn start(sink: PictureSink) -> std::io::Result<Self> {
        let (orders, came) = channel();
        std::thread::Builder::new().name("pictures".into()).spawn(move || run(&came, &sink))?;
        Ok(Self { orders })
    }

    /// These are wanted now, and nothing that was asked for before.
    pub(in crate::term) fn paint(&self, jobs: Vec<Job>) {
        // Nobody there: the thread ended by a panic, and the process is about to.
        let _ = self.orders.send(jobs);
    }
}

fn run(orders: &Receiver<Vec<Job>>, sink: &PictureSink) {
    while let Ok(mut jobs) = orders.recv() {
        jobs.reverse();
        loop {
            // The newest list wins.
            match orders.try_recv() {
                Ok(newer) => {
                    jobs = newer;
                    jobs.reverse();
                    continue;
                }
                Err(TryRecvError::Disconnected) => return,
                Err(TryRecvError::Empty) => {}
            }
            match jobs.pop() {
                Some(job) => sink(paint(job)),
                None => break,
            }
        }
    }
}

/// Encodes one picture.
pub(in crate::term) fn paint(job: Job) -> Painted {
    let Job { number, protocol, id, pixels, cells, cell, budget } = job;
    let pieces = encode(Order { protocol, id, pixels: &pixels, cells, cell, budget });
    Painted { number, pieces: Arc::new(pieces) }
}
