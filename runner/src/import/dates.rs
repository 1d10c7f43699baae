//! How is a date read that other systems wrote?
//!
//! Year first is never in doubt. Year last, `12/1/2010` may be either of two days; a file's other
//! dates tell which, because `12/13/2010` is a date in one of the two ways alone.

use chrono::NaiveDate;

/// The order of day and month where the year comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    /// `12/31/2010`.
    MonthFirst,
    /// `31/12/2010`.
    DayFirst,
}

/// What a file's dates say about their order.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    month_first: u64,
    day_first: u64,
    undecided: Option<String>,
}

impl Evidence {
    /// Takes one more date into account.
    pub(super) fn add(&mut self, text: &str) {
        let Some([first, second, third]) = parts(date_part(text)) else {
            return;
        };
        if first.len() == 4 {
            return;
        }
        let month_first = read_parts([first, second, third], DateOrder::MonthFirst).is_some();
        let day_first = read_parts([first, second, third], DateOrder::DayFirst).is_some();
        match (month_first, day_first) {
            (true, false) => self.month_first += 1,
            (false, true) => self.day_first += 1,
            // The same day either way.
            (true, true) if first == second => {}
            (true, true) => {
                self.undecided.get_or_insert_with(|| text.trim().to_owned());
            }
            (false, false) => {}
        }
    }

    /// The order that most dates ask for; where none does, it matters only if some date has two
    /// readings: then that one is returned.
    pub(super) fn order(self) -> Result<DateOrder, String> {
        match (self.month_first.cmp(&self.day_first), self.undecided) {
            (std::cmp::Ordering::Greater, _) | (std::cmp::Ordering::Equal, None) => {
                Ok(DateOrder::MonthFirst)
            }
            (std::cmp::Ordering::Less, _) => Ok(DateOrder::DayFirst),
            (std::cmp::Ordering::Equal, Some(example)) => Err(example),
        }
    }
}

/// The day that a text names, with or without a time of day.
pub(super) fn read(text: &str, order: DateOrder) -> Option<NaiveDate> {
    let text = text.trim();
    let date = date_part(text);
    let time = text.get(date.len()..)?;
    if !is_time(time.trim_start_matches([' ', 'T', 't'])) {
        return None;
    }
    read_parts(parts(date)?, order)
}

fn date_part(text: &str) -> &str {
    let text = text.trim();
    text.split([' ', 'T', 't']).next().unwrap_or_default()
}

fn parts(date: &str) -> Option<[&str; 3]> {
    let separator = date.chars().find(|c| !c.is_ascii_digit())?;
    if !matches!(separator, '-' | '/' | '.') {
        return None;
    }
    let mut split = date.split(separator);
    let parts = [split.next()?, split.next()?, split.next()?];
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    (split.next().is_none() && parts.iter().all(|part| are_digits(part))).then_some(parts)
}

fn read_parts([first, second, third]: [&str; 3], order: DateOrder) -> Option<NaiveDate> {
    let (year, month, day) = match order {
        _ if first.len() == 4 => (first, second, third),
        DateOrder::MonthFirst => (third, first, second),
        DateOrder::DayFirst => (third, second, first),
    };
    if month.len() > 2 || day.len() > 2 {
        return None;
    }
    NaiveDate::from_ymd_opt(year_of(year)?, month.parse().ok()?, day.parse().ok()?)
}

/// Two digits are of the years 1969 to 2068, as POSIX has it.
fn year_of(text: &str) -> Option<i32> {
    let year = text.parse().ok()?;
    match (text.len(), year) {
        (4, _) => Some(year),
        (2, 69..) => Some(1_900 + year),
        (2, _) => Some(2_000 + year),
        _ => None,
    }
}

/// Nothing, or hours and minutes, perhaps with seconds and their fraction, `AM`, `PM` or `Z`.
fn is_time(text: &str) -> bool {
    if text.is_empty() {
        return true;
    }
    let upper = text.to_ascii_uppercase();
    let suffixes = ["AM", "PM", "Z"];
    let bare = suffixes.iter().find_map(|it| upper.strip_suffix(it));
    let (whole, fraction) = bare
        .unwrap_or(&upper)
        .trim_end()
        .split_once('.')
        .unwrap_or((bare.unwrap_or(&upper).trim_end(), "0"));
    let bounded = |part: &str, most: u32| {
        matches!(part.len(), 1 | 2) && part.parse::<u32>().is_ok_and(|number| number <= most)
    };
    let mut parts = whole.split(':');
    let is_clock = parts.next().is_some_and(|hours| bounded(hours, 23))
        && parts.next().is_some_and(|minutes| bounded(minutes, 59))
        // A leap second is a second.
        && parts.next().is_none_or(|seconds| bounded(seconds, 60));
    is_clock && parts.next().is_none() && fraction.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(year, month, day)
    }

    #[test]
    fn reads_every_form() {
        use DateOrder::{DayFirst, MonthFirst};
        for (text, order, expected) in [
            ("2010-12-01 08:26:00", DayFirst, day(2010, 12, 1)),
            ("2010-12-01 08:26", MonthFirst, day(2010, 12, 1)),
            ("2010-12-01T08:26:00.5Z", MonthFirst, day(2010, 12, 1)),
            ("2010-12-01", MonthFirst, day(2010, 12, 1)),
            ("2010/2/9", MonthFirst, day(2010, 2, 9)),
            ("12/1/2010 8:26", MonthFirst, day(2010, 12, 1)),
            ("1/12/2010 8:26", DayFirst, day(2010, 12, 1)),
            (" 12/1/10 8:26 PM ", MonthFirst, day(2010, 12, 1)),
            ("01.12.2010", DayFirst, day(2010, 12, 1)),
            ("12/1/70", MonthFirst, day(1970, 12, 1)),
            ("13/1/2010", MonthFirst, None),
            ("2010-02-30", MonthFirst, None),
            ("2010-12-01 25:00", MonthFirst, None),
            ("2010-12-01 later", MonthFirst, None),
            ("2010-12-01 8", MonthFirst, None),
            ("2010-12", MonthFirst, None),
            ("1-2-3-4", MonthFirst, None),
            ("1/2-2010", MonthFirst, None),
            ("2010-012-01", MonthFirst, None),
            ("40513", MonthFirst, None),
            ("", MonthFirst, None),
        ] {
            assert_eq!(read(text, order), expected, "{text}");
        }
    }

    #[test]
    fn the_dates_of_a_file_tell_their_order() {
        let order = |texts: &[&str]| {
            let mut evidence = Evidence::default();
            for text in texts {
                evidence.add(text);
            }
            evidence.order()
        };
        let ambiguous = Err("12/1/2010 8:26".to_owned());
        assert_eq!(order(&["2010-12-01"]), Ok(DateOrder::MonthFirst));
        assert_eq!(
            order(&["12/1/2010 8:26", "12/13/2010"]),
            Ok(DateOrder::MonthFirst)
        );
        assert_eq!(order(&["1/12/2010", "13/12/2010"]), Ok(DateOrder::DayFirst));
        assert_eq!(order(&["12/1/2010 8:26"]), ambiguous);
        assert_eq!(order(&["12/12/2010"]), Ok(DateOrder::MonthFirst));
        // One damaged row does not decide for all.
        let one_wrong = [
            "1/2/2010",
            "12/13/2010",
            "12/14/2010",
            "15/12/2010",
            "31/31/2010",
        ];
        assert_eq!(order(&one_wrong), Ok(DateOrder::MonthFirst));
        assert_eq!(
            order(&["12/1/2010 8:26", "12/13/2010", "13/12/2010"]),
            ambiguous
        );
    }
}
