-- Keys that are made by the append itself.
--
-- Why: who begins a stream about a person writes under a key that nobody has made yet. Making it in a
--   transaction of its own costs a round trip before each such append, and a key that is committed
--   without its event, or waited for twice. Made in the append's own transaction it costs one row.
--   The writer of the log may call this function and has no other right here: it can add keys, and
--   neither read, change nor destroy one.
-- Queries: one row of masters by masters_pk; inserts into subject_keys by subject_keys_pk.
-- Locks: creates a function. A call holds an advisory lock in share with others until it commits;
--   ending the use of a master key takes it alone (store/src/personal/rewrap.rs).

-- Keeps new keys of those who have none, and returns how many; null: nothing may be kept under that
-- master key. With p_all it keeps all of them or raises: what is appended beside them is sealed under
-- just these.
create function keys.make(
  p_tenant uuid[], p_subject uuid[], p_key_id uuid[], p_sealed bytea[], p_master bytea, p_all boolean
) returns integer
language plpgsql security definer set search_path = keys, pg_temp
as $$ declare
  made integer;
begin
  -- Before the master key is looked at, in a statement of its own: a rotation that ended meanwhile is
  -- seen, and one that begins waits.
  perform pg_advisory_xact_lock_shared(7307);
  if exists (select from keys.masters where master_id = p_master and retired_at is null) then
    -- In one order everywhere, so that none waits for another that waits for it.
    insert into keys.subject_keys (tenant_id, subject, key_id, sealed, master_id)
      select t, s, k, w, p_master
      from unnest(p_tenant, p_subject, p_key_id, p_sealed) as u(t, s, k, w) order by t, s
      on conflict on constraint subject_keys_pk do nothing;
    get diagnostics made = row_count;
  end if;
  if p_all and made is distinct from cardinality(p_subject) then
    raise exception 'a key is there already, or its master key is not in use' using errcode = 'DB003';
  end if;
  return made;
end $$;
comment on function keys.make(uuid[], uuid[], uuid[], bytea[], bytea, boolean) is
  'Keeps new keys of data subjects; for who appends to the log and who makes keys, and nobody else.';
revoke execute on function keys.make(uuid[], uuid[], uuid[], bytea[], bytea, boolean) from public;
grant usage on schema keys to daybook_log;
grant execute on function keys.make(uuid[], uuid[], uuid[], bytea[], bytea, boolean)
  to daybook_log, daybook_keys;
