//! Opening and copying the links of the page, by their numbers: `3o`, `3y`.

use crate::app::command::Command;
use crate::app::{Effect, State, context};
use crate::domain::{AssetId, SafeText, Target, TextLimit, Timestamp};

impl State {
    /// Opens a link of the page, or jumps to what it names. What is suspicious is told first.
    pub(in crate::app) fn open_link(&mut self, number: u32, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(target) = self.link_of_page(number, now) else { return };
        match target {
            Target::Web { address, doubt: Some(doubt), .. } if self.desk.reader.doubted != Some(number) => {
                self.desk.reader.doubted = Some(number);
                let key = context::keys_text(self, Command::Browse);
                let words =
                    format!("link {number}: {}: {address} ({number}{key} again opens it)", doubt.words());
                self.notices.warn(SafeText::line_within(&words, TextLimit(1_024)), now);
            }
            Target::Web { address, .. } => effects.push(Effect::Browse(address)),
            Target::Asset { kind, id } => self.go_to_asset(number, &kind, id, now, effects),
            Target::Other(address) => {
                let words = format!("link {number} is never opened: {address} is no address of the web");
                self.notices.warn(SafeText::line_within(&words, TextLimit(1_024)), now);
            }
        }
    }

    /// Copies where a link of the page leads.
    pub(in crate::app) fn copy_link(&mut self, number: u32, now: Timestamp, effects: &mut Vec<Effect>) {
        if let Some(target) = self.link_of_page(number, now) {
            effects.push(Effect::Copy(SafeText::line_within(&target.address(), TextLimit(8_192))));
        }
    }

    fn link_of_page(&mut self, number: u32, now: Timestamp) -> Option<Target> {
        let page = self.desk.reader.page.as_ref();
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        let target = page.and_then(|page| page.links().nth(at)).map(|link| link.target.clone());
        if target.is_none() {
            let words = match page.map_or(0, |page| page.links().count()) {
                0 => "there are no links on this page".to_owned(),
                1 => format!("there is no link {number}: this page has one"),
                many => format!("there is no link {number}: this page has {many}"),
            };
            self.notices.tell(SafeText::line(&words), now);
        }
        target
    }

    /// To the asset's place on the page if it was submitted, else to its page on the web.
    fn go_to_asset(
        &mut self,
        number: u32,
        kind: &SafeText,
        id: AssetId,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let reader = &mut self.desk.reader;
        let super::Body::Ready(body) = &reader.body else { return };
        let submitted = body.assets.iter().find(|asset| asset.asset == id).map(|asset| asset.key.clone());
        if let Some(key) = submitted
            && let Some(line) = reader.page.as_ref().and_then(|page| page.place_of("assets", key.as_str()))
        {
            reader.uncover();
            reader.scroll_to(line);
            self.notices.tell(SafeText::line(&format!("link {number} was submitted as {key}")), now);
            return;
        }
        let web = body.embeds.iter().find(|embed| embed.id == id).and_then(|embed| embed.url.clone());
        if let Some(url) = web.filter(|url| matches!(Target::read(url.as_str(), ""), Target::Web { .. })) {
            effects.push(Effect::Browse(url));
            return;
        }
        let key = context::keys_text(self, Command::CopyLink);
        let words = format!("the server gave no address of this {kind}: {number}{key} copies its id, {id}");
        self.notices.tell(SafeText::line(&words), now);
    }
}
