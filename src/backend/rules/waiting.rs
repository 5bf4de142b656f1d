//! Items that wait (5.7): the two fields whose form is fixed.

use crate::backend::error::Refusal;
use crate::domain::Timestamp;

/// `waiting_until` is a time in ISO 8601.
pub(crate) fn check_until(text: &str) -> Result<(), Refusal> {
    Timestamp::parse(text)
        .map(|_| ())
        .ok_or_else(|| Refusal::field("item.waiting_until", "must be a time like 2026-12-01T09:00:00Z"))
}

/// `waiting_check_every` is a whole number of minutes, hours or days: `30m`, `6h`, `1d`.
pub(crate) fn check_every(text: &str) -> Result<(), Refusal> {
    let number = text.strip_suffix(['m', 'h', 'd']).and_then(|number| number.parse::<u32>().ok());
    number
        .filter(|number| *number > 0)
        .map(|_| ())
        .ok_or_else(|| Refusal::field("item.waiting_check_every", "must be like 30m, 6h or 1d"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_and_times_have_one_form() {
        for good in ["30m", "6h", "1d"] {
            assert!(check_every(good).is_ok());
        }
        for bad in ["", "m", "0d", "1w", "-1h", "1.5h", "6 h", "6"] {
            assert_eq!(check_every(bad).unwrap_err().status(), 422, "{bad}");
        }
        assert!(check_until("2026-12-01T09:00:00Z").is_ok());
        assert!(check_until("tomorrow").is_err());
    }
}
