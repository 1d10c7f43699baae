//! Where are checkpoints kept that the operator is not to be able to take back?

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::parse;
use super::source::{Setting, Source};

const DIRECTORY: Setting = Setting {
    key: "audit.anchor_directory",
    variable: "DAYBOOK_ANCHOR_DIRECTORY",
};
const URL: Setting = Setting {
    key: "audit.anchor_url",
    variable: "DAYBOOK_ANCHOR_URL",
};
const MAIL_PACE: Setting = Setting {
    key: "audit.anchor_mail_every",
    variable: "DAYBOOK_ANCHOR_MAIL_EVERY",
};
const AUTHORITY: Setting = Setting {
    key: "audit.anchor_ca",
    variable: "DAYBOOK_ANCHOR_CA",
};
const PATIENCE: Setting = Setting {
    key: "audit.anchor_timeout",
    variable: "DAYBOOK_ANCHOR_TIMEOUT",
};
const BUCKET: Setting = Setting {
    key: "audit.anchor_s3_bucket",
    variable: "DAYBOOK_ANCHOR_S3_BUCKET",
};
const PREFIX: Setting = Setting {
    key: "audit.anchor_s3_prefix",
    variable: "DAYBOOK_ANCHOR_S3_PREFIX",
};
const ENDPOINT: Setting = Setting {
    key: "audit.anchor_s3_endpoint",
    variable: "DAYBOOK_ANCHOR_S3_ENDPOINT",
};
const STYLE: Setting = Setting {
    key: "audit.anchor_s3_style",
    variable: "DAYBOOK_ANCHOR_S3_STYLE",
};
const PACE: Setting = Setting {
    key: "audit.anchor_s3_every",
    variable: "DAYBOOK_ANCHOR_S3_EVERY",
};
// Under the names that whoever hands out such credentials gives them.
const REGION: Setting = Setting {
    key: "audit.anchor_s3_region",
    variable: "AWS_REGION",
};
const KEY: Setting = Setting {
    key: "audit.anchor_s3_key",
    variable: "AWS_ACCESS_KEY_ID",
};
const SECRET: Setting = Setting {
    key: "audit.anchor_s3_secret",
    variable: "AWS_SECRET_ACCESS_KEY",
};
const TOKEN: Setting = Setting {
    key: "audit.anchor_s3_token",
    variable: "AWS_SESSION_TOKEN",
};

const DAY: Duration = Duration::from_hours(24);

/// Anchors: what takes checkpoints out of the operator's reach.
#[derive(Debug, Clone)]
pub struct Anchors {
    /// Another directory that gets every checkpoint.
    pub directory: Option<PathBuf>,
    /// Where every checkpoint is posted to, over http or https.
    pub url: Option<Url>,
    /// A bucket that gets checkpoints.
    pub bucket: Option<Bucket>,
    /// The least time between two mails to those whom a tenant has chosen.
    pub mail_pace: Duration,
    /// Certificates (PEM) that are trusted besides the public ones.
    pub authority: Option<PathBuf>,
    /// How long an answer may take.
    pub patience: Duration,
}

/// A bucket of an object store that speaks S3.
#[derive(Debug, Clone)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// Where the store is reached, without the bucket.
    pub endpoint: Url,
    /// What requests are signed for.
    pub region: String,
    /// How the bucket is named in an address.
    pub style: Style,
    /// What names of objects begin with: empty, or with a slash at its end.
    pub prefix: String,
    /// Whose key it is.
    pub key: String,
    /// The secret half of the key.
    pub secret: SecretString,
    /// What comes with a key that is lent for a while; none for one that is kept.
    pub token: Option<SecretString>,
    /// The least time between two checkpoints of a tenant.
    pub pace: Duration,
}

/// How a bucket is named in an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `https://<endpoint>/<bucket>/…`
    Path,
    /// `https://<bucket>.<endpoint>/…`
    Host,
}

