//! How is a date read that other systems wrote?
//!
//! Year first is never in doubt. Year last, `12/1/2010` may be either of two days; a file's other
//! dates tell which, because `12/13/2010` is a date in one of the two ways alone. Where none of them does,
//! the order of the rows may: most systems write files in order of time.

use std::fmt::{self, Display};

use chrono::NaiveDate;

/// The order of day and month where the year comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    /// `12/31/2010`.
    MonthFirst,
    /// `31/12/2010`.
    DayFirst,
}

impl Display for DateOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MonthFirst => "month/day/year",
            Self::DayFirst => "day/month/year",
        })
    }
}

/// So many times the date goes on before rows that are in order are hardly so by chance: of five dates in
/// any order, one time in 120.
const ENOUGH_STEPS: u64 = 4;

/// What a file's dates say about their order.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    month_first: u64,
    day_first: u64,
    undecided: Option<String>,
    if_month_first: Rows,
    if_day_first: Rows,
}

/// Whether rows are in order of time when their dates are read in one of the two ways.
#[derive(Debug, Default)]
struct Rows {
    last: Option<NaiveDate>,
    /// How many times a date was later than the one before it.
    steps: u64,
    went_back: bool,
}

impl Rows {
    fn add(&mut self, date: NaiveDate) {
        if let Some(last) = self.last {
            self.steps += u64::from(date > last);
            self.went_back |= date < last;
        }
        self.last = Some(date);
    }

    fn are_in_order(&self) -> bool {
        !self.went_back && self.steps >= ENOUGH_STEPS
    }
}

impl Evidence {
    /// Takes one more date into account.
    pub(super) fn add(&mut self, text: &str) {
        let Some(parts) = parts(date_part(text)) else {
            return;
        };
        let month_first = read_parts(parts, DateOrder::MonthFirst);
        let day_first = read_parts(parts, DateOrder::DayFirst);
        match (month_first, day_first) {
            (Some(_), None) => self.month_first += 1,
            (None, Some(_)) => self.day_first += 1,
            (Some(month_first), Some(day_first)) => {
                self.if_month_first.add(month_first);
                self.if_day_first.add(day_first);
                if month_first != day_first {
                    self.undecided.get_or_insert_with(|| text.trim().to_owned());
                }
            }
            (None, None) => {}
        }
    }

    /// The only order under which the rows are in order of time, where every date can be read in both ways
    /// and some date differs.
    pub(super) fn order_of_rows(&self) -> Option<DateOrder> {
        let is_open = self.month_first == 0 && self.day_first == 0 && self.undecided.is_some();
        let (month_first, day_first) = (&self.if_month_first, &self.if_day_first);
        if is_open && month_first.are_in_order() && day_first.went_back {
            return Some(DateOrder::MonthFirst);
        }
        (is_open && day_first.are_in_order() && month_first.went_back)
            .then_some(DateOrder::DayFirst)
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

    #[test]
    fn the_order_of_rows_tells_where_no_date_does() {
        let order = |texts: &[&str]| {
            let mut evidence = Evidence::default();
            for text in texts {
                evidence.add(text);
            }
            evidence.order_of_rows()
        };
        let sorted = [
            "1/10/2011",
            "2/3/2011",
            "2/3/2011 9:00",
            "2/9/2011",
            "3/1/2011",
            "3/7/2011",
        ];
        assert_eq!(order(&sorted), Some(DateOrder::MonthFirst));
        let sorted = ["10/1/2011", "3/2/2011", "9/2/2011", "1/3/2011", "7/3/2011"];
        assert_eq!(order(&sorted), Some(DateOrder::DayFirst));
        // Dates with the year first have their place among the others.
        let mixed = [
            "2010-12-31",
            "1/10/2011",
            "2/3/2011",
            "2011-02-04",
            "3/1/2011",
        ];
        assert_eq!(order(&mixed), Some(DateOrder::MonthFirst));
        let broken = [mixed.as_slice(), &["2011-01-01"]].concat();
        assert_eq!(order(&broken), None);
        // The first days of December, or the 12th of each month.
        let both = [
            "12/1/2011",
            "12/2/2011",
            "12/5/2011",
            "12/7/2011",
            "12/9/2011",
        ];
        assert_eq!(order(&both), None);
        assert_eq!(order(&["12/1/2011 8:26", "12/1/2011 9:00"]), None);
        let neither = ["3/7/2011", "1/10/2011", "2/3/2011", "2/9/2011", "3/1/2011"];
        assert_eq!(order(&neither), None);
        // Two rows, the newest first, are in order under the wrong reading.
        assert_eq!(order(&["2/3/2011", "1/10/2011"]), None);
        // A date with one reading tells more.
        let told = [sorted.as_slice(), &["12/13/2011"]].concat();
        assert_eq!(order(&told), None);
        assert_eq!(order(&["2010-12-01", "2010-12-02", "12/12/2010"]), None);
        assert_eq!(order(&[]), None);
    }
}
