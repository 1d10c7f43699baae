-- What in the catalogue breaks the isolation of tenants, one row per fault; none when it holds.
--
-- $1 the login roles: app, log, dispatch, seal, keys, in this order
-- $2 tables without tenants
-- $3 tables of which daybook_log may see all rows
-- $4 tables of which daybook_dispatch may see all rows
-- $5 unique indexes that need not begin with the tenant
-- $6 functions that may run as their owner
-- $7 tables of which daybook_seal may see all rows
-- $8 tables of which daybook_keys may delete rows, and see enough of them for that
-- $9 tables to which daybook_log may add rows, and see none
with
logins as (
  select oid, rolname::text as name from pg_roles where rolname = any ($1)
),
log as (
  select relowner as owner from pg_class where oid = 'daybook.events'::regclass
),
as_owner as (
  select n.nspname || '.' || p.proname as name, n.nspname as namespace, p.proowner as owner,
    p.proconfig as options, coalesce(p.proacl, acldefault('f', p.proowner)) as acl
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where p.prosecdef
),
relations as (
  select c.oid,
    -- of a scratch schema with its name: none of its tables is on a list
    case n.nspname when 'daybook' then '' else n.nspname || '.' end || c.relname::text as name,
    c.relkind as kind, c.relacl as acl, c.relowner as owner,
    c.relrowsecurity as secured, c.relforcerowsecurity as forced, c.relispartition as part,
    coalesce(c.reloptions, '{}') as options,
    (select a.attnum from pg_attribute a
      where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped) as tenant
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'daybook' or n.nspname ~ '^daybook_scratch_'
),
tables as (
  select * from relations where kind in ('r', 'p', 'f')
),
grants as (
  select r.name, r.tenant, r.part, r.kind, a.privilege_type as privilege, a.is_grantable as grantable,
    a.grantee, coalesce(l.name, 'public') as grantee_name
  from relations r
    cross join lateral (
      select * from aclexplode(r.acl)
      union all
      select x.* from pg_attribute t cross join lateral aclexplode(t.attacl) x
      where t.attrelid = r.oid and not t.attisdropped
    ) a
    left join logins l on l.oid = a.grantee
  where a.grantee = 0 or l.oid is not null
),
policies as (
  select t.name as on_table, p.polname::text as name, p.polcmd as command, p.polroles as roles,
    pg_get_expr(p.polqual, p.polrelid) as visible, pg_get_expr(p.polwithcheck, p.polrelid) as written
  from pg_policy p join tables t on t.oid = p.polrelid
  where p.polpermissive
),
template as (
  select '(tenant_id = ( SELECT current_tenant() AS current_tenant))'::text as is_ours
)
select format('table %s has no tenant_id and is not on the list of tables without tenants', name)
  from tables where tenant is null and not name = any ($2)
union all
select format('table %s: tenant_id is not "uuid not null"', t.name)
  from tables t join pg_attribute a on a.attrelid = t.oid and a.attnum = t.tenant
  where not a.attnotnull or a.atttypid <> 'uuid'::regtype
union all
select format('table %s: row-level security is not enabled', name)
  from tables where tenant is not null and not secured
union all
select format('table %s: row-level security is not forced on its owner', name)
  from tables where tenant is not null and not forced
union all
select format('table %s: no policy lets daybook_app see its tenant''s rows', t.name)
  from tables t
  where t.tenant is not null and not exists (
    select from policies p, logins l
    where p.on_table = t.name and l.name = $1[1] and l.oid = any (p.roles))
union all
select format('table %s: policy %s differs from the template', p.on_table, p.name)
  from policies p cross join template
  where (0 = any (p.roles) or exists (
      select from logins l where l.oid = any (p.roles) and l.name = $1[1]))
    and (coalesce(p.visible, is_ours) <> is_ours or coalesce(p.written, is_ours) <> is_ours
      or (p.visible is null and p.command <> 'a')
      or (p.written is null and p.command = 'a'))
union all
select format('table %s: policy %s is for %s, which is not on the list for that table',
    p.on_table, p.name, l.name)
  from policies p join logins l on l.oid = any (p.roles)
  where (l.name = $1[2] and not p.on_table = any ($3)
      and not (p.on_table = any ($9) and p.command = 'a'))
    or (l.name = $1[3] and not p.on_table = any ($4))
    or (l.name = $1[4] and not p.on_table = any ($7))
    or (l.name = $1[5] and not p.on_table = any ($8))
union all
select format('unique index %s does not begin with tenant_id', i.relname)
  from pg_index x join pg_class i on i.oid = x.indexrelid join tables t on t.oid = x.indrelid
  where (x.indisunique or x.indisexclusion) and t.tenant is not null
    and x.indkey[0] <> t.tenant and not i.relname = any ($5)
union all
select format('foreign key %s does not lead from tenant_id to tenant_id', k.conname)
  from pg_constraint k join tables t on t.oid = k.conrelid
  where k.contype = 'f' and t.tenant is not null
    and (k.conkey[1] <> t.tenant or k.confkey[1] is distinct from (
      select r.tenant from tables r where r.oid = k.confrelid))
