//! The calls about assets that a reviewer looks into (contract, 3.6 to 3.8). The call that counts a view is never
//! made: who reviews is no audience.

use serde_json::json;

use super::bytes::DOWNLOAD_WITHIN;
use super::transport::{Call, Verb};
use super::wire::{self, ColumnType, DataRow, DatasetSize};
use super::{Client, Download, ErrorKind, OuroError, SignedUrl};
use crate::domain::{Asset, AssetId, SafeText};

/// Rows of a dataset in one page, at most (contract, 2.5).
pub const ROWS_PAGE: u32 = 1_000;

/// Rows of a dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct DatasetRows {
    /// The rows.
    pub rows: Vec<DataRow>,
    /// There are more.
    pub has_more: bool,
    /// How many there are in all, if the server says so.
    pub total: Option<u64>,
}

impl Client {
    /// What kind of asset an id names.
    pub async fn asset_kind(&self, id: AssetId) -> Result<SafeText, OuroError> {
        let answer = self.ask(&Call::get(&["assets", &id.to_string(), "type"])).await?;
        let garbled = || answer.signed(OuroError::new(ErrorKind::Garbled, "the answer is no asset's type"));
        let data = answer.open()?.object().map_err(|error| answer.signed(error))?;
        data.text("asset_type").map(|kind| SafeText::line(&kind)).ok_or_else(garbled)
    }

    /// A post, with its text as markdown.
    pub async fn post(&self, id: AssetId) -> Result<(Asset, SafeText), OuroError> {
        let answer = self.ask(&Call::get(&["posts", &id.to_string()])).await?;
        let garbled = || answer.signed(OuroError::new(ErrorKind::Garbled, "the answer is no post"));
        let data = answer.open()?.object().map_err(|error| answer.signed(error))?;
        let asset = wire::asset(&data).filter(|asset| asset.id == id).ok_or_else(garbled)?;
        Ok((asset, wire::post_text(&data)))
    }

    /// A file, without its bytes.
    pub async fn file(&self, id: AssetId) -> Result<Asset, OuroError> {
        self.asset_at("files", id, "the answer is no file").await
    }

    /// A dataset, without its rows.
    pub async fn dataset(&self, id: AssetId) -> Result<Asset, OuroError> {
        self.asset_at("datasets", id, "the answer is no dataset").await
    }

    async fn asset_at(&self, path: &str, id: AssetId, words: &'static str) -> Result<Asset, OuroError> {
        let answer = self.ask(&Call::get(&[path, &id.to_string()])).await?;
        let garbled = || answer.signed(OuroError::new(ErrorKind::Garbled, words));
        let data = answer.open()?.object().map_err(|error| answer.signed(error))?;
        wire::asset(&data).filter(|asset| asset.id == id).ok_or_else(garbled)
    }

    /// A dataset's columns, in their order.
    pub async fn dataset_schema(&self, id: AssetId) -> Result<Vec<ColumnType>, OuroError> {
        let answer = self.ask(&Call::get(&["datasets", &id.to_string(), "schema"])).await?;
        wire::schema(&answer.open()?).map_err(|error| answer.signed(error))
    }

    /// How large a dataset is.
    pub async fn dataset_size(&self, id: AssetId) -> Result<DatasetSize, OuroError> {
        let answer = self.ask(&Call::get(&["datasets", &id.to_string(), "stats"])).await?;
        let data = answer.open()?.object().map_err(|error| answer.signed(error))?;
        Ok(wire::dataset_size(&data))
    }

    /// Rows of a dataset from a place on, at most [`ROWS_PAGE`].
    pub async fn dataset_rows(&self, id: AssetId, offset: u32, limit: u32) -> Result<DatasetRows, OuroError> {
        let mut call =
            Call::get(&["datasets", &id.to_string(), "data"]).with("limit", &limit.clamp(1, ROWS_PAGE));
        if offset > 0 {
            call = call.with("offset", &offset);
        }
        let answer = self.ask(&call).await?;
        let page = wire::page(&answer.open()?, wire::data_row).map_err(|error| answer.signed(error))?;
        Ok(DatasetRows { rows: page.rows, has_more: page.has_more, total: page.total.map(u64::from) })
    }

    /// Where a file's bytes are for a while. The address is a secret.
    pub async fn file_address(&self, id: AssetId) -> Result<SignedUrl, OuroError> {
        let answer = self.ask(&Call::get(&["files", &id.to_string(), "data"])).await?;
        let garbled = || answer.signed(OuroError::new(ErrorKind::Garbled, "the answer holds no address"));
        let data = answer.open()?.object().map_err(|error| answer.signed(error))?;
        let url = data.filled("url").ok_or_else(garbled)?;
        SignedUrl::read(&url, self.caller().transport().is_local()).map_err(|error| answer.signed(error))
    }

    /// All of an asset, to be kept: files as they are, datasets as CSV, posts as markdown.
    pub async fn download(&self, id: AssetId, kind: &str) -> Result<Download, OuroError> {
        if kind == "file" {
            let address = self.file_address(id).await?;
            return self.follow(&address).await;
        }
        let mut body = json!({ "asset_type": kind });
        if kind == "post" {
            body["format"] = json!("markdown");
        }
        let call = Call::write(Verb::Post, &["assets", &id.to_string(), "download"], body.to_string());
        self.caller().open(&call, DOWNLOAD_WITHIN).await.map(Download::new)
    }
}
