//! One contract for the object store, held by memory, a directory and a bucket. The bucket is behind an S3 server of somebody
//! else's making, which checks signatures as S3 does.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use std::path::Path;

use bytes::Bytes;
use chassis::{
    config::StoreArgs,
    store::{self, Objects},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use object_store::path::Path as Key;
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use tokio::net::TcpListener;
use url::Url;

/// What every store does.
async fn keeps_what_was_written_once(objects: Objects) {
    let key = Key::from("photo/0190.jpg");
    assert_eq!(store::get(&*objects, &key).await.unwrap_err().status(), 404);
    let first = Bytes::from(vec![0xff; 300_000]);
    store::put_once(&*objects, &key, first.clone()).await.unwrap();
    let again = store::put_once(&*objects, &key, Bytes::from_static(b"second")).await;
    assert_eq!(again.unwrap_err().status(), 409);
    assert_eq!(store::get(&*objects, &key).await.unwrap(), first);
    let twin = Key::from("material/0191");
    store::copy(&*objects, &key, &twin).await.unwrap();
    assert_eq!(store::get(&*objects, &twin).await.unwrap(), first);
    assert_eq!(store::copy(&*objects, &Key::from("photo/none"), &twin).await.unwrap_err().status(), 404);
    store::delete(&*objects, &twin).await.unwrap();
    assert_eq!(store::get(&*objects, &key).await.unwrap(), first, "the copy was a thing of its own");
    store::delete(&*objects, &key).await.unwrap();
    store::delete(&*objects, &key).await.unwrap();
    assert_eq!(store::get(&*objects, &key).await.unwrap_err().status(), 404);
}

#[tokio::test]
async fn memory() {
    let args = StoreArgs { url: Some("memory:///".parse().unwrap()), ..StoreArgs::default() };
    keeps_what_was_written_once(store::open(&args).unwrap()).await;
}

#[tokio::test]
async fn a_directory_that_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let url = Url::from_directory_path(dir.path().join("deep/er")).unwrap();
    let args = StoreArgs { url: Some(url), ..StoreArgs::default() };
    keeps_what_was_written_once(store::open(&args).unwrap()).await;
}

/// An S3 server over a directory, with a bucket `materials`.
async fn s3(dir: &Path) -> StoreArgs {
    std::fs::create_dir(dir.join("materials")).unwrap();
    let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(dir).unwrap());
    builder.set_auth(SimpleAuth::from_single("id", "key"));
    let service = builder.build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let accept = async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = service.clone();
            let serve = async move {
                // A connection that breaks off is its client's affair.
                drop(Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await);
            };
            #[expect(clippy::disallowed_methods, reason = "a test has no supervisor")]
            drop(tokio::spawn(serve));
        }
    };
    #[expect(clippy::disallowed_methods, reason = "a test has no supervisor")]
    drop(tokio::spawn(accept));
    StoreArgs {
        url: Some("s3://materials".parse().unwrap()),
        s3_endpoint: Some(format!("http://{address}").parse().unwrap()),
        s3_region: Some("ap-guangzhou".to_owned()),
        s3_access_key_id: Some("id".into()),
        s3_secret_access_key: Some("key".into()),
    }
}

#[tokio::test]
async fn a_bucket() {
    let dir = tempfile::tempdir().unwrap();
    let args = s3(dir.path()).await;
    keeps_what_was_written_once(store::open(&args).unwrap()).await;
}

#[tokio::test]
async fn a_bucket_with_another_key_is_closed() {
    let dir = tempfile::tempdir().unwrap();
    let args = StoreArgs { s3_secret_access_key: Some("another".into()), ..s3(dir.path()).await };
    let objects = store::open(&args).unwrap();
    let refused = store::put_once(&*objects, &Key::from("photo/1.jpg"), Bytes::from_static(b"x")).await;
    assert_eq!(refused.unwrap_err().status(), 503);
}
