//! The router of the metrics listener, which Prometheus scrapes.

use axum::{
    Router,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};

use super::App;
use crate::{
    access::{Public, SystemTx},
    base::error::Result,
    effects::mail,
    http::metrics::CONTENT_TYPE,
};

/// Returns a router that serves `GET /metrics` and nothing else.
pub fn router(app: App) -> Router {
    Router::new().route("/metrics", get(show)).with_state(app)
}

async fn show(State(app): State<App>) -> Response {
    match render(&app).await {
        Ok(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            tracing::warn!(%error, "failed to render metrics");
            axum::http::StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

async fn render(app: &App) -> Result<String> {
    let mails =
        Public::new(app.gateway()).read(async |tx: &SystemTx| mail::store::standing(tx).await).await?;
    app.metrics().render(mails.waiting, mails.dead)
}