impl Anchors {
    pub(super) fn read(source: &mut Source) -> Self {
        let patience = parse::time(Duration::from_millis(100)..=Duration::from_mins(1));
        Self {
            directory: source.get(DIRECTORY, parse::path),
            url: source.get(URL, address),
            bucket: Bucket::read(source),
            mail_pace: source
                .get(MAIL_PACE, parse::time(Duration::from_secs(1)..=30 * DAY))
                .unwrap_or(DAY),
            authority: source.get(AUTHORITY, parse::path),
            patience: source
                .get(PATIENCE, patience)
                .unwrap_or(Duration::from_secs(15)),
        }
    }
}

impl Bucket {
    fn read(source: &mut Source) -> Option<Self> {
        let name = source.get(BUCKET, bucket_name);
        let prefix = source.get(PREFIX, prefix);
        let endpoint = source.get(ENDPOINT, endpoint);
        let style = source.get(STYLE, style);
        let pace = source.get(PACE, parse::time(Duration::from_millis(200)..=DAY));
        let name = name?;
        // Others have these for purposes of their own.
        let region = source.get(REGION, region);
        let key = source.get(KEY, given);
        let secret = source.get(SECRET, given);
        let token = source.get(TOKEN, given);
        for (setting, is_missing) in [(KEY, key.is_none()), (SECRET, secret.is_none())] {
            if is_missing {
                let text = "is missing; requests to the bucket are signed with it";
                source.fault(setting.variable, text);
            }
        }
        let region = region.unwrap_or_else(|| "us-east-1".to_owned());
        // A dot in the name would not fit the certificate for the names below the endpoint.
        let usual = if endpoint.is_some() || name.contains('.') {
            Style::Path
        } else {
            Style::Host
        };
        let endpoint = match endpoint {
            Some(endpoint) => endpoint,
            None => Url::parse(&format!("https://s3.{region}.amazonaws.com")).ok()?,
        };
        Some(Self {
            name,
            endpoint,
            region,
            style: style.unwrap_or(usual),
            prefix: prefix.unwrap_or_default(),
            key: key?,
            secret: secret?.into(),
            token: token.map(SecretString::from),
            pace: pace.unwrap_or(Duration::from_mins(1)),
        })
    }
}

fn address(text: &str) -> Result<Url, String> {
    // It may hold a secret.
    web(text).ok_or_else(|| {
        "is not an address of http or https; expected one such as https://anchor.example/in".into()
    })
}

fn endpoint(text: &str) -> Result<Url, String> {
    let url = web(text).filter(|url| {
        url.query().is_none() && url.username().is_empty() && url.password().is_none()
    });
    url.ok_or_else(|| {
        "is not where an object store is reached; expected an address such as \
         https://s3.eu-central-1.amazonaws.com"
            .into()
    })
}

fn web(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

fn bucket_name(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let is_name = (3..=63).contains(&text.len())
        && text.chars().all(fits)
        && edge(text.chars().next())
        && edge(text.chars().last())
        && !text.contains("..");
    if is_name {
        return Ok(text.to_owned());
    }
    Err(format!(
        "is {text:?}; expected the name of a bucket: 3 to 63 small letters, digits, dots and hyphens"
    ))
}

/// With a slash at its end.
fn prefix(text: &str) -> Result<String, String> {
    let fits = |part: &str| {
        let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        !part.is_empty() && part != "." && part != ".." && part.chars().all(letters)
    };
    let inner = text.trim_end_matches('/');
    if text.len() <= 200 && inner.split('/').all(fits) {
        return Ok(format!("{inner}/"));
    }
    Err(format!(
        "is {text:?}; expected what names of objects begin with, such as daybook/checkpoints"
    ))
}

fn style(text: &str) -> Result<Style, String> {
    match text {
        "path" => Ok(Style::Path),
        "host" => Ok(Style::Host),
        _ => Err(format!(
            "is {text:?}; expected path for <endpoint>/<bucket> or host for <bucket>.<endpoint>"
        )),
    }
}

fn region(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if text.len() <= 64 && text.chars().all(fits) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "is {text:?}; expected a region such as eu-central-1"
    ))
}

