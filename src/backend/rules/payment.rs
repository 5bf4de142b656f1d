//! What an acceptance pays, what escrow holds and what experience it brings (5.4, 5.5). Whole minor units only.

use crate::domain::{FeeRate, Money};

/// How a reward is divided: the fee comes out of what the contributor gets (our choice, the contract's U19).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Split {
    /// What leaves escrow.
    pub(crate) gross: Money,
    /// What the platform keeps.
    pub(crate) fee: Money,
    /// What the contributor gets.
    pub(crate) net: Money,
}

/// Divides a reward.
pub(crate) fn split(gross: Money, rate: FeeRate) -> Split {
    let fee = rate.of(gross);
    Split { gross, fee, net: gross.with(gross.amount - fee.amount) }
}

/// What escrow should hold for an item: one reward while entries can still be accepted by themselves, nothing once
/// the item is done or skipped or its quest is over (5.4.1; one reward at a time is our choice, the contract's U19).
pub(crate) const fn wanted_in_escrow(reward: i64, item_is_terminal: bool, quest_is_over: bool) -> i64 {
    if item_is_terminal || quest_is_over || reward < 0 { 0 } else { reward }
}

/// The experience an acceptance brings: the item's, cut to what the quest's cap leaves (5.5).
pub(crate) fn experience(reward: i64, cap: Option<i64>, so_far: i64) -> i64 {
    let left = cap.map_or(i64::MAX, |cap| (cap - so_far).max(0));
    reward.clamp(0, left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ten_per_cent_of_a_reward_stay_with_the_platform() {
        let split = split(Money::sats(500), FeeRate::from_basis_points(1_000).unwrap());
        assert_eq!((split.fee.amount, split.net.amount), (50, 450));
    }

    #[test]
    fn escrow_holds_one_reward_while_it_can_be_won() {
        assert_eq!(wanted_in_escrow(500, false, false), 500);
        assert_eq!(wanted_in_escrow(500, true, false), 0);
        assert_eq!(wanted_in_escrow(500, false, true), 0);
    }

    #[test]
    fn experience_is_cut_to_the_cap() {
        assert_eq!(experience(20, None, 1_000), 20);
        assert_eq!(experience(20, Some(50), 0), 20);
        assert_eq!(experience(20, Some(50), 40), 10);
        assert_eq!(experience(20, Some(50), 50), 0);
        assert_eq!(experience(20, Some(50), 70), 0, "a cap lowered later takes nothing back");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_in_a_split(amount in 0..=i64::MAX / 2, points in 0u32..=10_000) {
            let parts = split(Money::cents(amount), FeeRate::from_basis_points(points).unwrap());
            prop_assert_eq!(parts.fee.amount + parts.net.amount, amount);
            prop_assert!(parts.fee.amount >= 0 && parts.net.amount >= 0);
        }

        #[test]
        fn no_sequence_of_acceptances_passes_the_cap(rewards in prop::collection::vec(0i64..100, 0..40), cap in 0i64..500) {
            let total = rewards.iter().fold(0, |sum, reward| sum + experience(*reward, Some(cap), sum));
            prop_assert!(total <= cap);
            prop_assert_eq!(total, rewards.iter().sum::<i64>().min(cap));
        }
    }
}
