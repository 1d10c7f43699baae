//! How does mail leave?

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use lettre::message::Mailbox;
use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::{Host, Url};

use super::parse;
use super::source::{Setting, Source};

const URL: Setting = Setting {
    key: "mail.smtp_url",
    variable: "DAYBOOK_SMTP_URL",
};
const AUTHORITY: Setting = Setting {
    key: "mail.smtp_ca",
    variable: "DAYBOOK_SMTP_CA",
};
const SENDER: Setting = Setting {
    key: "mail.from",
    variable: "DAYBOOK_MAIL_FROM",
};
const KEEP: Setting = Setting {
    key: "mail.keep",
    variable: "DAYBOOK_MAIL_KEEP",
};

const DAY: Duration = Duration::from_hours(24);

/// `[mail]`
#[derive(Debug, Clone)]
pub struct Mail {
    /// The server that takes our mail; none: mail is kept, and shown by `daybook mail`.
    pub smtp: Option<Smtp>,
    /// Who it is from, `Name <address>`; valid.
    pub from: String,
    /// How long mail is kept after it was sent or given up; its texts hold tokens.
    pub keep: Duration,
}

/// A mail server.
#[derive(Debug, Clone)]
pub struct Smtp {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the line is protected.
    pub tls: Tls,
    /// Name and password; none: it takes mail from anybody who can reach it.
    pub credentials: Option<(String, SecretString)>,
    /// Certificates (PEM) that are trusted besides the public ones.
    pub authority: Option<PathBuf>,
}

/// How the line to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// Not at all.
    None,
    /// STARTTLS, or no mail.
    Required,
    /// From the first byte.
    Implicit,
}

impl Mail {
    pub(super) fn read(source: &mut Source) -> Self {
        let from = source.get(SENDER, |text| match text.parse::<Mailbox>() {
            Ok(_) => Ok(text.to_owned()),
            Err(_) => Err(format!(
                "is {text:?}; expected an address such as Daybook <no-reply@example.com>"
            )),
        });
        let mut smtp = source.get(URL, Smtp::parse);
        let authority = source.get(AUTHORITY, |text| Ok(PathBuf::from(text)));
        if let Some(smtp) = &mut smtp {
            smtp.authority = authority;
        }
        Self {
            smtp,
            from: from.unwrap_or_else(|| "Daybook <daybook@localhost>".to_owned()),
            keep: source
                .get(KEEP, parse::time(DAY..=365 * DAY))
                .unwrap_or(7 * DAY),
        }
    }
}

impl Smtp {
    /// No reason repeats the text: it may hold a password.
    fn parse(text: &str) -> Result<Self, String> {
        const EXPECTED: &str =
            "expected smtp://user:password@host:587 or smtps://user:password@host";
        let url =
            Url::parse(text).map_err(|error| format!("is not an address ({error}); {EXPECTED}"))?;
        let Some(host) = url.host_str().filter(|host| !host.is_empty()) else {
            return Err(format!("names no host; {EXPECTED}"));
        };
        let tls = match (url.scheme(), tls_option(&url)?) {
            ("smtps", _) => Tls::Implicit,
            ("smtp", Some(tls)) => tls,
            ("smtp", None) if is_loopback(host) => Tls::None,
            ("smtp", None) => Tls::Required,
            (scheme, _) => return Err(format!("has the scheme {scheme:?}; {EXPECTED}")),
        };
        let usual_port = if tls == Tls::Implicit { 465 } else { 587 };
        let decode = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        let password = url.password().map(decode).unwrap_or_default();
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(usual_port),
            tls,
            credentials: (!url.username().is_empty())
                .then(|| (decode(url.username()), password.into())),
            authority: None,
        })
    }
}

fn tls_option(url: &Url) -> Result<Option<Tls>, String> {
    let mut tls = None;
    for (name, value) in url.query_pairs() {
        tls = match (name.as_ref(), value.as_ref()) {
            ("tls", "none") => Some(Tls::None),
            ("tls", "required") => Some(Tls::Required),
            _ => {
                return Err(format!(
                    "has the option {name}; expected ?tls=none or ?tls=required"
                ));
            }
        };
    }
    Ok(tls)
}

/// A server on this machine is seldom given a certificate, and nobody listens in between.
fn is_loopback(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Domain(name)) => {
            name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
        }
        Ok(Host::Ipv4(ip)) => ip.is_loopback(),
        Ok(Host::Ipv6(ip)) => ip.is_loopback(),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn lines_that_leave_the_machine_are_encrypted_unless_told_otherwise() {
        for (url, port, tls) in [
            ("smtp://127.0.0.1:1025", 1025, Tls::None),
            ("smtp://localhost", 587, Tls::None),
            ("smtp://[::1]:25", 25, Tls::None),
            ("smtp://mail.example.com", 587, Tls::Required),
            ("smtp://mail.example.com:25?tls=none", 25, Tls::None),
            ("smtp://127.0.0.1?tls=required", 587, Tls::Required),
            ("smtps://mail.example.com", 465, Tls::Implicit),
        ] {
            let smtp = Smtp::parse(url).unwrap();
            assert_eq!((smtp.port, smtp.tls), (port, tls), "{url}");
        }
    }

    #[test]
    fn credentials_are_decoded_and_never_shown() {
        let smtp = Smtp::parse("smtps://me%40example.com:p%3Ass@mail.example.com").unwrap();
        let (name, password) = smtp.credentials.as_ref().unwrap();
        assert_eq!(
            (name.as_str(), password.expose_secret()),
            ("me@example.com", "p:ss")
        );
        assert!(!format!("{smtp:?}").contains("p:ss"));
        for bad in [
            "http://u:hidden@h",
            "smtp://u:hidden@h?x=1",
            "u:hidden",
            "smtp://",
        ] {
            let reason = Smtp::parse(bad).unwrap_err();
            assert!(!reason.contains("hidden"), "{reason}");
        }
    }
}
