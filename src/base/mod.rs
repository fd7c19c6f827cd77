//! Values that are valid if they exist: they know nothing of HTTP, of a database or of a feature.

pub mod clock;
pub mod error;
pub mod id;
pub mod json;
pub mod limits;
pub mod list;
pub mod page;
pub mod secret;
pub mod text;
