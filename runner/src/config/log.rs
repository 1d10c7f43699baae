//! What is logged, and in which form?

use tracing_subscriber::EnvFilter;

use super::source::{Setting, Source};

const FILTER: Setting = Setting {
    key: "log.filter",
    variable: "DAYBOOK_LOG",
};
const FORMAT: Setting = Setting {
    key: "log.format",
    variable: "DAYBOOK_LOG_FORMAT",
};

/// What is logged when nobody says: the cron library announces its own comings and goings.
const USUAL: &str = "info,tokio_cron_scheduler=warn";

/// `[log]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// `info`, or by target as in `info,daybook_store=debug`.
    pub filter: String,
    /// For people or for programs.
    pub format: Format,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

impl Log {
    pub(super) fn read(source: &mut Source) -> Self {
        let filter = source.get(FILTER, |text| match EnvFilter::try_new(text) {
            Ok(_) if !text.is_empty() => Ok(text.to_owned()),
            Ok(_) | Err(_) => Err(format!(
                "is {text:?}; expected a level or a filter such as info,daybook_store=debug"
            )),
        });
        let format = source.get(FORMAT, |text| match text {
            "pretty" => Ok(Format::Pretty),
            "json" => Ok(Format::Json),
            _ => Err(format!("is {text:?}; expected pretty or json")),
        });
        Self {
            filter: filter.unwrap_or_else(|| USUAL.to_owned()),
            format: format.unwrap_or(Format::Pretty),
        }
    }
}
