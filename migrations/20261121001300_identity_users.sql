-- Accounts and their sessions: rows of the projections identity.users and identity.sessions, all of
-- the platform's own tenant.
--
-- Why: names and addresses of members, and a user's list of sessions, come from here. Nothing that
--   opens anything is kept: no hash, no token, no digest.
-- Queries: accounts by ids; a session by id; a user's sessions.
-- Locks: creates only.

create table identity_users (
  tenant_id uuid not null,
  generation integer not null,
  id uuid not null,
  email text not null,
  email_verified_at timestamptz,
  name text not null,
  locale text,
  time_zone text,
  password_changed_at timestamptz,
  sessions_ended_at timestamptz,
  kept_session_id uuid,
  deactivated_at timestamptz,
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  position bigint not null,
  constraint identity_users_pk primary key (tenant_id, generation, id)
);

create table identity_sessions (
  tenant_id uuid not null,
  generation integer not null,
  id uuid not null,
  user_id uuid not null,
  acting_in uuid,
  member_id uuid,
  user_agent text,
  authenticated_at timestamptz not null,
  started_at timestamptz not null,
  last_used_at timestamptz not null,
  idle_expires_at timestamptz not null,
  absolute_expires_at timestamptz not null,
  ended_at timestamptz,
  end_reason text,
  version bigint not null,
  position bigint not null,
  constraint identity_sessions_pk primary key (tenant_id, generation, id)
);
create index identity_sessions_user on identity_sessions (tenant_id, generation, user_id)
  where ended_at is null;

alter table identity_users enable row level security;
alter table identity_users force row level security;
create policy tenant on identity_users to daybook_app
  using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
alter table identity_sessions enable row level security;
alter table identity_sessions force row level security;
create policy tenant on identity_sessions to daybook_app
  using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));

grant select, insert, update, delete on identity_users, identity_sessions to daybook_app;
