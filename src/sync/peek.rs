//! Looking into one asset: what the server says of it, its bytes, what a child process makes of them.

use super::engine::{Previews, Sink};
use super::news::{News, Wish};
use super::previews::COMPARED_PAGES;
use crate::domain::{Asset, AssetId, AssetView, Inside, Preview, SafeText, Shown, Timestamp};
use crate::ouro::{Client, DatasetRows, ErrorKind, OuroError, ROWS_PAGE};
use crate::preview::{self, BEGINNING, Job, Wanted, table};
use std::sync::Arc;

/// How a look ended.
#[derive(Debug)]
pub(super) struct Peeked {
    /// The asset.
    pub(super) asset: AssetId,
    /// Why nothing came of it, if something failed that may work later.
    pub(super) failed: Option<OuroError>,
}

/// What is needed to look.
pub(super) struct Peek {
    pub(super) client: Client,
    pub(super) previews: Previews,
    pub(super) wish: Wish,
    /// When the asset had last changed, as of what is known of it already.
    pub(super) known: Option<Timestamp>,
    pub(super) tell: Sink,
}

impl Peek {
    /// Looks, tells what was found, and keeps it.
    pub(super) async fn look(self) -> Peeked {
        let id = self.wish.asset;
        let (asset, shown) = match self.read().await {
            Ok(Some(found)) => found,
            Ok(None) => {
                (self.tell)(News::AssetAsKept(id));
                return Peeked { asset: id, failed: None };
            }
            Err(error) if matches!(error.kind, ErrorKind::Forbidden | ErrorKind::NotFound) => {
                self.forget().await;
                (None, Shown::Closed)
            }
            Err(error) => {
                let words = SafeText::line(&error.to_string());
                let view = AssetView { id, asset: None, shown: Shown::Failed(words), old: false };
                // What was kept from earlier is better than the news that it can't be compared.
                if self.known.is_none() {
                    (self.tell)(News::Asset(Arc::new(view)));
                }
                return Peeked { asset: id, failed: Some(error) };
            }
        };
        let view = AssetView { id, asset, shown, old: false };
        if matches!(view.shown, Shown::Preview(_)) {
            self.keep(view.clone()).await;
        }
        (self.tell)(News::Asset(Arc::new(view)));
        Peeked { asset: id, failed: None }
    }

    /// What there is; `None`: what is known already is still true.
    async fn read(&self) -> Result<Option<(Option<Asset>, Shown)>, OuroError> {
        let (client, id) = (&self.client, self.wish.asset);
        let kind =
            if self.wish.kind.is_empty() { client.asset_kind(id).await? } else { self.wish.kind.clone() };
        let found = match kind.as_str() {
            "post" => {
                let (asset, text) = client.post(id).await?;
                if self.is_known(&asset) {
                    return Ok(None);
                }
                (asset, preview(Inside::Post(text)))
            }
            "dataset" => {
                let asset = client.dataset(id).await?;
                if self.is_known(&asset) {
                    return Ok(None);
                }
                self.dataset(asset).await?
            }
            "file" => {
                let asset = client.file(id).await?;
                if self.is_known(&asset) {
                    return Ok(None);
                }
                let shown = self.file(&asset).await?;
                (asset, shown)
            }
            _ => return Ok(Some((None, Shown::Nothing))),
        };
        Ok(Some((Some(found.0), found.1)))
    }

    fn is_known(&self, asset: &Asset) -> bool {
        !self.wish.compared && self.known == Some(asset.changed_at)
    }

    async fn dataset(&self, asset: Asset) -> Result<(Asset, Shown), OuroError> {
        let (client, id) = (&self.client, self.wish.asset);
        let (schema, size, rows) =
            tokio::join!(client.dataset_schema(id), client.dataset_size(id), self.rows());
        // The rows say most of what the other two would.
        let (schema, size) = (schema.unwrap_or_default(), size.ok());
        let table = table::of_dataset(&schema, rows?, size, self.wish.compared);
        let bytes = asset.size.or(size.and_then(|size| size.bytes));
        Ok((Asset { size: bytes, ..asset }, preview(Inside::Table(table))))
    }

