//! The known name nearest to one that was mistyped, for errors that say how to mend them: commands, filters and the
//! configuration all ask here.

/// The nearest of the known names, if one is near enough to have been meant.
#[must_use]
pub fn nearest<'known>(given: &str, known: &[&'known str]) -> Option<&'known str> {
    let given = given.to_lowercase();
    let (distance, name) = known.iter().map(|name| (strsim::osa_distance(&given, name), *name)).min()?;
    let limit = (given.chars().count() / 3).max(2);
    (distance <= limit && distance < name.chars().count()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_the_name_and_nonsense_finds_none() {
        let known = ["accept", "accept-note", "reject", "undo_seconds", "seen_ms", "paid"];
        assert_eq!(nearest("acept", &known), Some("accept"));
        assert_eq!(nearest("Reject", &known), Some("reject"));
        assert_eq!(nearest("undo_secs", &known), Some("undo_seconds"));
        assert_eq!(nearest("esen_ms", &known), Some("seen_ms"));
        assert_eq!(nearest("payed", &known), Some("paid"));
        for nonsense in ["zzzzzzzzzzzz", "colour", ""] {
            assert_eq!(nearest(nonsense, &known), None, "{nonsense}");
        }
    }
}
