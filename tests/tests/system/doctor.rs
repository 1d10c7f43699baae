//! Does `daybook doctor` find everything that it knows to be wrong, and say what to do?

use std::fs;

use daybook_tests::{Ended, database, daybook, finished, run};
use tempfile::TempDir;

use crate::crash::{keep_master_key, open};
use crate::export::attack;

/// An installation that nobody runs.
struct Patient {
    url: String,
    data: TempDir,
}

impl Patient {
    async fn new() -> Self {
        let url = database().await;
        open(&url).await.close().await;
        let data = tempfile::tempdir().unwrap();
        keep_master_key(data.path());
        Self { url, data }
    }

    /// What the doctor says; with these settings.
    async fn doctor(&self, settings: &[(&str, &str)]) -> Ended {
        let settings = [&[("DATABASE_URL", self.url.as_str())], settings].concat();
        finished(daybook(self.data.path(), &["doctor"], &settings)).await
    }
}

/// Fails unless each of the findings is there, as grade, part, a piece of its text, and a piece of
/// what is to be done; nothing is to be done where that is empty.
#[track_caller]
fn must_say(ended: &Ended, findings: &[(&str, &str, &str, &str)]) {
    let lines: Vec<&str> = ended.text.lines().collect();
    for finding in findings {
        let (grade, part, text, advice) = finding;
        let head = format!("{grade:<8} {part:<12} ");
        let is_it = |line: &&str| line.starts_with(&head) && line.contains(text);
        let at = lines.iter().position(is_it);
        let at = at.unwrap_or_else(|| panic!("{finding:?} is missing in:\n{}", ended.text));
        let next = lines.get(at + 1).copied().unwrap_or_default().trim();
        let advised = next.strip_prefix("do: ").unwrap_or_default();
        assert_eq!(advice.is_empty(), advised.is_empty(), "{finding:?}: {next}");
        assert!(advised.contains(advice), "{finding:?}: {advised}");
    }
}

#[test]
fn it_finds_nothing_wrong_with_what_was_never_used() {
    run(async {
        let patient = Patient::new().await;
        let said = patient.doctor(&[]).await;
        let good = [
            ("server", "(DATABASE_URL)"),
            ("connections", "400 allowed"),
            ("clock", "as the server's"),
            ("size", "MiB in the database"),
            (
                "schema",
                "current; tenants are kept apart, the log only grows",
            ),
            ("log", "0 events, the newest 0 counted"),
            ("seal", "no tenant is stopped, 0 signing keys"),
            ("personal data", "0 people have keys, 0 were erased"),
            ("anchors", "none but the data directory is named"),
            ("mail", "no server is named: mail is kept"),
            ("outbox", "0 waiting"),
            ("timers", "none is late"),
        ];
        must_say(&said, &good.map(|(part, text)| ("ok", part, text, "")));
        let begun = "start `daybook up` or `daybook work`";
        let not_begun = ("warning", "readers", "not begun: identity.users, ", begun);
        must_say(&said, &[not_begun]);
        // In production somebody outside waits for mail.
        let said = patient.doctor(&[("DAYBOOK_ENV", "production")]).await;
        let no_server = ("warning", "mail", "no server is named", "DAYBOOK_SMTP_URL");
        must_say(&said, &[no_server]);
    });
}

/// What nobody does to a database on purpose.
const HARM: &str = "
    alter table crm_clients disable row level security;
    update log_head set log_position = 3;
    insert into readers (name, generation, version, state, log_position, holder, heartbeat_at) values
      ('crm.clients', 1, 1, 'live', 0, gen_random_uuid(), now() + interval '1 hour'),
      ('crm.fields', 1, 1, 'live', 9, null, null);
    insert into parked_streams values (gen_random_uuid(), 'crm.clients', 1, gen_random_uuid(), 1,
      'crm.client.registered', 'it cannot be read', now());
    insert into mail (tenant_id, effect_id, recipient, subject, body_text, state, enqueued_at, due_at,
      finished_at) values (gen_random_uuid(), gen_random_uuid(), 'a@example.com', 'x', 'x', 'given_up',
      now(), now(), now());
    insert into timers (tenant_id, kind, subject_id, fire_at, set_by, due_at) values
      (gen_random_uuid(), 'invoicing.overdue', gen_random_uuid(), now(), gen_random_uuid(),
      now() - interval '6 minutes');
    insert into audit_halts (tenant_id, position, reason, halted_at) values
      ('01920000-0000-7000-8000-000000000001', 7, 'event 7 is not what was recorded', now());
    insert into audit_checkpoints values
      (gen_random_uuid(), 1, sha256(''), 'a note', now() - interval '6 minutes');
    insert into keys.masters values ('\\x00112233445566778899aabbccddeeff', null);
    insert into keys.subject_keys (tenant_id, subject, key_id, master_id, sealed) values
      (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
      '\\x00112233445566778899aabbccddeeff', '\\x00');
