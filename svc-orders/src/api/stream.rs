//! Progress as server-sent events: the order at once, then after every change. It asks the database, so that any replica
//! can tell what another one did.

use std::time::Duration;

use actix_web::{HttpResponse, get, web};
use bytes::Bytes;
use chassis::failure::Failure;
use domain::{
    access::{Action, Actor},
    id::OrderId,
};
use futures::stream::unfold;
use tokio::time::{Instant, sleep};

use super::{
    extract::{Allowed, Seen, allowed},
    view::OrderView,
};
use crate::{
    App,
    store::{self, order::Stored},
};

/// How often the version is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How often something is sent even if nothing happened, so that proxies keep the connection.
const ALIVE: Duration = Duration::from_secs(15);

struct Watch {
    app: web::Data<App>,
    /// Who looks: rights may end while somebody does.
    me: Actor,
    id: OrderId,
    /// What the client knows.
    version: i64,
    /// What is to be sent first.
    first: Option<Bytes>,
}

/// The order now, and after each change. Ends when the order is finished or the server stops.
#[utoipa::path(tag = "orders", params(("id" = String, Path)),
    responses((status = 200, content_type = "text/event-stream", body = String)))]
#[get("/v1/orders/{id}/stream")]
pub(super) async fn stream(app: web::Data<App>, seen: Seen) -> HttpResponse {
    let (id, version) = (seen.order.id, seen.order.version);
    let first = Some(event(&seen.order));
    let finished = seen.order.order.state.name().is_final();
    let watch = Watch { app, me: seen.me.clone(), id, version, first };
    let events = unfold((watch, finished), |(mut watch, finished)| async move {
        if let Some(first) = watch.first.take() {
            return Some((Ok::<_, Failure>(first), (watch, finished)));
        }
        if finished {
            return None;
        }
        let (bytes, finished) = watch.next().await?;
        Some((Ok(bytes), (watch, finished)))
    });
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header(("x-accel-buffering", "no"))
        // A compressing layer would hold events back.
        .insert_header(("content-encoding", "identity"))
        .streaming(events)
}

impl Watch {
    /// The next thing to send, and whether the story is over; `None` ends the answer.
    async fn next(&mut self) -> Option<(Bytes, bool)> {
        let silence = Instant::now() + ALIVE;
        loop {
            tokio::select! {
                () = self.app.draining.cancelled() => return None,
                () = sleep(LOOK) => {}
            }
            let id = self.id;
            let version = self.app.db.read("order.version", async |tx| store::order::version(tx, id).await).await;
            match version {
                Ok(Some(version)) if version != self.version => return self.changed().await,
                Ok(Some(_)) | Err(_) if Instant::now() < silence => {}
                Ok(Some(_)) | Err(_) => return Some((Bytes::from_static(b": still here\n\n"), false)),
                Ok(None) => return None,
            }
        }
    }

    async fn changed(&mut self) -> Option<(Bytes, bool)> {
        let Allowed { order, .. } = allowed(&self.app, self.me.clone(), self.id, Action::Read).await.ok()?;
        self.version = order.version;
        Some((event(&order), order.order.state.name().is_final()))
    }
}

fn event(order: &Stored) -> Bytes {
    let data = serde_json::to_string(&OrderView::from(order)).unwrap_or_default();
    Bytes::from(format!("id: {}\nevent: order\ndata: {data}\n\n", order.version))
}