    /// The first rows of a dataset: as many as are shown, or as are compared.
    async fn rows(&self) -> Result<DatasetRows, OuroError> {
        let (client, id) = (&self.client, self.wish.asset);
        if !self.wish.compared {
            let limit = u32::try_from(table::ROWS).unwrap_or(u32::MAX);
            return client.dataset_rows(id, 0, limit).await;
        }
        let mut all = client.dataset_rows(id, 0, ROWS_PAGE).await?;
        for _ in 1..COMPARED_PAGES {
            if !all.has_more {
                break;
            }
            let read = u32::try_from(all.rows.len()).unwrap_or(u32::MAX);
            let more = client.dataset_rows(id, read, ROWS_PAGE).await?;
            // A page of nothing that says there is more would say so for ever.
            all.has_more = more.has_more && !more.rows.is_empty();
            all.rows.extend(more.rows);
        }
        Ok(all)
    }

    async fn file(&self, asset: &Asset) -> Result<Shown, OuroError> {
        if asset.unfinished {
            return Ok(Shown::Failed("the server is still working on it".into()));
        }
        if preview::is_picture(asset) && !self.wish.pictures {
            return Ok(Shown::OnDemand);
        }
        let limit = match preview::wanted(asset) {
            Wanted::Beginning => BEGINNING,
            Wanted::Whole if asset.size.is_some_and(|size| size > self.previews.whole_bytes) => {
                return Ok(Shown::TooBig { limit: self.previews.whole_bytes });
            }
            Wanted::Whole => self.previews.whole_bytes,
        };
        let address = self.client.file_address(self.wish.asset).await?;
        let fetched = self.client.fetch(&address, limit).await?;
        let Some(decoder) = &self.previews.decoder else {
            return Ok(Shown::Failed("no process can be started to look into it".into()));
        };
        let job = Job {
            name: asset.name.as_str().to_owned(),
            mime: asset.mime.as_ref().map(|mime| mime.as_str().to_owned()),
            whole: fetched.whole,
            compared: self.wish.compared,
        };
        Ok(match decoder.look(&job, fetched.bytes).await {
            Ok(preview) => Shown::Preview(preview),
            Err(words) => Shown::Failed(words),
        })
    }

    /// Keeping blocks, and is nobody's business but the disk's.
    async fn keep(&self, view: AssetView) {
        let Some(cache) = self.previews.cache.clone() else { return };
        let kept = tokio::task::spawn_blocking(move || cache.put(&view)).await;
        if let Ok(Err(error)) = kept {
            tracing::warn!(%error, "a preview could not be kept");
        }
    }

    /// What may not be seen any more is not kept, either.
    async fn forget(&self) {
        let Some(cache) = self.previews.cache.clone() else { return };
        let id = self.wish.asset;
        let _ = tokio::task::spawn_blocking(move || cache.forget(id)).await;
    }
}

fn preview(inside: Inside) -> Shown {
    Shown::Preview(Preview { inside, remarks: Vec::new() })
}

/// What was kept of these assets, told at once; and when each had last changed.
pub(super) async fn kept(
    previews: Previews,
    wishes: Vec<Wish>,
    tell: Sink,
) -> Vec<(Wish, Option<Timestamp>)> {
    let mut found = Vec::with_capacity(wishes.len());
    for wish in wishes {
        let mut wants_more = true;
        let known = match (wish.known, previews.cache.clone()) {
            (None, Some(cache)) => {
                let id = wish.asset;
                let view = tokio::task::spawn_blocking(move || cache.get(id)).await.ok().flatten();
                let changed =
                    view.as_ref().and_then(|view| view.asset.as_ref()).map(|asset| asset.changed_at);
                if let Some(view) = view {
                    wants_more = view.shown.has_more_to_compare();
                    tell(News::Asset(Arc::new(AssetView { old: true, ..view })));
                }
                changed
            }
            (known, _) => known,
        };
        found.push((Wish { compared: wish.compared && wants_more, ..wish }, known));
    }
    found
}
