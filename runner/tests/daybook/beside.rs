//! Do commands that need the database work beside a running `up` with a private PostgreSQL, and
//! alone?

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use crate::process::{Process, ask, daybook, run};

const FILE: &str = "\
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
4711,LAMP,A lamp,2,2011-01-04 10:00,1.25,7,United Kingdom
";

/// Signs up, so that there is a mail.
fn sign_up(address: SocketAddr, email: &str) {
    let body =
        format!("{{\"email\":\"{email}\",\"password\":\"seven green lanterns\",\"name\":\"Ada\"}}");
    let request = format!(
        "POST /auth/signup HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let answer = ask(address, &request).unwrap();
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
}

/// What a command says that must go through.
#[track_caller]
fn said(data: &Path, arguments: &[&str]) -> String {
    let ended = run(&mut daybook(data, arguments));
    assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.stderr);
    ended.stdout
}

#[test]
fn import_and_mail_work_beside_up_and_alone() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    let file = data.join("lamps.csv");
    fs::write(&file, FILE).unwrap();
    let file = file.to_str().unwrap();
    let import = ["import", "invoices", file, "--tenant", "acme"];
    let mail = ["mail", "--last", "--to", "ada@example.com"];
    let mut up = Process::start(&mut daybook(data, &["up", "--demo"]));
    let address = up.ready();
    sign_up(address, "ada@example.com");
    let beside = said(data, &import);
    assert!(beside.contains("imported 1 documents"), "{beside}");
    let shown = said(data, &mail);
    assert!(shown.contains("Token: "), "{shown}");
    let health = "GET /health/ready HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let health = ask(address, health).unwrap();
    assert!(
        health.starts_with("HTTP/1.1 200"),
        "up is at work: {health}"
    );
    up.interrupt();
    assert_eq!(up.ends().code(), Some(0));
    // Alone they start the server for themselves, find what was there, and stop it again.
    let server = data.join("postgres/server/data/postmaster.pid");
    assert!(!server.exists());
    let alone = said(data, &import);
    assert!(alone.contains("imported 0 documents"), "{alone}");
    assert!(alone.contains("repeated 1 documents"), "{alone}");
    assert!(!server.exists());
    assert_eq!(said(data, &mail), shown);
    assert!(!server.exists());
}
