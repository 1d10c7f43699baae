//! What the reference implementations of each protocol say.
//!
//! They are JavaScript, fetched by npm into the target directory. A machine without npm, or
//! without its registry, skips them and says so.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::OnceCell;

use crate::toy::Server;

const PACKAGES: [&str; 5] = [
    "graphql@16",
    "graphql-http@1.23.1",
    "graphql-ws@6",
    "ws@8",
    "graphql-sse@2.6.1",
];

/// The folder with the packages; `None` when they cannot be had.
async fn packages() -> Option<&'static PathBuf> {
    static FOLDER: OnceCell<Option<PathBuf>> = OnceCell::const_new();
    FOLDER.get_or_init(install).await.as_ref()
}

async fn install() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers");
    let done = folder.join("installed");
    if done.exists() {
        return Some(folder);
    }
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(
        folder.join("package.json"),
        "{\"private\":true,\"type\":\"module\"}",
    )
    .unwrap();
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund"])
        .args(PACKAGES)
        .current_dir(&folder);
    let output = match npm.kill_on_drop(true).output().await {
        Ok(output) => output,
        Err(error) => {
            println!("skipped: npm cannot be started ({error})");
            return None;
        }
    };
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr);
        println!("skipped: npm cannot install the peers: {reason}");
        return None;
    }
    std::fs::write(done, "").unwrap();
    Some(folder)
}

async fn agrees(script: &str) {
    let Some(folder) = packages().await else {
        return;
    };
    // Packages are looked up from where the script is.
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/transport/peers")
        .join(script);
    let copy = folder.join(script);
    std::fs::copy(source, &copy).unwrap();
    let server = Server::start().await;
    let mut node = Command::new("node");
    node.arg(&copy)
        .arg(server.url())
        .current_dir(folder)
        .kill_on_drop(true);
    let output = tokio::time::timeout(Duration::from_mins(1), node.output());
    let output = output
        .await
        .expect("the peer does not come to an end")
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complained}");
}

#[tokio::test]
async fn all_audits_of_graphql_http_pass() {
    agrees("audit.mjs").await;
}

#[tokio::test]
async fn the_client_of_graphql_ws_is_content() {
    agrees("ws.mjs").await;
}

#[tokio::test]
async fn the_client_of_graphql_sse_is_content() {
    agrees("sse.mjs").await;
}
