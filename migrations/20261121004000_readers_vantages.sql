-- Vantages: the read models of one tenant as of one position, kept for some minutes; and the
-- generation before the live one, kept so that a rebuild can be taken back.
--
-- Why: a list as of a position is answered by the queries that answer it live, from rows that the
--   same code posted, under a generation of its own: a negative number, which no rebuild uses. Its
--   builders are leased like every reader (state scratch), so that one that was killed cannot
--   write any more. A transaction that reads from a vantage holds its row; one that is held is
--   never taken away.
-- Queries: a vantage by (tenant_id, position, code); the count of a tenant's; those that nobody
--   used for a while, by the sweeper.
-- Locks: readers for a moment, to add a column and replace a check; it has a few rows.

create sequence vantage_generations as integer
  increment by -1 minvalue -2147483648 maxvalue -1 start with -1 cycle;

create table vantages (
  tenant_id uuid not null,
  generation integer not null,
  position bigint not null,
  log_position bigint not null,
  -- names and versions of the projections of the code that builds: other code builds its own
  code text not null,
  used_at timestamptz not null,
  -- its rows are going away
  retired boolean not null default false,
  constraint vantages_pk primary key (tenant_id, generation),
  constraint vantages_generation check (generation < 0)
);
create unique index vantages_one on vantages (tenant_id, position, code) where not retired;
comment on table vantages is
  'Read models of a tenant as of a position. A cache: dropped at any time, built again when asked.';

alter table vantages enable row level security;
alter table vantages force row level security;
create policy tenant on vantages to daybook_app
  using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
create policy dispatch on vantages to daybook_dispatch using (true) with check (true);

-- Update for the row lock of those who read; nothing is changed by them.
grant select, update on vantages to daybook_app;
grant select, insert, update, delete on vantages to daybook_dispatch;
grant usage on sequence vantage_generations to daybook_dispatch;

-- previous: was live before the live one, and can be again; scratch: of a vantage
alter table readers drop constraint readers_state;
alter table readers add constraint readers_state
  check (state in ('building', 'live', 'previous', 'scratch', 'retired'));
alter table readers add column replaced_at timestamptz;
