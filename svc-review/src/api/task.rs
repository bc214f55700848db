//! The queue as reviewers and operations see it.

use actix_web::{get, web};
use chassis::{
    db::cursor::{self, Page},
    failure::Failure,
    http::{Reply, Signed},
};
use domain::{
    id::{OrderId, TaskId},
    region::Province,
};
use serde::Deserialize;

use super::{Bench, may_look, view::TaskView};
use crate::store::task::{self, Key, Wanted};

/// Which tasks to show.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct TaskQuery {
    /// Of this state: `open`, `claimed`, `passed`, `returned` or `closed`
    #[param(value_type = Option<String>)]
    state: Option<StateFilter>,
    /// Of this order
    #[param(value_type = Option<Uuid>)]
    order: Option<OrderId>,
    /// Of this province, six digits
    #[param(value_type = Option<String>)]
    province: Option<Province>,
    /// How many, 1 to 100; 20 when absent
    limit: Option<u32>,
    /// The `next` of the page before
    cursor: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StateFilter {
    Open,
    Claimed,
    Passed,
    Returned,
    Closed,
}

impl StateFilter {
    fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Claimed => "claimed",
            Self::Passed => "passed",
            Self::Returned => "returned",
            Self::Closed => "closed",
        }
    }
}

/// Reviews, oldest first; a reviewer sees those of the provinces that they work on.
#[utoipa::path(tag = "review", params(TaskQuery), responses((status = 200, body = Page<TaskView>)))]
#[get("/v1/review/tasks")]
pub(super) async fn list(me: Signed, query: web::Query<TaskQuery>, bench: web::Data<Bench>) -> Result<Reply, Failure> {
    may_look(&me)?;
    let limit = cursor::limit(query.limit)?;
    let wanted = Wanted {
        state: query.state.map(|state| state.name().to_owned()),
        order: query.order,
        provinces: query.province.map_or_else(|| me.provinces.clone(), |province| vec![province]),
    };
    if query.province.is_some_and(|province| !me.covers(province)) {
        return Err(Failure::forbidden("You do not work on this province."));
    }
    let after: Option<Key> = cursor::decode(query.cursor.as_deref(), &wanted)?;
    let more = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let tasks = bench.db.read("task.list", async |tx| task::list(tx, &wanted, after, more).await).await?;
    let now = bench.clock.now();
    let views = tasks.iter().map(|task| TaskView::of(task, now)).collect();
    Ok(Reply::ok(&Page::of(views, limit, |view: &TaskView| (view.opened_at, view.id.uuid()), &wanted)))
}

/// One review.
#[utoipa::path(tag = "review", params(("id" = Uuid, Path)), responses((status = 200, body = TaskView)))]
#[get("/v1/review/tasks/{id}")]
pub(super) async fn read(me: Signed, id: web::Path<TaskId>, bench: web::Data<Bench>) -> Result<Reply, Failure> {
    may_look(&me)?;
    let task = bench.db.read("task.read", async |tx| task::get(tx, *id).await).await?;
    let task = task.filter(|task| me.covers(task.province));
    let task = task.ok_or_else(|| Failure::not_found("There is no such review."))?;
    Ok(Reply::ok(&TaskView::of(&task, bench.clock.now())).etag(task.version))
}
