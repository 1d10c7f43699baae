-- Tenants, their members and API keys: rows of the projections tenancy.tenant, tenancy.members and
-- tenancy.api_keys.
--
-- Why: what a tenant shows of itself, and who may act in it, comes from here. Before a user has
--   chosen a tenant there is no tenant to ask in: the dispatch role reads the few columns that say
--   where a user is a member, and nothing else of these tables.
-- Queries: the tenant itself; a member by id, by user; members by (created_position | email_key,
--   id); keys by (created_position, id); across tenants, the active members that a user is, and
--   tenants by id.
-- Locks: creates only.

create table tenancy_tenants (
  tenant_id uuid not null,
  generation integer not null,
  id uuid not null,
  name text not null,
  subdomain text not null,
  plan text not null,
  status text not null,
  suspension_reason text,
  founder_id uuid not null,
  brand jsonb not null,
  domains jsonb not null,
  settings jsonb not null,
  ip_allow_list jsonb not null,
  security jsonb not null,
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  position bigint not null,
  constraint tenancy_tenants_pk primary key (tenant_id, generation, id),
  constraint tenancy_tenants_status check (status in ('active', 'suspended', 'closed'))
);

create table tenancy_members (
  tenant_id uuid not null,
  generation integer not null,
  id uuid not null,
  user_id uuid,
  email text not null,
  email_key text collate "C" not null,
  role text not null,
  client_id uuid,
  status text not null,
  invited_at timestamptz,
  invitation_expires_at timestamptz,
  joined_at timestamptz,
  ended_at timestamptz,
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_position bigint not null,
  position bigint not null,
  constraint tenancy_members_pk primary key (tenant_id, generation, id),
  constraint tenancy_members_role
    check (role in ('client', 'guest', 'member', 'manager', 'admin', 'owner')),
  constraint tenancy_members_status
    check (status in ('invited', 'active', 'revoked', 'removed', 'left'))
);
create index tenancy_members_created on tenancy_members (tenant_id, generation, created_position, id);
create index tenancy_members_email on tenancy_members (tenant_id, generation, email_key, id);
create index tenancy_members_user on tenancy_members (tenant_id, generation, user_id)
  where user_id is not null;
-- Not led by the tenant: it is for those who ask in which tenants a user is.
create index tenancy_members_memberships on tenancy_members (user_id, generation)
  where status = 'active';

create table tenancy_api_keys (
  tenant_id uuid not null,
  generation integer not null,
  id uuid not null,
  kid text not null,
  name text not null,
  scopes jsonb not null,
  networks jsonb not null,
  creator_id uuid not null,
  expires_at timestamptz,
  rotated_at timestamptz,
  previous_expires_at timestamptz,
  revoked_at timestamptz,
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_position bigint not null,
  position bigint not null,
  constraint tenancy_api_keys_pk primary key (tenant_id, generation, id)
);
create index tenancy_api_keys_created
  on tenancy_api_keys (tenant_id, generation, created_position, id);

alter table tenancy_tenants enable row level security;
alter table tenancy_tenants force row level security;
create policy tenant on tenancy_tenants to daybook_app
  using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
alter table tenancy_members enable row level security;
alter table tenancy_members force row level security;
create policy tenant on tenancy_members to daybook_app
  using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
alter table tenancy_api_keys enable row level security;
alter table tenancy_api_keys force row level security;
create policy tenant on tenancy_api_keys to daybook_app
  using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
create policy dispatch on tenancy_tenants for select to daybook_dispatch using (true);
create policy dispatch on tenancy_members for select to daybook_dispatch using (true);

grant select, insert, update, delete on tenancy_tenants, tenancy_members, tenancy_api_keys
  to daybook_app;
grant select (tenant_id, generation, id, name, subdomain, status) on tenancy_tenants
  to daybook_dispatch;
grant select (tenant_id, generation, id, user_id, role, client_id, status) on tenancy_members
  to daybook_dispatch;
