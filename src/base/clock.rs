//! Timestamps with millisecond precision in UTC, the clock that produces them, and a stopwatch for durations.

use std::{
    fmt,
    ops::{Add, Sub},
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time: milliseconds since the Unix epoch, in UTC. Its text form is RFC 3339 with three decimals.
///
/// The precision is milliseconds, not microseconds, so that a time that a client reads from the API equals the stored
/// one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Returns the whole seconds since the Unix epoch, the unit of time in JWTs.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Returns the whole days since the Unix epoch, in UTC.
    #[must_use]
    pub const fn day(self) -> i64 {
        self.0.div_euclid(24 * 60 * 60 * 1000)
    }

    /// Returns the beginning of a day, which is numbered as in [`Time::day`].
    #[must_use]
    pub const fn of_day(day: i64) -> Self {
        Self(day.saturating_mul(24 * 60 * 60 * 1000))
    }
}

/// Waits in real time, whatever the clock says: for what tests don't move, such as another process.
#[expect(clippy::disallowed_methods, reason = "everything else waits through `Clock`")]
pub async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl Add<Duration> for Time {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }
}

impl Sub<Duration> for Time {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = jiff::Timestamp::from_millisecond(self.0).map_err(|_| fmt::Error)?;
        write!(f, "{time:.3}")
    }
}

impl FromStr for Time {
    type Err = &'static str;

    /// Parses an RFC 3339 time with an offset. Digits after the millisecond are truncated. Years outside 0001 to 9999
    /// are an error.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "must be a time as RFC 3339 has it, such as 2026-11-23T09:30:00.000Z";
        // jiff also accepts forms outside RFC 3339: a space as separator, no seconds, a time zone in brackets.
        let date_and_time = text.len() >= 20
            && text.is_char_boundary(19)
            && text.bytes().zip(*b"0000-00-00T00:00:00").all(|(byte, shape)| match shape {
                b'0' => byte.is_ascii_digit(),
                b'T' => byte.eq_ignore_ascii_case(&b'T'),
                other => byte == other,
            });
        if !date_and_time || text.contains('[') {
            return Err(WRONG);
        }
        let time: jiff::Timestamp = text.parse().map_err(|_| WRONG)?;
        let millis = time.as_millisecond();
        if !(-62_135_596_800_000..=253_402_300_799_999).contains(&millis) {
            return Err(WRONG);
        }
        Ok(Self(millis))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::base::json::parsed(deserializer)
    }
}

impl JsonSchema for Time {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// The source of the current time: the system clock, or an adjustable clock for tests and for the sample data of
/// `guildhall demo`.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    /// The system time plus an offset in milliseconds.
    Shifted(Arc<AtomicI64>),
}

impl Clock {
    #[must_use]
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// Creates a clock that starts at the system time and can be moved with [`Clock::advance`].
    #[must_use]
    pub fn adjustable() -> Self {
        Self(Source::Shifted(Arc::default()))
    }

    /// Creates an adjustable clock whose current time is `start`.
    #[must_use]
    pub fn starting_at(start: Time) -> Self {
        let shift = start.0.saturating_sub(Self::system().now().0);
        Self(Source::Shifted(Arc::new(AtomicI64::new(shift))))
    }

    /// Moves an adjustable clock, and every clone of it, forward. Does nothing to the system clock.
    pub fn advance(&self, by: Duration) {
        if let Source::Shifted(shift) = &self.0 {
            shift.fetch_add(millis(by), Ordering::SeqCst);
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for the time")]
    #[must_use]
    pub fn now(&self) -> Time {
        let now = jiff::Timestamp::now().as_millisecond();
        Time(match &self.0 {
            Source::System => now,
            Source::Shifted(shift) => now.saturating_add(shift.load(Ordering::SeqCst)),
        })
    }
}

/// Measures elapsed time with the system's monotonic clock, so changes of the system time don't affect it.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks for the monotonic time")]
    #[must_use]
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// Returns the time since the start.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// Returns the time since the start in whole milliseconds.
    #[must_use]
    pub fn millis(self) -> u64 {
        u64::try_from(self.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_and_prints_as_rfc_3339_in_utc_with_milliseconds() {
        for (text, printed) in [
            ("2026-11-23T09:30:00.000Z", "2026-11-23T09:30:00.000Z"),
            ("2026-11-23T10:30:00+01:00", "2026-11-23T09:30:00.000Z"),
            ("2026-11-23t09:30:00.123999z", "2026-11-23T09:30:00.123Z"),
        ] {
            assert_eq!(text.parse::<Time>().unwrap().to_string(), printed);
        }
    }

    #[test]
    fn what_is_no_rfc_3339_time_is_refused() {
        for text in [
            "",
            "2026-11-23",
            "2026-11-23T09:30Z",
            "2026-11-23 09:30:00Z",
            "2026-11-23T09:30:00",
            "tomorrow",
            "2026-02-30T00:00:00Z",
            "2026-11-23T09:30:00+00:00[UTC]",
            "+002026-11-23T09:30:00Z",
            "1700000000",
        ] {
            assert!(text.parse::<Time>().is_err(), "{text}");
        }
    }
}