union all
select format('view %s is not security_invoker', name)
  from relations
  where kind = 'v' and not options && array['security_invoker=true', 'security_invoker=on',
    'security_invoker=1', 'security_invoker=yes']
union all
select format('materialized view %s can be read by %s', name, grantee_name)
  from grants where kind = 'm'
union all
select format('function %s runs as its owner and is not on the list of those that may', name)
  from as_owner where not name = any ($6) and (namespace = 'daybook' or owner = (select owner from log))
union all
select format('function %s runs as its owner without a search_path of its own', name)
  from as_owner where name = any ($6)
    and not exists (select from unnest(options) s where s like 'search_path=%')
union all
select format('function %s runs as its owner and everybody may call it', name)
  from as_owner where name = any ($6)
    and exists (select from aclexplode(acl) g where g.grantee = 0)
union all
select 'function current_tenant is not the one of the template'
  where not exists (
    select from pg_proc p
    where p.pronamespace = 'daybook'::regnamespace and p.proname = 'current_tenant'
      and btrim(p.prosrc) = 'select nullif(current_setting(''app.tenant_id'', true), '''')::uuid'
      and not p.prosecdef)
union all
select format('%s owns %s', l.name, pg_describe_object(d.classid, d.objid, d.objsubid))
  from pg_shdepend d join logins l on l.oid = d.refobjid
  where d.deptype = 'o' and d.refclassid = 'pg_authid'::regclass
    and d.dbid in (0, (select oid from pg_database where datname = current_database()))
union all
select format('%s has %s on %s', grantee_name, privilege, name)
  from grants
  where kind <> 'm' and (
    privilege in ('TRUNCATE', 'REFERENCES', 'TRIGGER')
    or grantable
    or grantee = 0
    or part
    or (name in ('events', 'commands', 'audit_checkpoints') and privilege in ('UPDATE', 'DELETE'))
    or (name in ('events', 'commands', 'claims', 'counters', 'audit_checkpoints', 'audit_halts',
        'audit_keys', 'audit_tiles')
      and privilege <> 'SELECT' and grantee_name = $1[1])
    or (name = 'events' and privilege <> 'SELECT' and grantee_name = $1[4])
    or (name = 'audit_tiles' and privilege = 'DELETE')
    or (name = '_sqlx_migrations')
    or (grantee_name = $1[2] and not name = any ($3 || array['log_head'])
      and not (name = any ($9) and privilege = 'INSERT'))
    or (grantee_name = $1[3] and kind in ('r', 'p', 'f')
      and not name = any ($4 || array['log_head', 'readers']))
    or (grantee_name = $1[4] and not name = any ($7 || array['audit_keys', 'readers']))
    or (grantee_name = $1[5] and not (name = any ($8) and privilege in ('SELECT', 'DELETE'))))
union all
select format('%s has %s on keys.%s', coalesce(l.name, 'public'), a.privilege_type, c.relname)
  from pg_class c
    cross join lateral (
      select * from aclexplode(c.relacl)
      union all
      select x.* from pg_attribute t cross join lateral aclexplode(t.attacl) x
      where t.attrelid = c.oid and not t.attisdropped
    ) a
    left join logins l on l.oid = a.grantee
  where c.relnamespace = to_regnamespace('keys') and (a.grantee = 0 or l.oid is not null)
    and (a.is_grantable or l.name is null or not exists (
      select from (values
          ($1[4], 'signing_keys', array['SELECT', 'INSERT']),
          ($1[5], 'signing_keys', array['SELECT', 'UPDATE']),
          ($1[5], 'subject_keys', array['SELECT', 'INSERT', 'UPDATE']),
          ($1[5], 'masters', array['SELECT', 'INSERT', 'UPDATE'])
        ) as may (who, what, how)
      where who = l.name and what = c.relname and a.privilege_type = any (how)))
union all
select format('%s may create objects in the schema', coalesce(l.name, 'public'))
  from pg_namespace n cross join lateral aclexplode(n.nspacl) a left join logins l on l.oid = a.grantee
  where (n.nspname in ('daybook', 'keys') or n.nspname ~ '^daybook_scratch_')
    and a.privilege_type = 'CREATE'
    and (a.grantee = 0 or l.oid is not null)
union all
select format('%s has more attributes than a login', r.rolname)
  from pg_roles r
  where r.rolname = any ($1)
    and (r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb or r.rolreplication)
union all
select format('%s is a member of %s', l.name, m.roleid::regrole)
  from pg_auth_members m join logins l on l.oid = m.member
union all
select format('the append-only trigger of %s is missing or disabled', t.name)
  from tables t
  where t.name in ('events', 'commands', 'audit_checkpoints') and not exists (
    select from pg_trigger g join pg_proc p on p.oid = g.tgfoid
    where g.tgrelid = t.oid and p.proname = 'refuse_change' and g.tgenabled in ('O', 'A')
      -- before, for each statement, on delete, update and truncate
      and g.tgtype & 1 = 0 and g.tgtype & 2 = 2 and g.tgtype & 56 = 56)
union all
select format('role %s is missing', name)
  from unnest($1) as name where not exists (select from logins l where l.name = name)
order by 1
