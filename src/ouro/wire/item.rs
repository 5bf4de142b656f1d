//! Items of a quest (contract, 4.4).

use serde_json::value::RawValue;

use super::page::rows;
use super::{Fields, as_list, as_text, time};
use crate::domain::{
    Currency, EvalRule, EvalTrigger, InputsOf, Item, ItemStatus, LeaderboardOrder, Money, PassBand, QuestId,
    Reward, SafeText, SubmissionKey, TextLimit, Timestamp, Waiting,
};
use crate::ouro::answer::Envelope;
use crate::ouro::{OuroError, richtext};

/// A title has at most so many characters.
const TITLE: usize = 120;

/// At most so many submission keys are shown of an item.
const KEYS: usize = 64;

/// An item with its whole brief.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemDetail {
    /// The item.
    pub item: Item,
    /// Its description, as markdown.
    pub brief: SafeText,
}

/// The items inside a quest's answer; none if the answer holds no list of them.
pub(in crate::ouro) fn items_of(envelope: &Envelope<'_>, quest: QuestId) -> Option<Vec<ItemDetail>> {
    let list = envelope.object().ok()?.list("items")?;
    let sent = list.len();
    let items: Vec<ItemDetail> = list.into_iter().filter_map(|raw| item(raw, quest)).collect();
    if items.len() < sent {
        tracing::warn!(unreadable = sent - items.len(), sent, "items of a quest could not be read");
    }
    Some(numbered(items))
}

/// `GET /quests/{id}/items`.
pub(in crate::ouro) fn items(envelope: &Envelope<'_>, quest: QuestId) -> Result<Vec<ItemDetail>, OuroError> {
    rows(envelope, |raw| item(raw, quest)).map(|(items, _)| numbered(items))
}

/// Counts the items as people do: from 1, in the order of the quest. Until here `number` is the sort order.
fn numbered(mut items: Vec<ItemDetail>) -> Vec<ItemDetail> {
    items.sort_by_key(|detail| detail.item.number);
    for (place, detail) in (1..).zip(&mut items) {
        detail.item.number = place;
    }
    items
}

/// One item. None if it has no id.
pub(in crate::ouro) fn item(raw: &RawValue, quest: QuestId) -> Option<ItemDetail> {
    let fields = Fields::read(raw)?;
    let names = richtext::names(&fields);
    let brief = fields.get("description").map(|raw| richtext::markdown(raw, &names)).unwrap_or_default();
    let status = ItemStatus::from_word(fields.word("status").as_deref());
    let item = Item {
        id: fields.id("id")?,
        quest: fields.id("quest_id").unwrap_or(quest),
        number: fields.int("sort_order").and_then(|order| u32::try_from(order).ok()).unwrap_or(0),
        title: title(brief.as_str()),
        waiting: if status.is_terminal() { None } else { waiting(&fields) },
        status,
        auto_skipped: fields.truth("auto_skipped").unwrap_or(false),
        reward: reward(&fields),
        eval: eval(&fields),
        leaderboard: leaderboard(&fields),
        keys: keys(&fields),
        inputs: inputs(&fields),
        assignee: fields.id("assignee_id"),
        completed_by: fields.id("completed_entry_id"),
        updated_at: time(&fields, &["updated_at", "last_updated", "created_at"]),
    };
    Some(ItemDetail { item, brief })
}

/// The first line of a brief that says something, without its markdown marks.
fn title(brief: &str) -> SafeText {
    let plain = |line: &str| -> String {
        let line = line.trim_start_matches(['#', '>', '-', '+', '*', ' ']);
        let mut words = String::new();
        let mut rest = line.chars().peekable();
        while let Some(c) = rest.next() {
            match (c, rest.peek()) {
                // What is escaped is meant as it is.
                ('\\', Some(mark)) if mark.is_ascii_punctuation() => words.extend(rest.next()),
                ('*' | '`', _) => {}
                _ => words.push(c),
            }
        }
        words.chars().take(TITLE).collect::<String>().trim().to_owned()
    };
    let line = brief.lines().map(plain).find(|line| !line.is_empty()).unwrap_or_default();
    SafeText::line_within(&line, TextLimit::NAME)
}

/// What one accepted entry brings. An amount that is there but cannot be read must not pass for nothing: it counts
/// as the largest, so that accepting stops at every limit.
fn reward(fields: &Fields<'_>) -> Reward {
    let currency = fields.filled("reward_currency").map_or(Currency::Btc, |code| Currency::from_code(&code));
    let (raw, currency) = match fields.get("reward_amount") {
        Some(_) => ("reward_amount", currency),
        None => ("reward_sats", Currency::Btc),
    };
    let amount = match fields.get(raw) {
        None => 0,
        Some(_) => {
            fields.int(raw).or_else(|| fields.number(raw).map(|n| n.ceil() as i64)).unwrap_or(i64::MAX)
        }
    };
    Reward {
        xp: fields.int("reward_xp").unwrap_or(0).max(0),
        money: (amount > 0).then_some(Money { currency, amount }),
    }
}

