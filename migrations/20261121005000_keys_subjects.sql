-- Keys of data subjects: what personal fields in the log are sealed under.
--
-- Why: the log is for ever, what it says about a person is not. Personal fields of events are sealed
--   under a key of whom they are about; destroying that key erases them everywhere, in one row, and
--   leaves every byte that was hashed. A destroyed key leaves a tombstone, so that none is ever made
--   again for the same person. Keys are wrapped under the master key, which is not in the database.
--   A role of its own reads and destroys them: nobody who answers clients, reads the log or seals it
--   has any right here.
-- Queries: a key by subject_keys_pk; what was destroyed lately by subject_keys_destroyed; keys under
--   another master key by walking subject_keys_pk. An erasure deletes a subject's claims by reading
--   all claims, and its tenant's snapshots by snapshots_pk.
-- Locks: creates; a column on keys.signing_keys; policies and grants on claims and snapshots.

-- Which master keys wrap something here: one, and during a rotation two. One that was replaced does
-- not come back: a process that was not told would go on wrapping keys that nobody else opens.
create table keys.masters (
  -- 16 bytes of a digest of the key
  master_id bytea not null,
  retired_at timestamptz,
  constraint masters_pk primary key (master_id),
  constraint masters_id_length check (octet_length(master_id) = 16)
);

create table keys.subject_keys (
  tenant_id uuid not null,
  -- the stream of the person
  subject uuid not null,
  -- half of a digest of the key: what was sealed under it names it. Null: there never was a key
  key_id uuid,
  -- which master key wraps it; null once it is destroyed
  master_id bytea,
  -- the key, wrapped; see store/src/vault.rs. Null once it is destroyed
  sealed bytea,
  destroyed_at timestamptz,
  constraint subject_keys_pk primary key (tenant_id, subject),
  constraint subject_keys_whole check (
    (sealed is null) = (destroyed_at is not null) and (sealed is null) = (master_id is null)
      and (sealed is null or key_id is not null))
) with (fillfactor = 90);
comment on table keys.subject_keys is
  'Keys of data subjects, encrypted under the master key. Not to be rebuilt: without a key, what was sealed under it is erased.';
-- What a key was stays in its row's former version until that is vacuumed.
alter table keys.subject_keys set (autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0);

create index subject_keys_destroyed on keys.subject_keys (destroyed_at) where destroyed_at is not null;

-- A key is made, wrapped anew and destroyed; it never becomes another one and never comes back.
create function keys.refuse_key_change() returns trigger
language plpgsql set search_path = keys, pg_temp
as $$ begin
  if tg_op = 'UPDATE' and (old.tenant_id, old.subject) = (new.tenant_id, new.subject)
      and old.key_id is not distinct from new.key_id and old.destroyed_at is null then
    return new;
  end if;
  raise exception 'a key stays, or is destroyed for ever: this % on subject_keys is not possible', tg_op
    using errcode = 'DB009';
end $$;
create trigger subject_keys_stay before update or delete on keys.subject_keys
  for each row execute function keys.refuse_key_change();
create trigger subject_keys_stay_all before truncate on keys.subject_keys
  for each statement execute function keys.refuse_key_change();

-- Null: whichever master key there was before this column.
alter table keys.signing_keys add column master_id bytea;

create policy keys on claims to daybook_keys using (true);
create policy keys on snapshots to daybook_keys using (true);

grant usage on schema keys to daybook_keys;
grant select, insert, update (retired_at) on keys.masters to daybook_keys;
grant select, insert, update on keys.subject_keys to daybook_keys;
grant select, update (sealed, master_id) on keys.signing_keys to daybook_keys;
grant select (holder_tenant_id, stream_id), delete on claims to daybook_keys;
grant select (tenant_id), delete on snapshots to daybook_keys;
