//! Basic types that all layers share. They are validated when they are created, and depend on no HTTP, database or
//! feature code.

pub mod clock;
pub mod day;
pub mod emoji;
pub mod error;
pub mod id;
pub mod json;
pub mod limits;
pub mod list;
pub mod pace;
pub mod page;
pub mod secret;
pub mod text;
pub mod trace;
pub mod visible;
pub mod words;
