//! The configuration from outside: a file and variables in, settings or faults out.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::time::Duration;

use secrecy::ExposeSecret;

use super::{Config, Environment, Faults, Format};

fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, OsString> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), OsString::from(*value));
    pairs.iter().map(owned).collect()
}

fn read(file: &str, pairs: &[(&str, &str)]) -> Result<Config, Faults> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("some.toml");
    fs::write(&path, file).unwrap();
    Config::read(Some(&path), variables(pairs))
}

fn faults(file: &str, pairs: &[(&str, &str)]) -> Vec<String> {
    let faults = read(file, pairs).unwrap_err();
    faults.0.iter().map(ToString::to_string).collect()
}

#[test]
fn everything_has_a_default() {
    let config = Config::read(None, variables(&[("DAYBOOK_DATA", "/nowhere/at/all")])).unwrap();
    assert_eq!(config.listen.addresses, ["127.0.0.1:8080".parse().unwrap()]);
    assert_eq!(config.environment, Environment::Development);
    assert_eq!(config.limits.header_time, Duration::from_secs(10));
    assert!(config.database.url.is_none());
    assert!(config.mail.smtp.is_none());
}

#[test]
fn a_variable_wins_over_the_file_and_the_file_over_the_default() {
    let file = "[listen]\naddresses = ['127.0.0.1:1', '[::1]:2']\n\
                [limits]\nconnections = 7\nheader_time = '3s'\n[log]\nformat = 'json'\n";
    let config = read(file, &[("DAYBOOK_LIMIT_CONNECTIONS", "9")]).unwrap();
    assert_eq!(config.listen.addresses.len(), 2);
    assert_eq!(config.limits.connections, 9);
    assert_eq!(config.limits.header_time, Duration::from_secs(3));
    assert_eq!(config.log.format, Format::Json);
    let config = read(file, &[("DAYBOOK_LISTEN", "localhost:5")]).unwrap();
    assert_eq!(config.listen.addresses, ["127.0.0.1:5".parse().unwrap()]);
}

#[test]
fn an_empty_variable_says_nothing() {
    let config = read(
        "[listen]\naddresses = '127.0.0.1:1'",
        &[("DAYBOOK_LISTEN", "")],
    )
    .unwrap();
    assert_eq!(config.listen.addresses, ["127.0.0.1:1".parse().unwrap()]);
}

#[test]
fn all_faults_are_listed_at_once() {
    let all = faults(
        "[listen]\naddresses = 'here'\n[limits]\nconections = 3\n[mail]\nkeep = '1y'\n",
        &[
            ("DATABASE_URL", "mysql://u:hidden@h/d"),
            ("DAYBOOK_LOG_FORMAT", "xml"),
            ("DAYBOOK_ENV", "staging"),
            ("DAYBOOK_PUBLIC_URL", "https://x.example/path"),
            ("DAYBOOK_CORS_ORIGINS", "https://a.example,*"),
        ],
    );
    let text = all.join("\n");
    assert_eq!(all.len(), 8, "{text}");
    for expected in [
        "listen.addresses has \"here\"; expected an address and a port",
        "limits.conections is not a setting",
        "did you mean limits.connections?",
        "mail.keep is \"1y\"; expected a time such as 500ms, 10s or 7d, from 1d to 365d",
        "DATABASE_URL is not a database URL",
        "DAYBOOK_LOG_FORMAT is \"xml\"; expected pretty or json",
        "DAYBOOK_ENV is \"staging\"",
        "DAYBOOK_PUBLIC_URL is \"https://x.example/path\"",
        "DAYBOOK_CORS_ORIGINS is \"*\"",
    ] {
        assert!(text.contains(expected), "{expected} is missing in:\n{text}");
    }
    assert!(!text.contains("hidden"), "{text}");
}

#[test]
fn a_file_that_is_no_toml_is_named_with_its_line() {
    let all = faults("[listen]\naddresses = \n", &[]);
    assert_eq!(all.len(), 1);
    assert!(all[0].contains("some.toml:2"), "{}", all[0]);
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let missing = std::path::Path::new("/nowhere/at/all.toml");
    let faults = Config::read(Some(missing), variables(&[])).unwrap_err();
    assert!(faults.to_string().contains("cannot be read"), "{faults}");
    let by_variable = variables(&[("DAYBOOK_CONFIG", "/nowhere/at/all.toml")]);
    assert!(Config::read(None, by_variable).is_err());
}

#[test]
fn the_file_in_the_data_directory_is_found() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(
        directory.path().join("daybook.toml"),
        "[workers]\nmails = 9",
    )
    .unwrap();
    let data = directory.path().to_str().unwrap();
    let config = Config::read(None, variables(&[("DAYBOOK_DATA", data)])).unwrap();
    assert_eq!(config.workers.mails, 9);
}

