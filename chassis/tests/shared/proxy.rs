//! A server that can be cut off: included by the tests that need one.

use std::net::SocketAddr;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Passes connections on while it is up; cuts them, and lets in no more, while it is down.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    pub(crate) up: watch::Sender<bool>,
}

impl Proxy {
    pub(crate) async fn before(upstream: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (up, seen) = watch::channel(true);
        let accept = async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let (mut seen, upstream) = (seen.clone(), upstream.clone());
                let pass = async move {
                    let mut server = TcpStream::connect(upstream).await.unwrap();
                    tokio::select! {
                        _ = seen.wait_for(|up| !up) => {}
                        _ = copy_bidirectional(&mut client, &mut server) => {}
                    }
                };
                #[expect(clippy::disallowed_methods, reason = "a test has no supervisor")]
                drop(tokio::spawn(pass));
            }
        };
        #[expect(clippy::disallowed_methods, reason = "a test has no supervisor")]
        drop(tokio::spawn(accept));
        Self { address, up }
    }
}
