//! The HTTP layer: reads requests, writes responses, and describes both in the OpenAPI document.

pub mod answer;
mod arrival;
pub mod client;
pub mod compress;
pub mod cors;
pub mod describe;
pub mod docs;
pub mod edge;
pub mod idempotency;
pub mod input;
pub mod load;
pub mod metrics;
pub mod partial;
pub mod places;
pub mod rate;
pub mod schemas;
pub mod server;
pub mod traced;
pub mod written;
