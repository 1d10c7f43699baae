//! A mail server for tests: the protocol is the crate mailin's, the line is ours.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use mailin::{Action, AuthMechanism, Handler, Response, Session, SessionBuilder, response};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A mail that arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) to: Vec<String>,
    pub(crate) text: String,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        let prefix = format!("{name}: ");
        let line = self
            .text
            .lines()
            .find(|line| line.starts_with(&prefix))
            .unwrap();
        line.trim_start_matches(&prefix)
    }
}

/// How the server treats mails, in the order of their arrival; the last one holds for the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Takes it.
    Takes,
    /// Takes it and goes away without saying so.
    HangsUp,
    /// Says not now.
    Busy,
    /// Says that there is nobody of this name.
    KnowsNobody,
}

/// A server that listens until this process ends.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) port: u16,
    received: Arc<Mutex<Vec<Received>>>,
}

/// The line is encrypted after STARTTLS, and mail is taken from those who know the password.
const CLOSED: (&str, &str) = ("courier", "open sesame");

/// The certificate that the encrypted server shows.
pub(crate) fn certificate() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/certificates/localhost.pem"
    ))
}

impl Server {
    /// A server that takes mail from anybody.
    pub(crate) fn open(moods: &[Mood]) -> Self {
        Self::start(TcpListener::bind("127.0.0.1:0").unwrap(), moods, None)
    }

    /// The same at a port that was known before.
    pub(crate) fn open_at(port: u16) -> Self {
        Self::start(
            TcpListener::bind(("127.0.0.1", port)).unwrap(),
            &[Mood::Takes],
            None,
        )
    }

    /// A server that wants STARTTLS and a password.
    pub(crate) fn closed() -> Self {
        let key = certificate().with_extension("key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from_pem_file(certificate()).unwrap()],
                PrivateKeyDer::from_pem_file(key).unwrap(),
            )
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self::start(listener, &[Mood::Takes], Some(Arc::new(tls)))
    }

    fn start(listener: TcpListener, moods: &[Mood], tls: Option<Arc<ServerConfig>>) -> Self {
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            received: Arc::default(),
        };
        let (received, moods) = (server.received.clone(), moods.to_vec());
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let post = Post {
                    received: received.clone(),
                    moods: moods.clone(),
                    open: tls.is_none(),
                    current: Received::default(),
                    mood: Mood::Takes,
                };
                let tls = tls.clone();
                // A client may go away at any time.
                thread::spawn(move || drop(converse(stream, post, tls)));
            }
        });
        server
    }

    /// What arrived so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// Waits until so many mails arrived.
    pub(crate) async fn receives(&self, count: usize) -> Vec<Received> {
        let until = Instant::now() + Duration::from_mins(1);
        loop {
            let received = self.received();
            if received.len() >= count {
                return received;
            }
            assert!(
                Instant::now() < until,
                "only {} mails of {count} came",
                received.len()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

struct Post {
    received: Arc<Mutex<Vec<Received>>>,
    moods: Vec<Mood>,
    open: bool,
    current: Received,
    mood: Mood,
}

impl Handler for Post {
    fn mail(&mut self, _ip: IpAddr, _domain: &str, _from: &str) -> Response {
        self.current = Received::default();
        let arrived = self.received.lock().unwrap().len();
        self.mood = self.moods[arrived.min(self.moods.len() - 1)];
        if self.open {
            response::OK
        } else {
            response::AUTHENTICATION_REQUIRED
        }
    }

    fn rcpt(&mut self, to: &str) -> Response {
        self.current.to.push(to.to_owned());
        match self.mood {
            Mood::KnowsNobody => {
                self.received.lock().unwrap().push(self.current.clone());
                response::NO_MAILBOX
            }
            Mood::Busy => {
                self.received.lock().unwrap().push(self.current.clone());
                response::INTERNAL_ERROR
            }
            Mood::Takes | Mood::HangsUp => response::OK,
        }
    }

    fn data(&mut self, line: &[u8]) -> std::io::Result<()> {
        self.current.text.push_str(&String::from_utf8_lossy(line));
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        self.received.lock().unwrap().push(self.current.clone());
        match self.mood {
            Mood::HangsUp => response::NO_SERVICE,
            Mood::Takes | Mood::Busy | Mood::KnowsNobody => response::OK,
        }
    }

    fn auth_plain(&mut self, _id: &str, name: &str, password: &str) -> Response {
        if (name, password) == CLOSED {
            self.open = true;
            response::AUTH_OK
        } else {
            response::INVALID_CREDENTIALS
        }
    }
}

fn converse(stream: TcpStream, post: Post, tls: Option<Arc<ServerConfig>>) -> std::io::Result<()> {
    let mut builder = SessionBuilder::new("mail.test");
    if tls.is_some() {
        builder.enable_start_tls().enable_auth(AuthMechanism::Plain);
    }
    let mut session = builder.build(IpAddr::V4(Ipv4Addr::LOCALHOST), post);
    let mut line = BufReader::new(stream);
    line.get_mut().write_all(&session.greeting().buffer()?)?;
    if listen(&mut line, &mut session)? == End::Upgrade
        && let Some(tls) = tls
    {
        let connection = ServerConnection::new(tls).unwrap();
        let mut line = BufReader::new(StreamOwned::new(connection, line.into_inner()));
        session.tls_active();
        listen(&mut line, &mut session)?;
    }
    Ok(())
}

#[derive(PartialEq, Eq)]
enum End {
    Closed,
    Upgrade,
}

fn listen<S: Read + Write>(
    line: &mut BufReader<S>,
    session: &mut Session<Post>,
) -> std::io::Result<End> {
    let mut text = Vec::new();
    loop {
        text.clear();
        if line.read_until(b'\n', &mut text)? == 0 {
            return Ok(End::Closed);
        }
        let answer = session.process(&text);
        if answer == response::NO_SERVICE {
            // Gone without a word.
            return Ok(End::Closed);
        }
        if answer.action != Action::NoReply {
            line.get_mut().write_all(&answer.buffer()?)?;
            line.get_mut().flush()?;
        }
        match answer.action {
            Action::Close => return Ok(End::Closed),
            Action::UpgradeTls => return Ok(End::Upgrade),
            Action::NoReply | Action::Reply => {}
        }
    }
}
