//! What is in a database, wherever it is and however it is written.

use sqlx::PgConnection;

/// Every text, JSON and byte column of every table of every schema holds none of these: not in
/// UTF-8, not in lower case, not in hexadecimal, not in base64 at any offset.
pub(crate) async fn assert_absent(connection: &mut PgConnection, secrets: &[&str]) {
    let found = found(connection, secrets).await;
    assert_eq!(found, [""; 0]);
}

/// Which of them is where.
pub(crate) async fn found(connection: &mut PgConnection, secrets: &[&str]) -> Vec<String> {
    let columns: Vec<(String, String, String)> = sqlx::query_as(
        "select n.nspname::text, c.relname::text, a.attname::text from pg_class c \
           join pg_namespace n on n.oid = c.relnamespace \
           join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped \
         where c.relkind in ('r', 'p', 'm') and n.nspname !~ '^pg_' \
           and n.nspname <> 'information_schema' \
           and a.atttypid::regtype::text ~ '^(text|bytea|jsonb?|character varying|name|citext)'",
    )
    .fetch_all(&mut *connection)
    .await
    .unwrap();
    assert!(
        columns
            .iter()
            .any(|it| it.1 == "events" && it.2 == "payload")
    );
    assert!(columns.iter().any(|it| it.0 == "keys"));
    let mut found = Vec::new();
    for (schema, table, column) in columns {
        // Bytes as they are: text in the database's encoding, which is UTF-8.
        let sql = format!(
            "select case when pg_typeof(x.v) = 'bytea'::regtype then x.v::text::bytea \
               else convert_to(x.v::text, 'utf8') end \
             from (select \"{column}\" as v from \"{schema}\".\"{table}\") x where x.v is not null"
        );
        let values: Vec<Vec<u8>> = sqlx::query_scalar(&sql)
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        for secret in secrets {
            if values.iter().any(|value| holds(value, secret)) {
                found.push(format!("{secret} in {schema}.{table}.{column}"));
            }
        }
    }
    found
}

/// Whether the bytes hold the text in any form that we write.
fn holds(bytes: &[u8], secret: &str) -> bool {
    let is_in = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    let spelt = [secret.to_owned(), secret.to_lowercase(), json_of(secret)];
    spelt.iter().any(|text| {
        let hex = hex::encode(text);
        is_in(text.as_bytes())
            || is_in(hex.as_bytes())
            || is_in(hex.to_uppercase().as_bytes())
            || base64_of(text.as_bytes()).iter().any(|form| is_in(form))
    })
}

fn json_of(text: &str) -> String {
    serde_json::to_string(text)
        .unwrap()
        .trim_matches('"')
        .to_owned()
}

/// The three ways in which base64 writes bytes within others, without what depends on neighbours.
fn base64_of(bytes: &[u8]) -> Vec<Vec<u8>> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let encode = |bytes: &[u8]| -> Vec<u8> {
        let (groups, _) = bytes.as_chunks::<3>();
        let digits = groups.iter().flat_map(|[a, b, c]| {
            let bits = u32::from_be_bytes([0, *a, *b, *c]);
            let digit = |shift: u32| usize::try_from((bits >> shift) & 63).unwrap();
            [18, 12, 6, 0].map(|shift| DIGITS[digit(shift)])
        });
        digits.collect()
    };
    (0..3).map(|skip| encode(&bytes[skip..])).collect()
}

#[test]
fn sees_a_text_however_it_is_written() {
    for form in [
        "xxAda.B",
        "xx4164612e42",
        "xxada.b",
        "QWRhLkI",
        "AAEFkYS5C",
        "xAFBZGEuQg",
    ] {
        assert!(holds(form.as_bytes(), "Ada.B"), "{form}");
    }
    assert!(!holds(b"Adb.B QWRiLkI", "Ada.B"));
}
