//! Steps of several requests on a bad line.
//!
//! Where one of them fails in passing it is asked again after a moment, so that the whole step need not begin anew:
//! on a line that breaks nearly every second request, four in a row would hardly ever come through. Only reads are
//! asked again like this; a pause that the server asks for is kept by whoever began the step.

use std::time::Duration;

use super::backoff::Failure;
use crate::ouro::{ErrorKind, OuroError, Why};

/// How often a request that failed is tried again within a step.
const TRIES: u32 = 4;

/// The wait before the first of these tries; the others wait twice as long each.
const WAIT: Duration = Duration::from_millis(250);

/// Asks until it is answered, refused, or tried often enough. `requests` counts what was asked.
pub(super) async fn patiently<T, F>(
    requests: &mut u32,
    passes: fn(&OuroError) -> bool,
    ask: impl Fn() -> F,
) -> Result<T, OuroError>
where
    F: Future<Output = Result<T, OuroError>>,
{
    let mut tries = 0;
    loop {
        *requests += 1;
        match ask().await {
            Err(error) if tries < TRIES && passes(&error) => {
                tokio::time::sleep(WAIT * 2_u32.pow(tries)).await;
                tries += 1;
            }
            other => return other,
        }
    }
}

/// Whether it may be gone the next moment: a long pass waits for that.
pub(super) fn passes(error: &OuroError) -> bool {
    matches!(Failure::of(error), Failure::Offline | Failure::Failing)
}

/// Whether the server was there, and only this answer was lost or spoilt. Nobody is kept waiting for a server that is
/// out of reach or takes its time: that is to be said at once.
pub(super) const fn slips(error: &OuroError) -> bool {
    matches!(error.kind, ErrorKind::Unreachable(Why::Other) | ErrorKind::Server | ErrorKind::Garbled)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn error(kind: ErrorKind) -> OuroError {
        OuroError::new(kind, "no")
    }

    async fn asked(kinds: &[ErrorKind], passes: fn(&OuroError) -> bool) -> (Result<(), ErrorKind>, u32) {
        let (mut requests, next) = (0, Cell::new(0));
        let outcome = patiently(&mut requests, passes, || {
            let kind = kinds.get(next.replace(next.get() + 1));
            let outcome = kind.map_or(Ok(()), |kind| Err(error(*kind)));
            async move { outcome }
        });
        let outcome = outcome.await.map_err(|error| error.kind);
        (outcome, requests)
    }

    #[tokio::test(start_paused = true)]
    async fn a_slip_is_asked_again_and_counted() {
        let slips_twice = [ErrorKind::Garbled, ErrorKind::Unreachable(Why::Other)];
        assert_eq!(asked(&slips_twice, slips).await, (Ok(()), 3));
        assert_eq!(asked(&[], slips).await, (Ok(()), 1));
    }

    #[tokio::test(start_paused = true)]
    async fn it_ends_after_some_tries() {
        assert_eq!(asked(&[ErrorKind::Server; 9], slips).await, (Err(ErrorKind::Server), TRIES + 1));
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_pass_is_told_at_once() {
        let paused = ErrorKind::RateLimited { retry_after: None };
        let unreachable = ErrorKind::Unreachable(Why::Connect);
        for kind in [paused, ErrorKind::KeyRefused, ErrorKind::Forbidden, unreachable, ErrorKind::TimedOut] {
            assert_eq!(asked(&[kind; 9], slips).await, (Err(kind), 1), "{kind:?}");
        }
        assert_eq!(asked(&[unreachable], passes).await, (Ok(()), 2), "a long pass waits for it");
        assert_eq!(asked(&[paused], passes).await, (Err(paused), 1));
    }
}
