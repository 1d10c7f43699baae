//! How is the text of a setting understood?

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use url::Url;

/// A whole number within bounds.
pub(super) fn number<N>(bounds: RangeInclusive<N>) -> impl FnOnce(&str) -> Result<N, String>
where
    N: FromStr + PartialOrd + Display,
{
    move |text| {
        let (least, most) = (bounds.start(), bounds.end());
        match text.parse::<N>() {
            Ok(number) if bounds.contains(&number) => Ok(number),
            _ => Err(format!(
                "is {text:?}; expected a number from {least} to {most}"
            )),
        }
    }
}

/// A time as `500ms`, `10s`, `5m`, `2h` or `30d`, within bounds.
pub(super) fn time(
    bounds: RangeInclusive<Duration>,
) -> impl FnOnce(&str) -> Result<Duration, String> {
    move |text| {
        let split = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        let (digits, unit) = text.split_at(split);
        let millis: u64 = match unit.trim() {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => 0,
        };
        let time = digits
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(millis))
            .map(Duration::from_millis)
            .filter(|time| millis > 0 && bounds.contains(time));
        time.ok_or_else(|| {
            let (least, most) = (shown(*bounds.start()), shown(*bounds.end()));
            format!("is {text:?}; expected a time such as 500ms, 10s or 7d, from {least} to {most}")
        })
    }
}

fn shown(time: Duration) -> String {
    match time.as_millis() {
        ms if ms % 86_400_000 == 0 => format!("{}d", ms / 86_400_000),
        ms if ms % 3_600_000 == 0 => format!("{}h", ms / 3_600_000),
        ms if ms % 60_000 == 0 => format!("{}m", ms / 60_000),
        ms if ms % 1_000 == 0 => format!("{}s", ms / 1_000),
        ms => format!("{ms}ms"),
    }
}

/// A file or a directory.
pub(super) fn path(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() {
        return Err("is empty; name a file or a directory".to_owned());
    }
    Ok(PathBuf::from(text))
}

/// Yes or no.
pub(super) fn switch(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        _ => Err(format!("is {text:?}; expected true or false")),
    }
}

/// A list separated by commas, each entry understood by itself. Empty text is an empty list.
pub(super) fn list<T>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let entries = text
        .split(',')
        .map(str::trim)
        .filter(|entry| !entry.is_empty());
    entries.map(parse).collect()
}

/// The address of a web site without anything after its host and port.
pub(super) fn origin(text: &str) -> Result<Url, String> {
    let expected = || format!("is {text:?}; expected an address such as https://app.example.com");
    let url = Url::parse(text).map_err(|_| expected())?;
    let bare = matches!(url.scheme(), "http" | "https")
        && url.host().is_some()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if bare { Ok(url) } else { Err(expected()) }
}
