-- The event log: one gapless sequence of facts per database.
--
-- Why: everything else in Daybook is a reader of this table. Positions are handed out under the
--   lock of the one row of log_head, which is held until commit, so they become visible in order
--   and without gaps; a reader needs `log_position > $1 order by log_position` and nothing else.
-- Queries: tail by log_position; a tenant's history by (tenant_id, position); a stream by
--   (tenant_id, stream_id, version); a repeated command by (tenant_id, command_id).
-- Locks: creates only.

create function current_tenant() returns uuid
language sql stable parallel safe
as $$ select nullif(current_setting('app.tenant_id', true), '')::uuid $$;
comment on function current_tenant() is
  'The tenant of this transaction; null, and so no row at all, where none was set.';

create table log_head (
  one boolean not null default true,
  log_position bigint not null,
  recorded_at timestamptz not null,
  constraint log_head_pk primary key (one),
  constraint log_head_one check (one)
) with (fillfactor = 10);
insert into log_head (log_position, recorded_at) values (0, '2000-01-01T00:00:00Z');

create table events (
  log_position bigint not null,
  tenant_id uuid not null,
  position bigint not null,
  stream_type text not null,
  stream_id uuid not null,
  version bigint not null,
  event_type text not null,
  event_version smallint not null,
  event_id uuid not null,
  command_id uuid not null,
  correlation_id uuid not null,
  causation_id uuid,
  actor text not null,
  request bytea not null,
  recorded_at timestamptz not null,
  payload bytea not null,
  -- fields encrypted under a key of their data subject; null where the event has none
  personal bytea,
  leaf_hash bytea not null,
  constraint events_pk primary key (log_position),
  constraint events_tenant_position unique (tenant_id, position),
  constraint events_stream_version unique (tenant_id, stream_id, version),
  constraint events_leaf_hash_length check (octet_length(leaf_hash) = 32)
);
-- Percentages never fire on a big table that only grows.
alter table events set (
  autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 500000,
  autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 500000
);

create table commands (
  tenant_id uuid not null,
  command_id uuid not null,
  fingerprint bytea not null,
  position bigint not null,
  count integer not null,
  constraint commands_pk primary key (tenant_id, command_id)
);

create table claims (
  tenant_id uuid not null,
  scope text not null,
  value text not null,
  holder_tenant_id uuid not null,
  stream_id uuid not null,
  constraint claims_pk primary key (tenant_id, scope, value)
);
comment on column claims.tenant_id is
  'Where the value is unique: the tenant, or the platform''s own tenant for platform-wide values.';

create table counters (
  tenant_id uuid not null,
  name text not null,
  value bigint not null,
  constraint counters_pk primary key (tenant_id, name)
) with (fillfactor = 70);

create table snapshots (
  tenant_id uuid not null,
  stream_id uuid not null,
  stream_type text not null,
  state_version smallint not null,
  version bigint not null,
  state bytea not null,
  constraint snapshots_pk primary key (tenant_id, stream_id)
);
comment on table snapshots is
  'A cache of folded states. Never authoritative: dropped where state_version differs.';

create function refuse_change() returns trigger
language plpgsql set search_path = daybook, pg_temp
as $$ begin
  raise exception 'the event log is append-only: % on % is not possible', tg_op, tg_table_name
    using errcode = 'DB009';
end $$;
-- Per statement: a statement that row security lets see no row is refused as well.
create trigger events_append_only before update or delete or truncate on events
  for each statement execute function refuse_change();
create trigger commands_append_only before update or delete or truncate on commands
  for each statement execute function refuse_change();

-- Settles what a batch's events declared: values given back are freed first, then values are
-- taken, then counters moved. n_least and n_most limit a counter's value before the batch, which
-- says the same about every move of the batch, whatever its sign. Raises when somebody else holds a
-- value or a counter left its limits; the writer then looks at the batch's commands one by one.
create function log_settle(
  r_tenant uuid[], r_scope text[], r_value text[], r_holder uuid[], r_stream uuid[],
  t_tenant uuid[], t_scope text[], t_value text[], t_holder uuid[], t_stream uuid[],
  n_tenant uuid[], n_name text[], n_delta bigint[], n_least bigint[], n_most bigint[]
) returns void
language plpgsql
as $$ begin
  delete from daybook.claims c
    using unnest(r_tenant, r_scope, r_value, r_holder, r_stream) as u(t, sc, v, h, s)
    where c.tenant_id = u.t and c.scope = u.sc and c.value = u.v
      and c.holder_tenant_id = u.h and c.stream_id = u.s;
  insert into daybook.claims as c (tenant_id, scope, value, holder_tenant_id, stream_id)
    select t, sc, v, h, s
    from unnest(t_tenant, t_scope, t_value, t_holder, t_stream) as u(t, sc, v, h, s)
    on conflict on constraint claims_pk do nothing;
  perform from unnest(t_tenant, t_scope, t_value, t_holder, t_stream) as u(t, sc, v, h, s)
    join daybook.claims c on c.tenant_id = u.t and c.scope = u.sc and c.value = u.v
    where c.holder_tenant_id <> u.h or c.stream_id <> u.s;
  if found then raise exception 'a claimed value is held by another' using errcode = 'DB001'; end if;
  insert into daybook.counters as c (tenant_id, name, value)
    select t, n, d from unnest(n_tenant, n_name, n_delta) as u(t, n, d)
    on conflict on constraint counters_pk do update set value = c.value + excluded.value;
  perform from unnest(n_tenant, n_name, n_delta, n_least, n_most) as u(t, n, d, least, most)
    join daybook.counters c on c.tenant_id = u.t and c.name = u.n
    where c.value - u.d < u.least or c.value - u.d > u.most;
  if found then raise exception 'a counter left its limits' using errcode = 'DB002'; end if;
