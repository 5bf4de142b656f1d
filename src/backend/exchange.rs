//! One exchange of a key at a time: a second one while the first is under way fails (contract, 1.2).

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::ids::Id;

/// The users whose keys are being exchanged.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exchanges(Arc<Mutex<HashSet<Id>>>);

/// An exchange under way; it ends with the last copy. It travels with the answer, so that an exchange lasts until
/// its answer is written.
#[derive(Debug, Clone)]
pub(crate) struct UnderWay(#[expect(dead_code, reason = "kept for its end")] Arc<Ending>);

#[derive(Debug)]
struct Ending {
    of: Exchanges,
    user: Id,
}

impl Exchanges {
    /// Begins an exchange; none if one of this user's is under way.
    pub(crate) fn begin(&self, user: Id) -> Option<UnderWay> {
        let new = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(user);
        new.then(|| UnderWay(Arc::new(Ending { of: self.clone(), user })))
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.of.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.user);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_exchange_waits_for_the_end_of_the_first() {
        let exchanges = Exchanges::default();
        let first = exchanges.begin(Id::GLOBAL).unwrap();
        let copy = first.clone();
        drop(first);
        assert!(exchanges.begin(Id::GLOBAL).is_none());
        drop(copy);
        assert!(exchanges.begin(Id::GLOBAL).is_some());
    }
}
