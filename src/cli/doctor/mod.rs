//! `doctor`: what works, what doesn't, and how to mend it; one line each, from the file to the far end. It changes
//! nothing but the permissions of a key file that others can read, and shows no key.

mod local;
mod remote;

use crate::domain::SafeText;

use super::exit::{Complaint, Exit};
use super::print;
use super::start::Start;

/// Checks everything; what depends on something that failed is left out.
pub(super) fn run(start: &Start) -> Exit {
    let mut report = Report::default();
    let loaded = local::configuration(start, &mut report);
    if let Some(loaded) = &loaded {
        local::state_folder(loaded, &mut report);
        local::database(loaded, &mut report);
        let key = local::key(start, loaded, &mut report);
        remote::check(&loaded.config, key, &start.common.quest, &mut report);
    }
    local::terminal(&start.common, &mut report);
    if let Some(loaded) = &loaded {
        local::pictures(&start.common, loaded, &mut report);
    }
    print::line(&SafeText::line(&report.sum()));
    report.worst.unwrap_or(Exit::Done)
}

/// What was found so far. A finding is printed at once: what comes next may take a while.
#[derive(Default)]
struct Report {
    worst: Option<Exit>,
    fine: u32,
    skipped: u32,
    warnings: u32,
    failures: u32,
}

impl Report {
    /// Fine.
    fn ok(&mut self, topic: &'static str, text: &str) {
        self.fine += 1;
        finding("ok", topic, text);
    }

    /// Not checked, and why.
    fn skip(&mut self, topic: &'static str, why: &str) {
        self.skipped += 1;
        finding("skip", topic, why);
    }

    /// It works, but not as it should.
    fn warn(&mut self, topic: &'static str, text: &str, how: &str) {
        self.warnings += 1;
        finding("warn", topic, text);
        mend(how);
    }

    /// It doesn't work; the program ends with the worst of these.
    fn fail(&mut self, exit: Exit, topic: &'static str, complaint: &Complaint) {
        self.failures += 1;
        finding("fail", topic, complaint.what.as_str());
        mend(complaint.mend.as_str());
        self.worst = self.worst.max(Some(exit));
    }

    fn sum(&self) -> String {
        let Self { fine, skipped, warnings, failures, .. } = self;
        format!("{fine} ok, {skipped} skipped, {warnings} to look at, {failures} to mend")
    }
}

fn finding(mark: &'static str, topic: &'static str, text: &str) {
    print::line(&SafeText::line(&format!("{mark:<5} {topic:<9} {text}")));
}

fn mend(how: &str) {
    for (at, line) in SafeText::block(how).as_str().lines().enumerate() {
        let label = if at == 0 { "mend:" } else { "" };
        print::line(&SafeText::line(&format!("{:16}{label:<5} {}", "", line.trim_start())));
    }
}
