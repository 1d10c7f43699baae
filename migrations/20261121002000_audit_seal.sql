-- The seal: per tenant the stored Merkle tree over its events, and what was signed of it.
--
-- Why: a stranger is to prove that a history is whole and unaltered. The tree is RFC 6962's over
--   the events' leaf hashes in position order (leaf index = position - 1), kept as tlog-tiles of 256
--   hashes; its signed heads are checkpoints, which only grow. One reader, audit.seal, writes all
--   of it, in the transaction that moves its checkpoint, under a role of its own: who answers
--   clients can sign nothing and cannot read a signing key. Private halves of keys lie in a schema
--   of their own, encrypted under the master key, so that a dump may leave them out.
-- Queries: the rightmost tiles of a tree, and tiles by level and number, by audit_tiles_pk; the
--   newest checkpoint of a tenant by audit_checkpoints_pk, backwards; the tiles that may hold an
--   event's leaf, by audit_tiles_events.
-- Locks: creates; a policy and a grant on events and readers.

create table audit_tiles (
  tenant_id uuid not null,
  -- 0: leaf hashes; each hash of a higher level is the root of a full tile below it
  level smallint not null,
  number bigint not null,
  -- up to 256 hashes of 32 bytes; fewer in the last tile of a level, which grows
  hashes bytea not null,
  -- of a tile of leaves: the least and the greatest id of its events, which are ordered by time but
  -- for a little: where an event is found by its id without an index on the log
  least_event uuid,
  greatest_event uuid,
  constraint audit_tiles_pk primary key (tenant_id, level, number),
  constraint audit_tiles_level check (level between 0 and 7),
  constraint audit_tiles_number check (number >= 0),
  constraint audit_tiles_width
    check (octet_length(hashes) between 32 and 8192 and octet_length(hashes) % 32 = 0),
  constraint audit_tiles_events
    check ((level = 0) = (least_event is not null) and (level = 0) = (greatest_event is not null))
) with (fillfactor = 80);
comment on table audit_tiles is 'The sealed trees. Written by the reader audit.seal.';
-- Hashes do not compress: trying costs time.
alter table audit_tiles alter column hashes set storage external;

create index audit_tiles_events on audit_tiles (tenant_id, greatest_event, least_event, number)
  where level = 0;

-- A full tile is never changed, and no tile ever loses or changes a hash that it has.
create function refuse_tile_change() returns trigger
language plpgsql set search_path = daybook, pg_temp
as $$ begin
  if tg_op = 'UPDATE' and (old.tenant_id, old.level, old.number) = (new.tenant_id, new.level, new.number)
      and octet_length(new.hashes) > octet_length(old.hashes)
      and substring(new.hashes for octet_length(old.hashes)) = old.hashes then
    return new;
  end if;
  raise exception 'a sealed tree only grows: this % on audit_tiles is not possible', tg_op
    using errcode = 'DB009';
end $$;
create trigger audit_tiles_grow_only before update or delete on audit_tiles
  for each row execute function refuse_tile_change();
create trigger audit_tiles_stay before truncate on audit_tiles
  for each statement execute function refuse_change();

create table audit_checkpoints (
  tenant_id uuid not null,
  -- how many events it is about: positions 1 to size
  size bigint not null,
  root bytea not null,
  -- the C2SP signed note, as it is served
  note text not null,
  signed_at timestamptz not null,
  constraint audit_checkpoints_pk primary key (tenant_id, size),
  constraint audit_checkpoints_size check (size > 0),
  constraint audit_checkpoints_root_length check (octet_length(root) = 32)
);
comment on table audit_checkpoints is
  'Signed tree heads: at most one of a size, for ever. Written by the reader audit.seal.';
create trigger audit_checkpoints_append_only before update or delete or truncate on audit_checkpoints
  for each statement execute function refuse_change();

-- Where sealing stopped, and why. It goes on only when an operator says so.
create table audit_halts (
  tenant_id uuid not null,
  -- the first event that is not sealed
  position bigint not null,
  reason text not null,
  halted_at timestamptz not null,
  -- whether an operator said to go on; the sealer then does, and takes the row away
  resume boolean not null default false,
  constraint audit_halts_pk primary key (tenant_id)
);

-- Public halves of every key that ever signed: they are served for ever.
create table audit_keys (
  key_id uuid not null,
  -- Ed25519
  public_key bytea not null,
  created_at timestamptz not null,
  -- the last key of a rotation signs beside the new one until then; null while it is the newest
  signs_until timestamptz,
  constraint audit_keys_pk primary key (key_id),
  constraint audit_keys_public_key_length check (octet_length(public_key) = 32)
);

create schema keys;
comment on schema keys is
  'Key material, encrypted under the master key. Cannot be rebuilt; worth nothing without that key.';
create table keys.signing_keys (
  key_id uuid not null,
  -- nonce and ciphertext; see store/src/vault.rs
  sealed bytea not null,
  constraint signing_keys_pk primary key (key_id)
);

alter table audit_tiles enable row level security;
alter table audit_tiles force row level security;
create policy tenant on audit_tiles for select to daybook_app
  using (tenant_id = (select current_tenant()));
create policy seal on audit_tiles to daybook_seal using (true) with check (true);
alter table audit_checkpoints enable row level security;
alter table audit_checkpoints force row level security;
create policy tenant on audit_checkpoints for select to daybook_app
  using (tenant_id = (select current_tenant()));
create policy seal on audit_checkpoints to daybook_seal using (true) with check (true);
alter table audit_halts enable row level security;
alter table audit_halts force row level security;
create policy tenant on audit_halts for select to daybook_app
  using (tenant_id = (select current_tenant()));
create policy seal on audit_halts to daybook_seal using (true) with check (true);
create policy seal on events for select to daybook_seal using (true);

grant select on audit_tiles, audit_checkpoints, audit_halts, audit_keys to daybook_app;
grant select, insert, update on audit_tiles to daybook_seal;
grant select, insert on audit_checkpoints to daybook_seal;
grant select, insert, update, delete on audit_halts to daybook_seal;
grant select, insert, update (signs_until) on audit_keys to daybook_seal;
grant usage on schema keys to daybook_seal;
grant select, insert on keys.signing_keys to daybook_seal;
grant select on events to daybook_seal;
-- The reader's checkpoint moves with what it wrote.
grant select, update (log_position, heartbeat_at) on readers to daybook_seal;
