-- Exports of the history: rows of the projection audit.exports, and the queue of those to be made.
--
-- Why: an auditor asks for an archive and comes back for it. audit_exports says what became of each;
--   the log has who asked. audit_export_jobs is the queue of those that are not there yet: filled by
--   a reader of the log, in the transaction that moves its checkpoint, and worked off under a lease,
--   so that a process that dies loses nothing. Of each tenant the oldest is made first, and one at a
--   time.
-- Queries: a tenant's exports in order of (position, id); the oldest job of each tenant, of all
--   tenants, by audit_export_jobs_pk and audit_export_jobs_turn.
-- Locks: creates only.

create table audit_exports (
  tenant_id uuid not null,
  generation integer not null,
  id uuid not null,
  requested_by text not null,
  filter jsonb not null,
  state text not null,
  requested_at timestamptz not null,
  ended_at timestamptz,
  event_count bigint,
  tree_size bigint,
  bytes bigint,
  sha256 text,
  expires_at timestamptz,
  cause text,
  failed_position bigint,
  reason text,
  version bigint not null,
  position bigint not null,
  constraint audit_exports_pk primary key (tenant_id, generation, id),
  constraint audit_exports_state check (state in ('pending', 'ready', 'failed', 'expired')),
  constraint audit_exports_cause
    check (cause in ('altered', 'not_sealed', 'disk_full', 'given_up'))
);
create index audit_exports_position on audit_exports (tenant_id, generation, position, id);

alter table audit_exports enable row level security;
alter table audit_exports force row level security;
create policy tenant on audit_exports to daybook_app
  using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));

grant select, insert, update, delete on audit_exports to daybook_app;

create table audit_export_jobs (
  tenant_id uuid not null,
  export_id uuid not null,
  -- the position at which it was asked for: whose turn it is
  position bigint not null,
  -- not before; moved when an attempt failed
  due_at timestamptz not null default '-infinity',
  attempts integer not null default 0,
  -- while somebody is at it
  leased_until timestamptz,
  -- how far it is: events read, events in its range, events taken
  read bigint not null default 0,
  total bigint not null default 0,
  events bigint not null default 0,
  last_error text,
  constraint audit_export_jobs_pk primary key (tenant_id, export_id),
  constraint audit_export_jobs_turn unique (tenant_id, position)
) with (fillfactor = 70);
comment on table audit_export_jobs is
  'Exports that are not there yet. Filled by the reader react.exports.';

alter table audit_export_jobs enable row level security;
alter table audit_export_jobs force row level security;
create policy tenant on audit_export_jobs to daybook_app
  using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
create policy dispatch on audit_export_jobs to daybook_dispatch using (true) with check (true);

grant select, insert, update, delete on audit_export_jobs to daybook_app;
grant select, update, delete on audit_export_jobs to daybook_dispatch;
