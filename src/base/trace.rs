//! What the spans of all traces have in common. A span tells what was done, how and how long: never what people wrote, who they
//! are, or a value of a statement.

/// The target of the spans of traces, which the log leaves out.
pub const TARGET: &str = "guildhall::trace";

/// The names of the spans with which a trace begins. All others are told only inside of one of these.
pub const ROOTS: [&str; 3] = ["request", "mail", "job"];
