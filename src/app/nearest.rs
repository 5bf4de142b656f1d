//! The known name nearest to one that was mistyped, for errors that say how to mend them.

/// The nearest of the known names, if one is near enough to have been meant.
pub(super) fn nearest<'known>(given: &str, known: impl Iterator<Item = &'known str>) -> Option<&'known str> {
    let given = given.to_lowercase();
    let (distance, name) = known.map(|name| (distance(&given, name), name)).min()?;
    let limit = (given.chars().count() / 2).max(2);
    (distance <= limit && distance < name.chars().count()).then_some(name)
}

/// How many letters must be changed, added or left out to make one word of the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let changed = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_the_name_and_nonsense_finds_none() {
        let known = ["accept", "accept-note", "reject", "repeat"];
        assert_eq!(nearest("acept", known.into_iter()), Some("accept"));
        assert_eq!(nearest("Reject", known.into_iter()), Some("reject"));
        assert_eq!(nearest("zzzzzzzzzzzz", known.into_iter()), None);
        assert_eq!(nearest("", known.into_iter()), None);
    }
}
