//! How a tenant looks to those who deal with it.

use std::fmt::{self, Display};

use serde::{Deserialize, Serialize};

use super::domain_name::DomainName;
use crate::kernel::FieldError;

/// A tenant's looks; whatever is none is Daybook's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Branding {
    /// Where the logo lies.
    pub logo_url: Option<LogoUrl>,
    /// The colour of headings and buttons.
    pub primary_colour: Option<Colour>,
    /// The colour that sets things off.
    pub accent_colour: Option<Colour>,
}

/// A colour as `#rrggbb`, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Colour(String);

/// An `https` address of a picture, at most 2,048 bytes of ASCII, on a named host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LogoUrl(String);

impl Colour {
    /// Reads `#` and six hexadecimal digits.
    ///
    /// # Errors
    /// When it is not of that form.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, FieldError> {
        let colour = text.trim().to_ascii_lowercase();
        let digits = colour.strip_prefix('#').unwrap_or_default();
        if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(Self(colour));
        }
        Err(FieldError::Malformed {
            field,
            expected: "a colour such as #1a2b3c",
        })
    }
}

impl LogoUrl {
    /// The most bytes.
    pub const MAX_BYTES: usize = 2_048;

    /// Reads an address. A user name, an IP address or a host without a dot is refused: the
    /// picture is fetched by other people's mail programs and browsers.
    ///
    /// # Errors
    /// When it is not of that form.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, FieldError> {
        let url = text.trim();
        if url.len() > Self::MAX_BYTES {
            return Err(FieldError::TooLong {
                field,
                max: Self::MAX_BYTES,
            });
        }
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"'<>\\^`{|}".contains(&byte);
        let rest = url
            .strip_prefix("https://")
            .filter(|_| url.bytes().all(plain));
        let authority = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
        let (host, port) = match authority.unwrap_or_default().split_once(':') {
            Some((host, port)) => (host, port),
            None => (authority.unwrap_or_default(), "443"),
        };
        let is_port = port
            .parse::<u16>()
            .is_ok_and(|number| number.to_string() == port);
        if is_port && DomainName::parse(field, host).is_ok() {
            return Ok(Self(url.to_owned()));
        }
        Err(FieldError::Malformed {
            field,
            expected: "an https address on a named host",
        })
    }
}

impl Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Display for LogoUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_colours() {
        let colour = Colour::parse("primaryColour", " #1A2b3C ").unwrap();
        assert_eq!(colour.to_string(), "#1a2b3c");
        for bad in [
            "", "#", "1a2b3c", "#12345", "#1234567", "#12345g", "red", "#12 456",
        ] {
            assert!(Colour::parse("primaryColour", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn reads_addresses_of_pictures() {
        for good in [
            "https://cdn.example.com/logo.svg",
            "https://cdn.example.com:8443/a?b=c#d",
            "https://cdn.example.com",
        ] {
            assert_eq!(LogoUrl::parse("logoUrl", good).unwrap().to_string(), good);
        }
        for bad in [
            "",
            "http://cdn.example.com/logo.svg",
            "HTTPS//cdn.example.com",
            "https://",
            "https://localhost/logo.svg",
            "https://127.0.0.1/logo.svg",
            "https://[::1]/logo.svg",
            "https://user@cdn.example.com/",
            "https://cdn.example.com:0x50/",
            "https://cdn.example.com:99999/",
            "https://cdn.example.com/a b",
            "https://cdn.example.com/\"onload=",
            "https://cdn.example.com\\@evil.example/",
            "javascript:alert(1)",
        ] {
            assert!(LogoUrl::parse("logoUrl", bad).is_err(), "{bad}");
        }
        let long = |n: usize| format!("https://a.example/{}", "x".repeat(n - 18));
        assert!(LogoUrl::parse("logoUrl", &long(2_048)).is_ok());
        assert!(LogoUrl::parse("logoUrl", &long(2_049)).is_err());
    }
}
