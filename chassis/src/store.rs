//! The object store: pictures, videos and documents under keys that are written once. It knows nothing of what they show.

use std::sync::Arc;

use anyhow::Context;
use bytes::Bytes;
use object_store::{
    ObjectStore, ObjectStoreExt, PutMode, PutOptions, aws::AmazonS3Builder, local::LocalFileSystem, memory::InMemory,
    path::Path,
};
use secrecy::ExposeSecret;
use url::Url;

use crate::{config::StoreArgs, failure::Failure};

/// The store, whichever it is: a bucket, a directory, or memory.
pub type Objects = Arc<dyn ObjectStore>;

/// Opens the store that the settings name. A directory is made when it is absent; a bucket is not asked for anything yet.
pub fn open(args: &StoreArgs) -> anyhow::Result<Objects> {
    let url = args.url.as_ref().context("STORE_URL is required")?;
    match url.scheme() {
        "memory" => Ok(Arc::new(InMemory::new())),
        "file" => directory(url),
        "s3" => bucket(url, args),
        other => anyhow::bail!("STORE_URL: {other}: is not one of s3:, file:, memory:"),
    }
}

fn directory(url: &Url) -> anyhow::Result<Objects> {
    let path = url.to_file_path().map_err(|()| anyhow::anyhow!("STORE_URL: {url} names no directory"))?;
    std::fs::create_dir_all(&path).with_context(|| format!("STORE_URL: cannot make {}", path.display()))?;
    // A write that was confirmed survives a power cut.
    Ok(Arc::new(LocalFileSystem::new_with_prefix(&path)?.with_fsync(true)))
}

fn bucket(url: &Url, args: &StoreArgs) -> anyhow::Result<Objects> {
    let mut builder = AmazonS3Builder::new().with_bucket_name(url.host_str().context("STORE_URL names no bucket")?);
    if let Some(endpoint) = &args.s3_endpoint {
        builder =
            builder.with_endpoint(endpoint.as_str().trim_end_matches('/')).with_allow_http(endpoint.scheme() == "http");
    }
    if let Some(region) = &args.s3_region {
        builder = builder.with_region(region);
    }
    if let (Some(id), Some(key)) = (&args.s3_access_key_id, &args.s3_secret_access_key) {
        builder = builder.with_access_key_id(id.expose_secret()).with_secret_access_key(key.expose_secret());
    }
    Ok(Arc::new(builder.build()?))
}

/// Writes an object under a key that has never been used; 409 when there already is one.
pub async fn put_once(objects: &dyn ObjectStore, key: &Path, bytes: Bytes) -> Result<(), Failure> {
    let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
    objects.put_opts(key, bytes.into(), options).await?;
    Ok(())
}

/// Reads a whole object; 404 when there is none.
pub async fn get(objects: &dyn ObjectStore, key: &Path) -> Result<Bytes, Failure> {
    Ok(objects.get(key).await?.bytes().await?)
}

/// Copies an object under a key that is the caller's alone; 404 when there is none.
pub async fn copy(objects: &dyn ObjectStore, from: &Path, to: &Path) -> Result<(), Failure> {
    objects.copy(from, to).await?;
    Ok(())
}

/// Deletes an object. One that is already gone is as good as deleted.
pub async fn delete(objects: &dyn ObjectStore, key: &Path) -> Result<(), Failure> {
    match objects.delete(key).await {
        Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

impl From<object_store::Error> for Failure {
    fn from(error: object_store::Error) -> Self {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the enum is non-exhaustive; the rest is one kind to a client"
        )]
        match error {
            object_store::Error::NotFound { .. } => Self::not_found("There is no such object.").because(error),
            object_store::Error::AlreadyExists { .. } => {
                Self::conflict("This object has been written already.").because(error)
            }
            _ => Self::unavailable("The object store does not answer.", RETRY_AFTER).because(error),
        }
    }
}

/// When a client should ask again while the store is away.
const RETRY_AFTER: std::time::Duration = std::time::Duration::from_secs(5);
