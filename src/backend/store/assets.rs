//! Assets of every kind: reading, writing, and who can see them.

use std::sync::LazyLock;

use rusqlite::{Connection, Row, ToSql, params};

use super::accounts::time;
use super::{all, one, run};
use crate::backend::ids::Id;
use crate::backend::rules::permissions::Role;
use crate::domain::Timestamp;

/// An asset as it is kept. Texts that hold JSON: `description`, `attribution`, `metadata`, `preview`, `content`.
#[derive(Debug, Clone)]
#[expect(clippy::struct_field_names, reason = "the wire's word is asset_type, and `type` is taken")]
pub(crate) struct Asset {
    pub(crate) id: Id,
    pub(crate) asset_type: String,
    pub(crate) owner: Id,
    pub(crate) org: Id,
    pub(crate) team: Id,
    pub(crate) parent: Option<Id>,
    pub(crate) visibility: String,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) state: String,
    pub(crate) source: String,
    pub(crate) license: Option<String>,
    pub(crate) attribution: Option<String>,
    pub(crate) metadata: Option<String>,
    pub(crate) preview: Option<String>,
    /// A post's or comment's rich text; a route's description of itself.
    pub(crate) content: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

const COLUMNS: &str = "a.id, a.asset_type, a.owner, a.org_id, a.team_id, a.parent_id, a.visibility, a.name, \
    a.description, a.state, a.source, a.license_id, a.attribution, a.metadata, a.preview, a.content, a.created_at, \
    a.updated_at";

/// Whether `?1` can see the asset `a`: public work, their own, their organization's, what they were granted, and the
/// quests of teams they are admin of. Only one level of `inherit` occurs: comments on comments share the top parent.
const VISIBLE: &str = "(a.visibility IN ('public', 'monetized') OR a.owner = ?1
    OR (a.visibility = 'organization' AND a.org_id IN (SELECT org_id FROM org_members WHERE user_id = ?1))
    OR EXISTS (SELECT 1 FROM grants g WHERE g.asset_id = a.id AND g.user_id = ?1)
    OR (a.asset_type = 'quest' AND a.team_id IN
        (SELECT team_id FROM team_members WHERE user_id = ?1 AND role = 'admin')))";

fn asset(row: &Row<'_>) -> rusqlite::Result<Asset> {
    Ok(Asset {
        id: row.get(0)?,
        asset_type: row.get(1)?,
        owner: row.get(2)?,
        org: row.get(3)?,
        team: row.get(4)?,
        parent: row.get(5)?,
        visibility: row.get(6)?,
        name: row.get(7)?,
        description: row.get(8)?,
        state: row.get(9)?,
        source: row.get(10)?,
        license: row.get(11)?,
        attribution: row.get(12)?,
        metadata: row.get(13)?,
        preview: row.get(14)?,
        content: row.get(15)?,
        created_at: time(row, 16)?,
        updated_at: time(row, 17)?,
    })
}

/// The asset with that id, whoever asks.
pub(crate) fn get(db: &Connection, id: Id) -> rusqlite::Result<Option<Asset>> {
    static SQL: LazyLock<String> =
        LazyLock::new(|| format!("SELECT {COLUMNS} FROM assets a WHERE a.id = ?1"));
    one(db, &SQL, [id], asset)
}

/// The asset with that id, if the reader can see it.
pub(crate) fn visible(db: &Connection, reader: Id, id: Id) -> rusqlite::Result<Option<Asset>> {
    // Asked for with every act: put together once.
    static SQL: LazyLock<String> =
        LazyLock::new(|| format!("SELECT {COLUMNS} FROM assets a WHERE a.id = ?2 AND {VISIBLE}"));
    if let Some(found) = one(db, &SQL, params![reader, id], asset)? {
        return Ok(Some(found));
    }
    // What inherits is as visible as what it belongs to.
    let Some(found) = get(db, id)? else { return Ok(None) };
    match found.parent {
        Some(parent) if found.visibility == "inherit" => {
            let above = visible_once(db, reader, parent)?;
            Ok(above.then_some(found))
        }
        _ => Ok(None),
    }
}

fn visible_once(db: &Connection, reader: Id, id: Id) -> rusqlite::Result<bool> {
    let mut id = id;
    for _ in 0..4 {
        let sql = format!("SELECT {VISIBLE}, a.visibility, a.parent_id FROM assets a WHERE a.id = ?2");
        let found = one(db, &sql, params![reader, id], |row| {
            Ok((row.get::<_, bool>(0)?, row.get::<_, String>(1)?, row.get::<_, Option<Id>>(2)?))
        })?;
        match found {
            Some((true, ..)) => return Ok(true),
            Some((false, visibility, Some(parent))) if visibility == "inherit" => id = parent,
            _ => return Ok(false),
        }
    }
    Ok(false)
}

