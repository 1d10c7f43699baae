-- Timers: what is to happen at a time, once.
--
-- Why: a tenant's due dates pass whether or not a process runs, so they are kept here and found by
--   whoever runs next. Timers are set and cleared by a reader of the log, in the transaction that
--   moves its checkpoint. A timer is about a subject, and setting it again moves it. One that
--   stands for a day begins with that day in the tenant's own time zone, and moves with the zone.
-- Queries: what is due, of all tenants, by timers_due; a tenant's timers by key.
-- Locks: creates only.

create table timers (
  tenant_id uuid not null,
  -- what is to happen, context.what; frozen once used
  kind text not null,
  subject_id uuid not null,
  -- when it is to happen
  fire_at timestamptz not null,
  -- the day it stands for; null where it stands for an instant
  fire_on date,
  -- the event that set it
  set_by uuid not null,
  -- when to look at it next: fire_at, or later when it could not happen
  due_at timestamptz not null,
  attempts integer not null default 0,
  -- while somebody is at it
  leased_until timestamptz,
  last_error text,
  constraint timers_pk primary key (tenant_id, kind, subject_id)
) with (fillfactor = 70);
comment on table timers is 'What is to happen at a time. Set and cleared by the reader react.timers.';
-- Does not lead with the tenant: it serves the dispatcher, who claims across tenants.
create index timers_due on timers (due_at);

alter table timers enable row level security;
alter table timers force row level security;
create policy tenant on timers to daybook_app
  using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
create policy dispatch on timers to daybook_dispatch using (true) with check (true);

grant select, insert, update, delete on timers to daybook_app;
grant select, update, delete on timers to daybook_dispatch;
