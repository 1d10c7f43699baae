-- A schema of its own for the rows that a replay builds and compares with the live ones.
--
-- Why: a replay's rows stood in the tables of the live ones, under a generation of their own. They were
--   deleted afterwards, slice by slice, and left dead rows and index entries among the live ones, as many
--   as the tenant has. Dropping a schema takes no time and leaves nothing. No login role may create objects:
--   these two functions make and drop a schema for a generation of the past, and nothing else.
-- Queries: as of the tables that are copied.
-- Locks: creates only.

-- Makes the schema for a generation, with a copy of each of these read models' tables: its columns,
-- constraints and indexes, the policy that keeps tenants apart, and no rows.
create function make_scratch_schema(p_generation integer, p_tables text[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$ declare
  name text := 'daybook_scratch_' || abs(p_generation::bigint);
  copied text;
begin
  if p_generation is null or p_generation >= 0 then
    raise exception 'a scratch schema is for a generation of the past, and not for %', p_generation
      using errcode = '22023';
  end if;
  execute format('create schema %I', name);
  foreach copied in array p_tables loop
    if not exists (
      select from pg_attribute
      where attrelid = to_regclass(format('daybook.%I', copied)) and attname = 'generation'
        and not attisdropped)
      -- they say which generations there are
      or copied in ('parked_streams', 'vantages')
    then
      raise exception '% is no read model''s table', copied using errcode = '22023';
    end if;
    execute format('create table %I.%I (like daybook.%I including all)', name, copied, copied);
    execute format('alter table %I.%I enable row level security', name, copied);
    execute format('alter table %I.%I force row level security', name, copied);
    execute format('create policy tenant on %I.%I to daybook_app '
      'using (tenant_id = (select daybook.current_tenant())) '
      'with check (tenant_id = (select daybook.current_tenant()))', name, copied);
    execute format('grant select, insert, update, delete on %I.%I to daybook_app', name, copied);
  end loop;
  execute format('grant usage on schema %I to daybook_app', name);
end $$;

-- Drops it, with all that is in it; nothing where there is none. Whoever works in it is waited for.
create function drop_scratch_schema(p_generation integer) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '2s'
  -- what goes with it is no news
  set client_min_messages = warning
as $$ declare
  name text := 'daybook_scratch_' || abs(p_generation::bigint);
begin
  if p_generation < 0 and to_regnamespace(name) is not null then
    execute format('drop schema if exists %I cascade', name);
  end if;
end $$;

revoke execute on function make_scratch_schema(integer, text[]), drop_scratch_schema(integer)
  from public;
grant execute on function make_scratch_schema(integer, text[]), drop_scratch_schema(integer)
  to daybook_app;
