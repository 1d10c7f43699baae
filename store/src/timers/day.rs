//! When does a day begin?

use chrono::{DateTime, MappedLocalTime, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Utc};
use daybook_domain::kernel::TimeZone;

/// The first instant of a day where this time zone holds. Where clocks skip midnight it is the
/// first time that there is; where they go back over it, the first of the two.
pub fn start_of_day(day: NaiveDate, zone: TimeZone) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN);
    let quarters = (0..=96).map(|quarter| midnight + TimeDelta::minutes(15 * quarter));
    let first = quarters
        .map(|time| zone.rules().from_local_datetime(&time))
        .find_map(MappedLocalTime::earliest);
    // A whole day that does not exist (Samoa's 30 December 2011) begins when the next one does;
    // beyond the calendar's end UTC stands in.
    first.map_or_else(|| midnight.and_utc(), |first| first.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_where_the_zone_says() {
        for (zone, day, expected) in [
            ("UTC", "2026-03-16", "2026-03-16T00:00:00Z"),
            ("Europe/Vienna", "2026-03-16", "2026-03-15T23:00:00Z"),
            ("Europe/Vienna", "2026-07-01", "2026-06-30T22:00:00Z"),
            ("Pacific/Auckland", "2026-07-01", "2026-06-30T12:00:00Z"),
            ("America/New_York", "2026-11-01", "2026-11-01T04:00:00Z"),
            // Clocks skipped from 00:00 to 01:00.
            ("America/Santiago", "2024-09-08", "2024-09-08T04:00:00Z"),
            // Clocks went back from 00:00 to 23:00: midnight came twice.
            ("America/Havana", "2024-11-03", "2024-11-03T04:00:00Z"),
            // There was no such day.
            ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"),
        ] {
            let zone = TimeZone::parse("timeZone", zone).unwrap();
            let begins = start_of_day(day.parse().unwrap(), zone);
            assert_eq!(
                begins,
                expected.parse::<DateTime<Utc>>().unwrap(),
                "{zone} {day}"
            );
        }
    }
}
