//! How does a client reach the server?

use std::path::PathBuf;

use percent_encoding::{NON_ALPHANUMERIC, percent_encode, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};

/// Address and credentials of the superuser; its debug text does not show the password.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Always 127.0.0.1.
    pub host: String,
    /// The TCP port; it also names the socket.
    pub port: u16,
    /// The superuser.
    pub user: String,
    /// Its password.
    pub password: SecretString,
    /// The directory of the Unix socket, which only the server's account and root can enter.
    pub socket_dir: PathBuf,
}

impl Connection {
    /// A URL for this database over TCP, with the password in it.
    pub fn url(&self, database: &str) -> String {
        let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        format!(
            "postgres://{}:{}@{}:{}/{}",
            encode(&self.user),
            encode(self.password.expose_secret()),
            self.host,
            self.port,
            encode(database),
        )
    }

    /// A URL for this database over the socket, with the password in it: for processes of the
    /// server's account, and root's. A round trip costs them two thirds of one over TCP.
    ///
    /// The parameter `host` is libpq's, and overrules the address in front of it, which only says
    /// to people where the server is.
    pub fn socket_url(&self, database: &str) -> String {
        let directory = self.socket_dir.as_os_str().as_encoded_bytes();
        let directory = percent_encode(directory, NON_ALPHANUMERIC);
        format!("{}?host={directory}", self.url(database))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection() -> Connection {
        Connection {
            host: "127.0.0.1".to_owned(),
            port: 5433,
            user: "day@book".to_owned(),
            password: "pass:/word".to_owned().into(),
            socket_dir: "/tmp".into(),
        }
    }

    #[test]
    fn encodes_what_a_url_would_misread() {
        let url = connection().url("a/b?c");
        assert_eq!(
            url,
            "postgres://day%40book:pass%3A%2Fword@127.0.0.1:5433/a%2Fb%3Fc"
        );
        let url = connection().socket_url("a");
        assert_eq!(
            url,
            "postgres://day%40book:pass%3A%2Fword@127.0.0.1:5433/a?host=%2Ftmp"
        );
    }

    #[test]
    fn keeps_the_password_out_of_debug_output() {
        let text = format!("{:?}", connection());
        assert!(!text.contains("word\""), "{text}");
        assert!(text.contains("REDACTED"), "{text}");
    }
}
