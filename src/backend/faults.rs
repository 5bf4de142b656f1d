//! Things that go wrong on request, so that clients can be held to their promises: answers that are lost after the
//! act was done, cut short, held back, refused.
//!
//! Faults come at a rate (seeded) or by a script of a test. What happened to a request that would have changed
//! something is written into the table `fault_log`, with whether it was done.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::sync::watch;

/// One way for a request to go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Everything is done, then the connection ends without an answer.
    Lost,
    /// Everything is done, then the connection ends in the middle of the answer.
    Truncated,
    /// 500, and nothing was done.
    Http500Before,
    /// 500, although everything was done.
    Http500After,
    /// 429 with `Retry-After` in whole seconds, and nothing was done.
    Http429(u32),
    /// The connection ends before anything was done.
    Refuse,
    /// Everything is done and answered, but late.
    Slow(Duration),
    /// Everything is done, and the answer is a proxy's HTML instead of JSON, with status 200.
    Garbage,
    /// Nothing is done until the holds are released.
    HoldBefore,
    /// Everything is done, the answer waits until the holds are released.
    HoldAfter,
}

impl Fault {
    /// The name in options and in the log table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Truncated => "truncated",
            Self::Http500Before => "http500_before",
            Self::Http500After => "http500_after",
            Self::Http429(_) => "http429",
            Self::Refuse => "refuse",
            Self::Slow(_) => "slow",
            Self::Garbage => "garbage",
            Self::HoldBefore => "hold_before",
            Self::HoldAfter => "hold_after",
        }
    }

    /// Whether the request is carried out before things go wrong.
    pub(crate) const fn is_after(self) -> bool {
        matches!(
            self,
            Self::Lost
                | Self::Truncated
                | Self::Http500After
                | Self::Slow(_)
                | Self::Garbage
                | Self::HoldAfter
        )
    }
}

/// How often which fault happens, as parts of one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Faults {
    rates: Vec<(Fault, f64)>,
    /// Refusals come in the shapes of the hosted service.
    quirks: bool,
}

impl Faults {
    /// Whether nothing goes wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rates.is_empty() && !self.quirks
    }
}

/// A list of faults that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultsError {
    /// A part has no `=`, or no number from 0 to 1 behind it.
    #[error("`{0}` is not NAME=RATE with a rate from 0 to 1, like lost=0.1")]
    Form(String),
    /// The name is unknown.
    #[error(
        "there is no fault `{0}`: quirks, lost, truncated, http500, http500_before, http500_after, http429, refuse, slow, garbage"
    )]
    Name(String),
    /// The rates add up to more than one.
    #[error("the rates add up to more than 1")]
    Sum,
}

/// `lost=0.1,http500=0.05`: at most one fault happens to a request. `http500` comes as often before as after. `quirks`
/// has no rate: every refusal comes in an odd shape.
impl FromStr for Faults {
    type Err = FaultsError;

    fn from_str(text: &str) -> Result<Self, FaultsError> {
        let mut rates = Vec::new();
        let mut quirks = false;
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            if part == "quirks" {
                quirks = true;
                continue;
            }
            let form = || FaultsError::Form(part.to_owned());
            let (name, rate) = part.split_once('=').ok_or_else(form)?;
            let rate: f64 = rate.trim().parse().map_err(|_| form())?;
            if !(0.0..=1.0).contains(&rate) {
                return Err(form());
            }
            match name.trim() {
                "http500" => {
                    rates.extend([(Fault::Http500Before, rate / 2.0), (Fault::Http500After, rate / 2.0)]);
                }
                name => rates.push((named(name).ok_or_else(|| FaultsError::Name(name.to_owned()))?, rate)),
            }
        }
        if rates.iter().map(|(_, rate)| rate).sum::<f64>() > 1.0 + 1e-9 {
            return Err(FaultsError::Sum);
        }
        Ok(Self { rates, quirks })
    }
}

fn named(name: &str) -> Option<Fault> {
    Some(match name {
        "lost" => Fault::Lost,
        "truncated" => Fault::Truncated,
        "http500_before" => Fault::Http500Before,
        "http500_after" => Fault::Http500After,
        "http429" => Fault::Http429(1),
        "refuse" => Fault::Refuse,
        "slow" => Fault::Slow(Duration::from_secs(2)),
        "garbage" => Fault::Garbage,
        _ => return None,
    })
}

/// What a test wants to go wrong next.
#[derive(Debug)]
struct Scripted {
    part: String,
    fault: Fault,
    times: usize,
}