fn leaderboard(fields: &Fields<'_>) -> Option<LeaderboardOrder> {
    let lowest = fields.text("leaderboard_order").as_deref() == Some("asc");
    let order = if lowest { LeaderboardOrder::LowestFirst } else { LeaderboardOrder::HighestFirst };
    fields.truth("leaderboard_enabled").unwrap_or(false).then_some(order)
}

fn eval(fields: &Fields<'_>) -> Option<EvalRule> {
    fields.filled("eval_route_id")?;
    let owner = fields.text("eval_trigger").as_deref() == Some("owner");
    Some(EvalRule {
        band: PassBand { min: fields.number("eval_pass_min"), max: fields.number("eval_pass_max") },
        trigger: if owner { EvalTrigger::Owner } else { EvalTrigger::Submit },
        route: fields.id("eval_route_id"),
    })
}

/// Why it is parked. Without reason, date or interval it is not.
fn waiting(fields: &Fields<'_>) -> Option<Waiting> {
    let on = fields.filled("waiting_on");
    let until = fields.filled("waiting_until").and_then(|until| Timestamp::parse(&until));
    let recurs = fields.filled("waiting_check_every").is_some();
    (on.is_some() || until.is_some() || recurs)
        .then(|| Waiting { on: SafeText::line(&on.unwrap_or_default()), until })
}

/// The inputs asked for: the server's own list of effective keys if it sent one, else the declarations.
fn keys(fields: &Fields<'_>) -> Vec<SubmissionKey> {
    let declared = fields.object("submission_assets").unwrap_or_default();
    let made = |key: &str, own: &Fields<'_>| {
        let declaration = declared.object(key).unwrap_or_default();
        let label = own.filled("label").or_else(|| declaration.filled("label"));
        let filtered = || own.object("filters")?.text("assetType");
        let asset_type = own.text("asset_type").or_else(filtered).or_else(|| declaration.text("asset_type"));
        let filters = own.object("filters").unwrap_or_default();
        let category = own.filled("input_filter").or_else(|| filters.filled("fileType"));
        let listed = |names: &[(&Fields<'_>, &str)]| {
            names.iter().map(|(fields, name)| extensions(fields, name)).find(|found| !found.is_empty())
        };
        SubmissionKey {
            key: SafeText::line(key),
            label: label.map(|label| SafeText::line(&label)),
            required: own.truth("required").or_else(|| declaration.truth("required")).unwrap_or(true),
            asset_type: SafeText::line(&asset_type.unwrap_or_default()),
            extensions: listed(&[
                (own, "file_extensions"),
                (&filters, "extensions"),
                (&declaration, "file_extensions"),
            ])
            .unwrap_or_default(),
            contains: listed(&[
                (own, "contains_file_extensions"),
                (&declaration, "contains_file_extensions"),
            ])
            .unwrap_or_default(),
            category: category
                .or_else(|| declaration.filled("input_filter"))
                .map(|category| SafeText::line(category.trim())),
        }
    };
    match fields.get("contributor_keys").and_then(as_list) {
        Some(list) => {
            let rows = list.into_iter().filter_map(Fields::read).take(KEYS);
            rows.filter_map(|own| own.text("key").map(|key| made(&key, &own))).collect()
        }
        None => declared
            .iter()
            .filter_map(|(key, raw)| Fields::read(raw).map(|own| made(key, &own)))
            .take(KEYS)
            .collect(),
    }
}

/// Where the server did not list what is asked for, and an evaluation says it: of its inputs those that are not set.
fn inputs(fields: &Fields<'_>) -> Option<InputsOf> {
    if fields.get("contributor_keys").and_then(as_list).is_some() {
        return None;
    }
    let fixed = fields.object("eval_static_inputs").unwrap_or_default();
    let fixed = fixed.iter().take(KEYS).map(|(key, _)| SafeText::line(key)).collect();
    Some(InputsOf { route: fields.id("eval_route_id")?, fixed })
}

