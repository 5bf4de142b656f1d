//! What evaluations take: read of their routes, for items whose server did not list what they ask for.

use std::collections::{HashMap, HashSet};

use crate::app::reader::Body;
use crate::app::{Effect, State};
use crate::domain::{AssetId, SubmissionKey};
use crate::sync::Order;

/// Routes that are kept; more of them are asked for anew.
const KEPT: usize = 256;

/// The inputs of routes.
#[derive(Debug, Default)]
pub struct Routes {
    known: HashMap<AssetId, Vec<SubmissionKey>>,
    asked: HashSet<AssetId>,
    /// How often something was told: what is laid out of it is true for as long as this stays.
    pub told: u64,
}

impl Routes {
    /// What a route takes, once it was read.
    #[must_use]
    pub fn inputs(&self, route: AssetId) -> Option<&[SubmissionKey]> {
        self.known.get(&route).map(Vec::as_slice)
    }

    /// A route was read.
    pub(in crate::app) fn learn(&mut self, route: AssetId, inputs: Vec<SubmissionKey>) {
        if self.known.len() >= KEPT {
            self.known.clear();
            self.asked.clear();
        }
        self.asked.insert(route);
        self.known.insert(route, inputs);
        self.told += 1;
    }
}

impl State {
    /// Asks once for the route of the item whose entry is read, if its inputs are not known.
    pub(super) fn ask_route(&mut self, effects: &mut Vec<Effect>) {
        let Body::Ready(body) = &self.desk.reader.body else { return };
        let item = body.item.and_then(|item| self.desk.items.get(item));
        let Some(route) = item.and_then(|item| item.inputs.as_ref()).map(|inputs| inputs.route) else {
            return;
        };
        if self.desk.reader.routes.asked.insert(route) {
            effects.push(Effect::Order(Order::Route(route)));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::app::Effect;
    use crate::app::testing::{TestDesk, body, entry, item};
    use crate::domain::{AssetId, InputsOf, Item, SubmissionKey};
    use crate::store::News;
    use crate::sync::{self, Order};

    #[test]
    fn a_route_is_asked_for_once_and_its_inputs_are_what_is_asked_for() {
        let route = AssetId::from_bytes([5; 16]);
        let key = |name: &'static str, kind: &'static str| SubmissionKey {
            key: name.into(),
            asset_type: kind.into(),
            ..SubmissionKey::default()
        };
        let own = SubmissionKey { label: Some("The run".into()), ..key("data", "post") };
        let inputs = InputsOf { route, fixed: vec!["reference".into()] };
        let item =
            Item { keys: vec![own, key("more", "file")], inputs: Some(inputs), ..item(11, "CIF", None) };
        let mut desk = TestDesk::new();
        desk.sync(sync::News::Items { quest: item.quest, items: vec![item.clone()] });
        let news = News::Body {
            entry: entry(1, 11, 1).id,
            body: Some(body(&entry(1, 11, 1), "x").into()),
            draft: None,
        };
        let ask = Effect::Order(Order::Route(route));
        assert!(desk.store(news).contains(&ask));
        assert!(!desk.keys("j k").contains(&ask));
        assert_eq!(item.asked_for(None).len(), 2, "as declared, until more is known");
        desk.sync(sync::News::Route(route, vec![key("data", "dataset"), key("reference", "file")]));
        let asked = item.asked_for(desk.state.desk.reader.routes.inputs(route));
        let asked: Vec<_> =
            asked.iter().map(|key| (key.key.as_str(), key.asset_type.as_str(), key.required)).collect();
        assert_eq!(asked, [("data", "dataset", true)]);
    }
}