/// Decides which request goes wrong, and keeps the holds.
pub(crate) struct FaultDesk {
    faults: Faults,
    dice: Mutex<SmallRng>,
    script: Mutex<Vec<Scripted>>,
    released: watch::Sender<u64>,
    held: AtomicUsize,
}

impl fmt::Debug for FaultDesk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FaultDesk({:?}, {} held)", self.faults, self.held())
    }
}

impl FaultDesk {
    /// A desk with rates and a seed.
    pub(crate) fn new(faults: Faults, seed: u64) -> Self {
        Self {
            faults,
            dice: Mutex::new(SmallRng::seed_from_u64(seed ^ 0xfa17)),
            script: Mutex::new(Vec::new()),
            released: watch::Sender::new(0),
            held: AtomicUsize::new(0),
        }
    }

    /// The next `times` requests whose "METHOD /path" contains `part` go wrong so.
    pub(crate) fn script(&self, part: &str, fault: Fault, times: usize) {
        let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        script.push(Scripted { part: part.to_owned(), fault, times });
    }

    /// What happens to this request. The script comes first; signing in is spared by the rates, since every test
    /// would have to repeat it.
    pub(crate) fn next(&self, method: &str, path: &str) -> Option<Fault> {
        let request = format!("{method} {path}");
        {
            let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(at) = script.iter().position(|next| next.times > 0 && request.contains(&next.part)) {
                let next = script.get_mut(at)?;
                next.times -= 1;
                let fault = next.fault;
                script.retain(|next| next.times > 0);
                return Some(fault);
            }
        }
        if self.faults.rates.is_empty() || path == "/users/get-token" {
            return None;
        }
        let mut throw: f64 = self.dice.lock().unwrap_or_else(PoisonError::into_inner).random();
        for (fault, rate) in &self.faults.rates {
            if throw < *rate {
                return Some(*fault);
            }
            throw -= rate;
        }
        None
    }

    /// Whether refusals come in odd shapes: then a throw from 0 to 1 chooses which.
    pub(crate) fn quirk(&self) -> Option<f64> {
        let throw = || self.dice.lock().unwrap_or_else(PoisonError::into_inner).random();
        self.faults.quirks.then(throw)
    }

    /// Waits until the holds are released.
    pub(crate) async fn hold(&self) {
        let mut released = self.released.subscribe();
        released.mark_unchanged();
        self.held.fetch_add(1, Ordering::SeqCst);
        // An error means the desk is gone, which releases as well.
        drop(released.changed().await);
        self.held.fetch_sub(1, Ordering::SeqCst);
    }

    /// Lets all held requests go on.
    pub(crate) fn release(&self) {
        self.released.send_modify(|times| *times += 1);
    }

    /// How many requests are held now.
    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_and_bad_ones_named() {
        let faults: Faults = "lost=0.1, http500=0.2,slow=0".parse().unwrap();
        assert_eq!(faults.rates.len(), 4);
        assert!("".parse::<Faults>().unwrap().is_empty());
        let quirks: Faults = "quirks, slow=0.5".parse().unwrap();
        assert!(quirks.quirks && quirks.rates.len() == 1);
        assert_eq!("lost".parse::<Faults>(), Err(FaultsError::Form("lost".to_owned())));
        assert_eq!("lost=2".parse::<Faults>(), Err(FaultsError::Form("lost=2".to_owned())));
        assert_eq!("los=0.1".parse::<Faults>(), Err(FaultsError::Name("los".to_owned())));
        assert_eq!("lost=0.6,refuse=0.6".parse::<Faults>(), Err(FaultsError::Sum));
    }

    #[test]
    fn the_same_seed_throws_the_same_faults_at_about_the_rate() {
        let throws = |seed| -> Vec<Option<Fault>> {
            let desk = FaultDesk::new("lost=0.1,garbage=0.1".parse().unwrap(), seed);
            (0..1_000).map(|_| desk.next("PUT", "/x")).collect()
        };
        assert_eq!(throws(1), throws(1));
        let lost = throws(1).iter().filter(|fault| **fault == Some(Fault::Lost)).count();
        assert!((60..140).contains(&lost), "{lost}");
    }

    #[test]
    fn a_script_comes_first_and_ends() {
        let desk = FaultDesk::new(Faults::default(), 1);
        desk.script("/review", Fault::Lost, 2);
        assert_eq!(desk.next("GET", "/user"), None);
        assert_eq!(desk.next("PUT", "/quests/1/entries/2/review"), Some(Fault::Lost));
        assert_eq!(desk.next("PUT", "/quests/1/entries/3/review"), Some(Fault::Lost));
        assert_eq!(desk.next("PUT", "/quests/1/entries/4/review"), None);
    }
}
