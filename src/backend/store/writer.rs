//! The writer: one thread that does act after act, as many in one transaction as wait for it.
//!
//! Each act has a savepoint of its own, so a refused one leaves nothing behind while its neighbours stay. Nobody is
//! answered before the transaction is committed: what a client was told is on the disk. Under load a flush to the
//! disk is shared by all who wait; an act that comes alone has one to itself.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use crate::backend::error::Refusal;
use crate::clock;

/// Acts that share a transaction at most, and how long it is kept open for more of them.
const MOST: usize = 128;
const LONGEST: Duration = Duration::from_millis(20);

/// Told once it is known whether the transaction was committed.
type Answer = Box<dyn FnOnce(Result<(), Refusal>) + Send>;

/// An act: does its work, says whether it is to stay, and how to answer.
type Work = Box<dyn FnOnce(&Connection) -> (bool, Answer) + Send>;

/// The thread and the way to it.
#[derive(Debug)]
pub(super) struct Writer {
    // Taken when it ends: the closed channel tells the thread.
    work: Option<Sender<Work>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread on a connection that others may lock between transactions.
    pub(super) fn start(connection: Arc<Mutex<Connection>>) -> std::io::Result<Self> {
        let (work, waiting) = mpsc::channel();
        let builder = std::thread::Builder::new().name("backend-writer".to_owned());
        let thread = builder.spawn(move || serve(&waiting, &connection))?;
        Ok(Self { work: Some(work), thread: Some(thread) })
    }

    /// Does one act and waits until it is committed; none if the thread could not finish it.
    pub(super) async fn act<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Connection) -> Result<T, Refusal> + Send + 'static,
    ) -> Option<Result<T, Refusal>> {
        let (tell, told) = oneshot::channel();
        let work: Work = Box::new(move |db| {
            let result = act(db);
            let stays = result.is_ok();
            // Whoever asked may be gone: then nobody wants to know.
            (stays, Box::new(move |committed| drop(tell.send(committed.and(result)))))
        });
        self.work.as_ref()?.send(work).ok()?;
        told.await.ok()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.work.take();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the backend's writer ended in a panic");
        }
    }
}

fn serve(waiting: &Receiver<Work>, connection: &Mutex<Connection>) {
    while let Ok(first) = waiting.recv() {
        let mut db = connection.lock().unwrap_or_else(PoisonError::into_inner);
        let mut answers = Vec::new();
        let committed = group(&mut db, first, waiting, &mut answers).map_err(Refusal::from);
        drop(db);
        for answer in answers {
            answer(committed.clone());
        }
    }
}

/// Does the first act and those that wait behind it, in one transaction.
fn group(
    db: &mut Connection,
    first: Work,
    waiting: &Receiver<Work>,
    answers: &mut Vec<Answer>,
) -> rusqlite::Result<()> {
    let begun = clock::monotonic();
    let mut transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut next = Some(first);
    while let Some(work) = next {
        let mut point = transaction.savepoint()?;
        // A panic is ours; the act's asker hears that it was not finished, its neighbours are not touched.
        match catch_unwind(AssertUnwindSafe(|| work(&point))) {
            Ok((true, answer)) => {
                answers.push(answer);
                point.commit()?;
            }
            Ok((false, answer)) => {
                answers.push(answer);
                point.rollback()?;
                point.commit()?;
            }
            Err(_) => {
                tracing::error!("an act ended in a panic");
                point.rollback()?;
                point.commit()?;
            }
        }
        let has_room = answers.len() < MOST && begun.elapsed() < LONGEST;
        // Some errors of the disk end the whole transaction: then nothing may follow in it.
        next = if has_room && !transaction.is_autocommit() { waiting.try_recv().ok() } else { None };
    }
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Arc<Mutex<Connection>> {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch("CREATE TABLE t (x)").unwrap();
        Arc::new(Mutex::new(db))
    }

    #[tokio::test]
    async fn a_refused_act_and_a_broken_one_leave_nothing_and_their_neighbours_stay() {
        let db = table();
        let writer = Writer::start(Arc::clone(&db)).unwrap();
        let insert = |x: i64, end: fn() -> Result<(), Refusal>| {
            writer.act(move |db| {
                db.execute("INSERT INTO t VALUES (?1)", [x])?;
                end()
            })
        };
        // Held back until all wait, so that they share a transaction.
        let held = db.lock().unwrap();
        let all = async {
            tokio::join!(
                insert(1, || Ok(())),
                insert(2, || Err(Refusal::not_found("It"))),
                insert(3, || panic!("on purpose")),
                insert(4, || Ok(())),
                async { drop(held) },
            )
        };
        let (one, two, three, four, ()) = all.await;
        assert_eq!(one, Some(Ok(())));
        assert_eq!(two.unwrap().unwrap_err().status(), 404);
        assert_eq!(three, None);
        assert_eq!(four, Some(Ok(())));
        let sum: i64 = db.lock().unwrap().query_row("SELECT sum(x) FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!(sum, 5);
    }

    #[tokio::test]
    async fn the_thread_ends_with_its_writer() {
        let db = table();
        let writer = Writer::start(Arc::clone(&db)).unwrap();
        assert_eq!(writer.act(|_| Ok(7)).await, Some(Ok(7)));
        drop(writer);
        assert_eq!(Arc::strong_count(&db), 1);
    }
}