end $$;

-- Appends one batch; returns the new head, or null when another writer moved it meanwhile.
-- Everything is computed outside; here is nothing but the compare-and-swap and flat inserts. Names
-- are qualified: a search_path of its own would be set and reset with every call. Arrays are unnested
-- side by side in the select list: in the from clause each would first be written to a store.
create function log_append(
  p_head bigint, p_recorded_at timestamptz,
  e_tenant uuid[], e_position bigint[], e_stream_type text[], e_stream uuid[], e_version bigint[],
  e_type text[], e_type_version smallint[], e_id uuid[], e_command uuid[], e_correlation uuid[],
  e_causation uuid[], e_actor text[], e_request bytea[], e_payload bytea[], e_personal bytea[],
  e_leaf bytea[],
  c_tenant uuid[], c_command uuid[], c_fingerprint bytea[], c_position bigint[], c_count integer[],
  r_tenant uuid[], r_scope text[], r_value text[], r_holder uuid[], r_stream uuid[],
  t_tenant uuid[], t_scope text[], t_value text[], t_holder uuid[], t_stream uuid[],
  n_tenant uuid[], n_name text[], n_delta bigint[], n_least bigint[], n_most bigint[]
) returns bigint
language plpgsql
as $$ begin
  update daybook.log_head
    set log_position = p_head + cardinality(e_id), recorded_at = p_recorded_at
    where log_position = p_head and recorded_at <= p_recorded_at;
  if not found then return null; end if;
  insert into daybook.events (
      log_position, tenant_id, position, stream_type, stream_id, version, event_type,
      event_version, event_id, command_id, correlation_id, causation_id, actor, request,
      recorded_at, payload, personal, leaf_hash)
    select p_head + generate_subscripts(e_id, 1), unnest(e_tenant), unnest(e_position),
      unnest(e_stream_type), unnest(e_stream), unnest(e_version), unnest(e_type),
      unnest(e_type_version), unnest(e_id), unnest(e_command), unnest(e_correlation),
      unnest(e_causation), unnest(e_actor), unnest(e_request), p_recorded_at, unnest(e_payload),
      unnest(e_personal), unnest(e_leaf);
  insert into daybook.commands (tenant_id, command_id, fingerprint, position, count)
    select unnest(c_tenant), unnest(c_command), unnest(c_fingerprint), unnest(c_position),
      unnest(c_count);
  if cardinality(r_tenant) + cardinality(t_tenant) + cardinality(n_tenant) > 0 then
    perform daybook.log_settle(r_tenant, r_scope, r_value, r_holder, r_stream,
      t_tenant, t_scope, t_value, t_holder, t_stream, n_tenant, n_name, n_delta, n_least, n_most);
  end if;
  return p_head + cardinality(e_id);
end $$;

alter table events enable row level security;
alter table events force row level security;
create policy tenant on events for select to daybook_app
  using (tenant_id = (select current_tenant()));
create policy log on events to daybook_log using (true) with check (true);
alter table commands enable row level security;
alter table commands force row level security;
create policy tenant on commands for select to daybook_app
  using (tenant_id = (select current_tenant()));
create policy log on commands to daybook_log using (true) with check (true);
alter table claims enable row level security;
alter table claims force row level security;
create policy tenant on claims for select to daybook_app
  using (tenant_id = (select current_tenant()));
create policy log on claims to daybook_log using (true) with check (true);
alter table counters enable row level security;
alter table counters force row level security;
create policy tenant on counters for select to daybook_app
  using (tenant_id = (select current_tenant()));
create policy log on counters to daybook_log using (true) with check (true);
alter table snapshots enable row level security;
alter table snapshots force row level security;
create policy tenant on snapshots to daybook_app
  using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));

grant select, update on log_head to daybook_log;
grant select on log_head to daybook_app, daybook_dispatch;
grant select, insert on events, commands to daybook_log;
grant select, insert, delete on claims to daybook_log;
grant select, insert, update on counters to daybook_log;
grant select on events, commands, claims, counters to daybook_app;
grant select, insert, update, delete on snapshots to daybook_app;