/// A list of file endings, normalised as the server does it (contract, 4.4): no dots, lower case, letters and digits.
pub(super) fn extensions(fields: &Fields<'_>, name: &str) -> Vec<SafeText> {
    let given = fields.list(name).unwrap_or_default();
    let normal = |raw: &RawValue| {
        let text = as_text(raw)?.trim().trim_start_matches('.').to_lowercase();
        let fits = (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        fits.then(|| SafeText::line(&text))
    };
    given.into_iter().filter_map(normal).take(KEYS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_first_line_that_says_something() {
        for (brief, line) in [
            ("\n\n## Measure **Curie** temperatures\nmore", "Measure Curie temperatures"),
            ("***\n- Write up `method.md`", "Write up method.md"),
            ("\\# 2\\*3 \\[x\\] C:\\dir", "# 2*3 [x] C:\\dir"),
            ("", ""),
            ("#", ""),
        ] {
            assert_eq!(title(brief).as_str(), line, "{brief:?}");
        }
        assert_eq!(title(&"é".repeat(500)).as_str().chars().count(), TITLE);
    }

    #[test]
    fn a_reward_is_read_in_every_age_and_never_taken_for_nothing() {
        let of = |json: &str| reward(&serde_json::from_str(json).unwrap());
        let money = |json: &str| of(json).money;
        assert_eq!(money(r#"{"reward_amount": 500}"#), Some(Money::sats(500)));
        assert_eq!(money(r#"{"reward_amount": 500, "reward_currency": "usd"}"#), Some(Money::cents(500)));
        assert_eq!(money(r#"{"reward_sats": 70, "reward_currency": "usd"}"#), Some(Money::sats(70)));
        assert_eq!(money(r#"{"reward_amount": 0, "reward_sats": 70}"#), None);
        assert_eq!(money(r#"{"reward_amount": "500"}"#), Some(Money::sats(500)));
        assert_eq!(money(r#"{"reward_amount": 0.4}"#), Some(Money::sats(1)));
        assert_eq!(money(r#"{"reward_amount": 1e40}"#), Some(Money::sats(i64::MAX)));
        assert_eq!(money(r#"{"reward_amount": "plenty"}"#), Some(Money::sats(i64::MAX)));
        assert_eq!(money(r#"{"reward_amount": null}"#), None);
        assert_eq!(of(r#"{"reward_xp": 10}"#), Reward { xp: 10, money: None });
    }

    #[test]
    fn keys_come_from_the_effective_list_or_the_declarations() {
        let of = |json: &str| keys(&serde_json::from_str(json).unwrap());
        let declared = r#""submission_assets": {"z": {"asset_type": "file", "label": "Run"}, "a": {"asset_type": "post", "required": false}}"#;
        let own = of(&format!("{{{declared}}}"));
        assert_eq!(
            own.iter().map(|key| key.key.as_str()).collect::<Vec<_>>(),
            ["z", "a"],
            "the server's order"
        );
        assert!(own[0].required && !own[1].required);
        assert_eq!(own[0].label.as_ref().unwrap().as_str(), "Run");
        let effective = of(&format!(
            r#"{{"contributor_keys": [{{"key": "z", "required": false}}, 7, {{"key": "r", "filters": {{"assetType": "route"}}}}], {declared}}}"#
        ));
        assert_eq!(effective.len(), 2);
        assert_eq!((effective[0].asset_type.as_str(), effective[0].required), ("file", false));
        assert_eq!(effective[1].asset_type.as_str(), "route");
    }

    #[test]
    fn an_evaluation_says_what_is_asked_for_where_the_server_does_not() {
        const ROUTE: &str = "0193c0de-9999-7000-8000-000000000001";
        let of = |json: &str| inputs(&serde_json::from_str(json).unwrap());
        let found =
            of(&format!(r#"{{"eval_route_id": "{ROUTE}", "eval_static_inputs": {{"reference": {{}}}}}}"#))
                .unwrap();
        assert_eq!((found.route.to_string().as_str(), found.fixed), (ROUTE, vec!["reference".into()]));
        assert_eq!(of(&format!(r#"{{"eval_route_id": "{ROUTE}", "contributor_keys": []}}"#)), None);
        assert_eq!(of("{}"), None);
    }

    #[test]
    fn constraints_of_a_key_are_read_from_either_list() {
        let of = |json: &str| keys(&serde_json::from_str(json).unwrap()).remove(0);
        let endings = |key: &SubmissionKey| {
            key.extensions.iter().map(|ending| ending.as_str().to_owned()).collect::<Vec<_>>()
        };
        let declared = r#""submission_assets": {"z": {"asset_type": "file", "file_extensions": [".CIF", "x y", 7, "xyz"],
            "contains_file_extensions": ["csv"], "input_filter": "image"}}"#;
        let key = of(&format!("{{{declared}}}"));
        assert_eq!(endings(&key), ["cif", "xyz"]);
        assert_eq!(key.contains[0].as_str(), "csv");
        assert_eq!(key.category.as_ref().unwrap().as_str(), "image");
        let key = of(
            r#"{"contributor_keys": [{"key": "z", "filters": {"assetType": "file", "extensions": ["png"], "fileType": "image"}}]}"#,
        );
        assert_eq!((endings(&key), key.category.is_some()), (vec!["png".to_owned()], true));
    }
}
