//! A server that says it is PostgreSQL 14.9: as much of the protocol as asking for that takes.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

/// Starts it; it ends with this process. Returns its URL.
pub(crate) fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            // The client goes away as soon as it knows enough.
            thread::spawn(move || drop(talk(stream)));
        }
    });
    format!("postgres://old:secret@{address}/books?sslmode=disable")
}

fn talk(mut stream: TcpStream) -> std::io::Result<()> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut startup = vec![0; rest(length)];
    stream.read_exact(&mut startup)?;
    send(&mut stream, b'R', &[0, 0, 0, 0])?;
    send(&mut stream, b'S', b"server_version\x0014.9\0")?;
    send(&mut stream, b'K', &[0, 0, 0, 1, 0, 0, 0, 1])?;
    send(&mut stream, b'Z', b"I")?;
    loop {
        let mut head = [0; 5];
        stream.read_exact(&mut head)?;
        let mut body = vec![0; rest([head[1], head[2], head[3], head[4]])];
        stream.read_exact(&mut body)?;
        match head[0] {
            b'P' => send(&mut stream, b'1', &[])?,
            b'D' => describe(&mut stream)?,
            b'B' => send(&mut stream, b'2', &[])?,
            b'E' => {
                let mut row = vec![0, 2, 0, 0, 0, 4];
                row.extend(140_009_i32.to_be_bytes());
                row.extend([0, 0, 0, 4]);
                row.extend(b"14.9");
                send(&mut stream, b'D', &row)?;
                send(&mut stream, b'C', b"SELECT 1\0")?;
            }
            b'S' => send(&mut stream, b'Z', b"I")?,
            b'Q' => {
                send(&mut stream, b'C', b"SET\0")?;
                send(&mut stream, b'Z', b"I")?;
            }
            b'X' => return Ok(()),
            _ => {}
        }
    }
}

/// Two columns: an int4 and a text, in binary.
fn describe(stream: &mut TcpStream) -> std::io::Result<()> {
    send(stream, b't', &[0, 0])?;
    let mut columns = vec![0, 2];
    for (name, kind, size) in [("number", 23_u32, 4_i16), ("name", 25, -1)] {
        columns.extend(name.as_bytes());
        columns.extend([0, 0, 0, 0, 0, 0, 0]);
        columns.extend(kind.to_be_bytes());
        columns.extend(size.to_be_bytes());
        columns.extend([0xff, 0xff, 0xff, 0xff, 0, 1]);
    }
    send(stream, b'T', &columns)
}

fn send(stream: &mut TcpStream, kind: u8, body: &[u8]) -> std::io::Result<()> {
    let mut message = vec![kind];
    message.extend((u32::try_from(body.len()).unwrap() + 4).to_be_bytes());
    message.extend(body);
    stream.write_all(&message)
}

/// What follows the length, which counts itself.
fn rest(length: [u8; 4]) -> usize {
    usize::try_from(u32::from_be_bytes(length)).unwrap() - 4
}
