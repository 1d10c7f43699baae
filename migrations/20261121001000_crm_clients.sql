-- Clients, their notes, and the custom fields a tenant declares: rows of the projections
-- crm.clients and crm.fields.
--
-- Why: lists and details of clients come from here, never from the log.
-- Queries: a client by id; lists by (created_position | position | name_key, id) in both
--   directions; those whose name, e-mail address or external id begins with a text; clients by
--   external id; a client's notes (few enough to be sorted); all fields of a tenant.
-- Locks: creates only.

create table crm_clients (
  tenant_id uuid not null,
  generation integer not null,
  id uuid not null,
  external_id text,
  external_key text collate "C",
  name text not null,
  name_key text collate "C" not null,
  email text,
  email_key text collate "C",
  phone text,
  website text,
  company text,
  contact text,
  country text,
  status text not null,
  billing jsonb not null,
  custom_fields jsonb not null,
  note_count bigint not null,
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_position bigint not null,
  position bigint not null,
  constraint crm_clients_pk primary key (tenant_id, generation, id),
  constraint crm_clients_status check (status in ('active', 'inactive', 'archived'))
);
-- Lists are ordered by these columns and then by id: without it each page would be sorted.
create index crm_clients_created on crm_clients (tenant_id, generation, created_position, id);
create index crm_clients_updated on crm_clients (tenant_id, generation, position, id);
create index crm_clients_name on crm_clients (tenant_id, generation, name_key, id);
create index crm_clients_email on crm_clients (tenant_id, generation, email_key)
  where email_key is not null;
create index crm_clients_external on crm_clients (tenant_id, generation, external_key)
  where external_key is not null;

create table crm_client_notes (
  tenant_id uuid not null,
  generation integer not null,
  client_id uuid not null,
  id uuid not null,
  text text not null,
  author_id uuid,
  created_at timestamptz not null,
  position bigint not null,
  constraint crm_client_notes_pk primary key (tenant_id, generation, client_id, id)
);

create table crm_client_fields (
  tenant_id uuid not null,
  generation integer not null,
  key text not null,
  label text not null,
  kind jsonb not null,
  required boolean not null,
  retired_at timestamptz,
  created_position bigint not null,
  position bigint not null,
  constraint crm_client_fields_pk primary key (tenant_id, generation, key)
);

alter table crm_clients enable row level security;
alter table crm_clients force row level security;
create policy tenant on crm_clients to daybook_app
  using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
alter table crm_client_notes enable row level security;
alter table crm_client_notes force row level security;
create policy tenant on crm_client_notes to daybook_app
  using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
alter table crm_client_fields enable row level security;
alter table crm_client_fields force row level security;
create policy tenant on crm_client_fields to daybook_app
  using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));

grant select, insert, update, delete on crm_clients, crm_client_notes, crm_client_fields
  to daybook_app;