/// A secret: no reason repeats it.
fn given(text: &str) -> Result<String, String> {
    let is_one_word = text.chars().all(|c| c.is_ascii_graphic());
    if is_one_word {
        return Ok(text.to_owned());
    }
    Err("has characters that no key has; was it cut or pasted with others?".to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::ffi::OsString;

    use super::*;
    use crate::config::Config;

    fn read(pairs: &[(&str, &str)]) -> Result<Anchors, String> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), OsString::from(*value));
        let mut variables: BTreeMap<String, OsString> = pairs.iter().map(owned).collect();
        variables.insert("DAYBOOK_DATA".to_owned(), "/nowhere/at/all".into());
        let read = Config::read(None, variables);
        read.map(|config| config.audit.anchors)
            .map_err(|faults| faults.to_string())
    }

    const CREDENTIALS: [(&str, &str); 2] = [
        ("AWS_ACCESS_KEY_ID", "AKIA"),
        ("AWS_SECRET_ACCESS_KEY", "hidden"),
    ];

    #[test]
    fn a_bucket_of_aws_is_named_in_the_host_and_one_elsewhere_in_the_path() {
        let named = [
            ("DAYBOOK_ANCHOR_S3_BUCKET", "acme-anchors"),
            ("AWS_REGION", "eu-west-1"),
        ];
        let read = |more: &[(&str, &str)]| {
            let all = [&CREDENTIALS[..], &named[..], more].concat();
            read(&all).unwrap().bucket.unwrap()
        };
        let bucket = read(&[]);
        assert_eq!(
            bucket.endpoint.as_str(),
            "https://s3.eu-west-1.amazonaws.com/"
        );
        assert_eq!((bucket.style, bucket.prefix.as_str()), (Style::Host, ""));
        assert_eq!(bucket.pace, Duration::from_mins(1));
        assert!(!format!("{bucket:?}").contains("hidden"));
        let bucket = read(&[
            ("DAYBOOK_ANCHOR_S3_ENDPOINT", "http://127.0.0.1:9000"),
            ("DAYBOOK_ANCHOR_S3_PREFIX", "books/acme"),
        ]);
        assert_eq!(
            (bucket.style, bucket.prefix.as_str()),
            (Style::Path, "books/acme/")
        );
        let dotted = read(&[("DAYBOOK_ANCHOR_S3_BUCKET", "acme.anchors")]);
        assert_eq!(dotted.style, Style::Path);
    }

    #[test]
    fn credentials_for_something_else_are_nobody_s_business() {
        let anchors = read(&[("AWS_ACCESS_KEY_ID", "with a space"), ("AWS_REGION", "?")]);
        assert!(anchors.unwrap().bucket.is_none());
    }

    #[test]
    fn faults_say_what_is_expected_and_show_no_secret() {
        for (name, value, told) in [
            (
                "DAYBOOK_ANCHOR_URL",
                "ftp://u:hidden@h",
                "DAYBOOK_ANCHOR_URL is not",
            ),
            ("DAYBOOK_ANCHOR_S3_BUCKET", "No_Bucket", "name of a bucket"),
            (
                "DAYBOOK_ANCHOR_S3_PREFIX",
                "a/../b",
                "names of objects begin",
            ),
            (
                "DAYBOOK_ANCHOR_S3_ENDPOINT",
                "http://u:hidden@h",
                "object store",
            ),
            ("DAYBOOK_ANCHOR_S3_STYLE", "virtual", "expected path"),
            ("DAYBOOK_ANCHOR_S3_EVERY", "1ms", "from 200ms to 1d"),
            ("DAYBOOK_ANCHOR_MAIL_EVERY", "1h30", "from 1s to 30d"),
            ("DAYBOOK_ANCHOR_TIMEOUT", "1h", "from 100ms to 1m"),
            (
                "DAYBOOK_ANCHOR_S3_BUCKET",
                "acme",
                "AWS_SECRET_ACCESS_KEY is missing",
            ),
        ] {
            let fault = read(&[(name, value)]).unwrap_err();
            assert!(fault.contains(told), "{fault}");
            assert!(!fault.contains("hidden"), "{fault}");
        }
    }
}
