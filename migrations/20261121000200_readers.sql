-- Readers of the log: who reads, how far, under which lease.
--
-- Why: a projection moves its checkpoint in the transaction that writes its rows, under the epoch
--   of its lease; a paused twin that wakes up holds an old epoch and cannot write. Rows of a read
--   model carry the generation that wrote them, so that a rebuilt generation grows beside the live
--   one and is switched to by changing one row here.
-- Queries: the live generation of a reader, inside every query of its read model, by
--   readers_one_live; the list, for operators.
-- Locks: creates only.

create table readers (
  name text not null,
  generation integer not null,
  -- of the code that writes the generation
  version integer not null,
  -- building: catches up beside the live one; live: what queries see; retired: rows are going
  state text not null,
  log_position bigint not null,
  epoch bigint not null default 0,
  holder uuid,
  heartbeat_at timestamptz,
  constraint readers_pk primary key (name, generation),
  constraint readers_state check (state in ('building', 'live', 'retired'))
) with (fillfactor = 20);
create unique index readers_one_live on readers (name) where state = 'live';

create table parked_streams (
  tenant_id uuid not null,
  reader text not null,
  generation integer not null,
  stream_id uuid not null,
  position bigint not null,
  event_type text not null,
  reason text not null,
  parked_at timestamptz not null,
  constraint parked_streams_pk primary key (tenant_id, reader, generation, stream_id)
);
comment on table parked_streams is
  'Streams a reader stopped at an event it cannot apply; its other streams went on.';

alter table parked_streams enable row level security;
alter table parked_streams force row level security;
create policy tenant on parked_streams to daybook_app
  using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
create policy dispatch on parked_streams to daybook_dispatch using (true) with check (true);

grant select, insert, update, delete on readers to daybook_app, daybook_dispatch;
grant select, insert, update, delete on parked_streams to daybook_app;
grant select, delete on parked_streams to daybook_dispatch;