";

#[test]
fn it_finds_all_that_was_done_to_a_database() {
    run(async {
        let patient = Patient::new().await;
        attack(&patient.url, HARM).await;
        let unsafe_writes = "do $$ begin
            execute format('alter database %I set synchronous_commit = off', current_database());
            end $$";
        attack(&patient.url, unsafe_writes).await;
        let anchor = patient.data.path().join("anchor").display().to_string();
        let settings = [
            ("DAYBOOK_LIMIT_LAG_EVENTS", "2"),
            ("DAYBOOK_ANCHOR_DIRECTORY", &anchor),
        ];
        let said = patient.doctor(&settings).await;
        assert_eq!(said.code, Some(1), "{}", said.text);
        let work = "start `daybook up` or `daybook work`";
        #[rustfmt::skip]
        let found = [
            ("FAULT", "durability", "synchronous_commit = off", "set them to on"),
            ("FAULT", "schema", "crm_clients", "undo what was changed by hand"),
            ("FAULT", "log", "it should end at 3 with 3 events", "restore a backup"),
            ("warning", "readers", "not begun: identity.users, ", work),
            ("warning", "readers", "nobody is at work on crm.fields", work),
            ("FAULT", "readers", "crm.fields has read to 9, 6 events more", "whole backup"),
            ("warning", "readers", "crm.clients is 3 events behind", "wait if it is"),
            ("FAULT", "readers", "crm.clients stopped at 1 streams", "rebuild crm.clients"),
            ("warning", "anchors", "directory lacks the last checkpoint of 1 tenants", work),
            ("warning", "outbox", "0 waiting, 1 given up", "says why each was given up"),
            ("warning", "timers", "1 are late by more than 5 minutes", work),
            ("FAULT", "seal", "000001 is not sealed from position 7 on", "daybook audit check"),
            ("FAULT", "master key", "does not open the keys", "from its backup"),
            ("warning", "master key", "1 keys are under another one", "daybook keys rewrap"),
        ];
        must_say(&said, &found);
        assert!(said.text.contains("7 things do not work"), "{}", said.text);
    });
}

#[test]
fn it_misses_the_master_key_and_those_who_carry_mail() {
    run(async {
        let patient = Patient::new().await;
        let later =
            "insert into mail (tenant_id, effect_id, recipient, subject, body_text, enqueued_at,
            due_at) select gen_random_uuid(), gen_random_uuid(), 'a@example.com', 'x', 'x', now(),
            now() - interval '6 minutes';
            insert into keys.masters values ('\\x00112233445566778899aabbccddeeff', null);
            insert into keys.subject_keys (tenant_id, subject, key_id, master_id, sealed) values
            (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
            '\\x00112233445566778899aabbccddeeff', '\\x00')";
        attack(&patient.url, later).await;
        fs::remove_file(patient.data.path().join("master.key")).unwrap();
        // Nobody listens there.
        let gone = format!("smtp://{}", crate::crash::free_address());
        let said = patient.doctor(&[("DAYBOOK_SMTP_URL", &gone)]).await;
        let address = gone.trim_start_matches("smtp://");
        #[rustfmt::skip]
        let found = [
            ("warning", "master key", "master.key is not here", "restore it from its backup"),
            ("FAULT", "mail", address, "correct DAYBOOK_SMTP_URL"),
            ("warning", "outbox", "1 waiting, the oldest for more", "start `daybook up`"),
        ];
        must_say(&said, &found);
        // Where no server is named, nobody is to carry it.
        let said = patient.doctor(&[]).await;
        must_say(&said, &[("ok", "outbox", "1 waiting", "")]);
    });
}