/// Lays an asset down.
pub(crate) fn insert(db: &Connection, asset: &Asset) -> rusqlite::Result<()> {
    let sql = "INSERT INTO assets (id, asset_type, owner, org_id, team_id, parent_id, visibility, name, description,
        state, source, license_id, attribution, metadata, preview, content, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";
    let values = params![
        asset.id,
        asset.asset_type,
        asset.owner,
        asset.org,
        asset.team,
        asset.parent,
        asset.visibility,
        asset.name,
        asset.description,
        asset.state,
        asset.source,
        asset.license,
        asset.attribution,
        asset.metadata,
        asset.preview,
        asset.content,
        asset.created_at.millis(),
        asset.updated_at.millis(),
    ];
    run(db, sql, values).map(|_| ())
}

/// Writes what can change of an asset.
pub(crate) fn update(db: &Connection, asset: &Asset) -> rusqlite::Result<()> {
    let sql = "UPDATE assets SET org_id = ?2, team_id = ?3, visibility = ?4, name = ?5, description = ?6, state = ?7,
        license_id = ?8, attribution = ?9, metadata = ?10, preview = ?11, content = ?12, updated_at = ?13 WHERE id = ?1";
    let values = params![
        asset.id,
        asset.org,
        asset.team,
        asset.visibility,
        asset.name,
        asset.description,
        asset.state,
        asset.license,
        asset.attribution,
        asset.metadata,
        asset.preview,
        asset.content,
        asset.updated_at.millis(),
    ];
    run(db, sql, values).map(|_| ())
}

/// Marks an asset as changed.
pub(crate) fn touch(db: &Connection, id: Id, at: Timestamp) -> rusqlite::Result<()> {
    run(db, "UPDATE assets SET updated_at = ?2 WHERE id = ?1", params![id, at.millis()]).map(|_| ())
}

/// Removes an asset and what belongs to it alone.
pub(crate) fn delete(db: &Connection, id: Id) -> rusqlite::Result<()> {
    for sql in [
        "DELETE FROM assets WHERE id = ?1",
        "DELETE FROM blobs WHERE id = ?1",
        "DELETE FROM dataset_rows WHERE dataset = ?1",
        "DELETE FROM grants WHERE asset_id = ?1",
        "DELETE FROM uses WHERE asset_id = ?1",
        "DELETE FROM links WHERE source_id = ?1 OR target_id = ?1",
        "DELETE FROM dataset_views WHERE dataset = ?1",
    ] {
        run(db, sql, [id])?;
    }
    Ok(())
}

/// What somebody was granted on an asset.
pub(crate) fn granted(db: &Connection, id: Id, user: Id) -> rusqlite::Result<Role> {
    let sql = "SELECT role FROM grants WHERE asset_id = ?1 AND user_id = ?2";
    let word: Option<String> = one(db, sql, params![id, user], |row| row.get(0))?;
    Ok(Role::from_word(word.as_deref()))
}

/// Grants somebody a role on an asset, in place of the one they had.
pub(crate) fn set_grant(db: &Connection, id: Id, user: Id, role: &str) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO grants (asset_id, user_id, role) VALUES (?1, ?2, ?3)";
    run(db, sql, params![id, user, role]).map(|_| ())
}

/// Who was granted what on an asset.
pub(crate) fn grants(db: &Connection, id: Id) -> rusqlite::Result<Vec<(Id, String)>> {
    let sql = "SELECT user_id, role FROM grants WHERE asset_id = ?1 ORDER BY user_id";
    all(db, sql, [id], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Grants somebody a role on an asset; a higher one that is there stays.
pub(crate) fn grant(db: &Connection, id: Id, user: Id, role: &str) -> rusqlite::Result<()> {
    if granted(db, id, user)? >= Role::from_word(Some(role)) {
        return Ok(());
    }
    set_grant(db, id, user, role)
}

/// The assets under a parent, oldest first, that are of one type (comments) or of any.
pub(crate) fn children(
    db: &Connection,
    parent: Id,
    asset_type: Option<&str>,
    limit: i64,
    offset: i64,
) -> rusqlite::Result<Vec<Asset>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM assets a WHERE a.parent_id = ?1 AND (?2 IS NULL OR a.asset_type = ?2)
         ORDER BY a.created_at, a.id LIMIT ?3 OFFSET ?4"
    );
    all(db, &sql, params![parent, asset_type, limit, offset], asset)
}

/// How many comments are under an asset.
pub(crate) fn comment_count(db: &Connection, parent: Id) -> rusqlite::Result<i64> {
    let sql = "SELECT COUNT(*) FROM assets WHERE parent_id = ?1 AND asset_type = 'comment'";
    one(db, sql, [parent], |row| row.get(0)).map(Option::unwrap_or_default)
}

/// What comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Order {
    /// The newest.
    #[default]
    Recent,
    /// The last changed.
    Updated,
    /// The most viewed.
    Popular,
}