#[test]
fn secrets_are_not_shown() {
    let config = read(
        "",
        &[
            ("DATABASE_URL", "postgres://u:hidden@h/d"),
            ("DAYBOOK_SMTP_URL", "smtps://u:hidden@mail.example"),
        ],
    )
    .unwrap();
    assert!(!format!("{config:?}").contains("hidden"));
    let url = config.database.url.unwrap();
    assert_eq!(url.expose_secret(), "postgres://u:hidden@h/d");
}

#[test]
fn a_value_outside_of_every_section_is_a_fault() {
    let all = faults("listen = 'x'\n[mail]\nfrom = { a = 1 }\n", &[]);
    assert_eq!(all.len(), 2, "{all:?}");
}

#[test]
fn a_server_elsewhere_gets_more_connections_than_the_processors_can_keep_busy() {
    let connections = |url: &str| {
        let config = read("", &[("DATABASE_URL", url)]).unwrap();
        config.database.connections
    };
    let here = read("", &[]).unwrap().database.connections;
    assert!(here >= 4);
    for url in [
        "postgres://a:b@localhost/d",
        "postgres://a:b@127.0.0.1:6000/d",
        "postgres://a:b@[::1]/d",
        "postgres:///d?host=%2Fvar%2Frun",
        "postgres://a:b@ignored/d?host=/var/run",
    ] {
        assert_eq!(connections(url), here, "{url}");
    }
    for url in ["postgres://a:b@db.example/d", "postgres://a:b@10.0.0.1/d"] {
        assert_eq!(connections(url), 16, "{url}");
    }
    let chosen = &[
        ("DATABASE_URL", "postgres://a:b@db.example/d"),
        ("DAYBOOK_DATABASE_CONNECTIONS", "5"),
    ];
    assert_eq!(read("", chosen).unwrap().database.connections, 5);
}

#[test]
fn a_variable_that_was_meant_to_be_one_of_ours_is_a_fault() {
    let all = faults(
        "",
        &[
            ("DAYBOOK_SMPT_URL", "smtps://u:hidden@mail.example"),
            ("DAYBOOK_DATABASE_URL", "postgres://u:hidden@h/d"),
            ("DAYBOOK_LIMIT_CONECTIONS", "7"),
            ("DAYBOOK_MASTER_KEYFILE", "/keys/master"),
        ],
    );
    assert_eq!(
        all,
        [
            "DAYBOOK_DATABASE_URL is not a setting; did you mean DATABASE_URL?",
            "DAYBOOK_LIMIT_CONECTIONS is not a setting; did you mean DAYBOOK_LIMIT_CONNECTIONS?",
            "DAYBOOK_MASTER_KEYFILE is not a setting; did you mean DAYBOOK_MASTER_KEY_FILE?",
            "DAYBOOK_SMPT_URL is not a setting; did you mean DAYBOOK_SMTP_URL?",
        ]
    );
}

#[test]
fn variables_that_are_not_for_us_are_none_of_our_business() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let others = variables(&[
        ("DAYBOOK_CONFIG", file.path().to_str().unwrap()),
        ("DAYBOOK_LISTEN", "127.0.0.1:0"),
        ("DAYBOOK_LISTN", ""),
        ("DAYBOOK", "1"),
        ("MY_DAYBOOK_LISTN", "1"),
        ("DAYBOOK_TEST_SOMETHING", "1"),
        // A setting of another version, which need not know this one when it comes back.
        ("DAYBOOK_SOMETHING_NEWER", "1"),
        // What Kubernetes says of a service called daybook, and of one called daybook-postgres.
        ("DAYBOOK_SERVICE_HOST", "10.0.0.1"),
        ("DAYBOOK_SERVICE_PORT", "80"),
        ("DAYBOOK_SERVICE_PORT_HTTP", "80"),
        ("DAYBOOK_PORT", "tcp://10.0.0.1:80"),
        ("DAYBOOK_PORT_80_TCP", "tcp://10.0.0.1:80"),
        ("DAYBOOK_PORT_80_TCP_PROTO", "tcp"),
        ("DAYBOOK_PORT_80_TCP_PORT", "80"),
        ("DAYBOOK_PORT_80_TCP_ADDR", "10.0.0.1"),
        ("DAYBOOK_POSTGRES_SERVICE_HOST", "10.0.0.2"),
        ("DAYBOOK_POSTGRES_PORT", "tcp://10.0.0.2:5432"),
    ]);
    Config::read(None, others).unwrap();
}