/// What a search asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Search {
    pub(crate) asset_types: Vec<String>,
    pub(crate) visibilities: Vec<String>,
    pub(crate) org: Option<Id>,
    pub(crate) team: Option<Id>,
    pub(crate) owner: Option<Id>,
    /// Not this owner's: what others shared.
    pub(crate) not_owner: Option<Id>,
    pub(crate) source: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) top_level_only: bool,
    /// Words that the name or description must all hold.
    pub(crate) words: Vec<String>,
    /// Only what the reader has not opened.
    pub(crate) unread_only: bool,
    /// Outside this organization only what is public: a bound key's view (1.6).
    pub(crate) only_public_outside: Option<Id>,
    /// What the metadata must say: field and values, one of which. Fields are letters, digits and underscores.
    pub(crate) metadata: Vec<(String, Vec<String>)>,
    /// The category of files: `image`, `video`, `audio`, `pdf`.
    pub(crate) file_type: Option<String>,
    /// What somebody was granted.
    pub(crate) granted_to: Option<Id>,
    /// Exactly this name.
    pub(crate) name: Option<String>,
    pub(crate) order: Order,
    pub(crate) limit: i64,
    pub(crate) offset: i64,
}

/// The assets that match and that the reader can see.
pub(crate) fn search(db: &Connection, reader: Id, search: &Search) -> rusqlite::Result<Vec<Asset>> {
    let mut values: Vec<Box<dyn ToSql>> = vec![Box::new(reader)];
    let mut wheres = vec![VISIBLE.to_owned(), "a.asset_type <> 'comment'".to_owned()];
    let mut add = |clause: &str, value: Box<dyn ToSql>| {
        values.push(value);
        wheres.push(clause.replace("??", &format!("?{}", values.len())));
    };
    if !search.asset_types.is_empty() {
        let list = serde_json::to_string(&search.asset_types).unwrap_or_default();
        add("a.asset_type IN (SELECT value FROM json_each(??))", Box::new(list));
    }
    if !search.visibilities.is_empty() {
        let list = serde_json::to_string(&search.visibilities).unwrap_or_default();
        add("a.visibility IN (SELECT value FROM json_each(??))", Box::new(list));
    }
    for (clause, id) in [
        ("a.org_id = ??", search.org),
        ("a.team_id = ??", search.team),
        ("a.owner = ??", search.owner),
        ("a.owner <> ??", search.not_owner),
        ("(a.org_id = ?? OR a.visibility IN ('public', 'monetized'))", search.only_public_outside),
    ] {
        if let Some(id) = id {
            add(clause, Box::new(id));
        }
    }
    for (clause, text) in
        [("a.source = ??", &search.source), ("a.state = ??", &search.state), ("a.name = ??", &search.name)]
    {
        if let Some(text) = text {
            add(clause, Box::new(text.clone()));
        }
    }
    for word in &search.words {
        add(
            "(instr(lower(ifnull(a.name, '')), ??) OR instr(lower(ifnull(a.description ->> '$.text', '')), ??))",
            Box::new(word.to_lowercase()),
        );
    }
    for (field, values) in &search.metadata {
        let clause = format!("lower(a.metadata ->> '$.{field}') IN (SELECT value FROM json_each(??))");
        add(&clause, Box::new(serde_json::to_string(values).unwrap_or_default()));
    }
    if let Some(category) = &search.file_type {
        let clause = "(lower(a.metadata ->> '$.file_type') = ?? OR a.metadata ->> '$.type' LIKE ?? || '/%'
                       OR a.metadata ->> '$.type' LIKE '%/' || ??)";
        add(clause, Box::new(category.clone()));
    }
    if let Some(user) = search.granted_to {
        add("EXISTS (SELECT 1 FROM grants s WHERE s.asset_id = a.id AND s.user_id = ??)", Box::new(user));
    }
    if search.unread_only {
        wheres.push(
            "NOT EXISTS (SELECT 1 FROM uses u WHERE u.asset_id = a.id AND u.user_id = ?1 AND u.views > 0)"
                .to_owned(),
        );
    }
    if search.top_level_only {
        wheres.push("a.parent_id IS NULL".to_owned());
    }
    let order = match search.order {
        Order::Recent => "a.created_at DESC, a.id",
        Order::Updated => "a.updated_at DESC, a.id",
        Order::Popular => {
            "(SELECT ifnull(sum(views), 0) FROM uses u WHERE u.asset_id = a.id) DESC, a.created_at DESC, a.id"
        }
    };
    values.push(Box::new(search.limit));
    values.push(Box::new(search.offset));
    let sql = format!(
        "SELECT {COLUMNS} FROM assets a WHERE {} ORDER BY {order} LIMIT ?{} OFFSET ?{}",
        wheres.join(" AND "),
        values.len() - 1,
        values.len()
    );
    let values: Vec<&dyn ToSql> = values.iter().map(AsRef::as_ref).collect();
    all(db, &sql, values.as_slice(), asset)
}
