-- What clients agreed to: rows of the projection privacy.consents.
--
-- Why: whoever is about to use a client's data asks first whether it agreed, and an auditor asks who
--   agreed to what. One row per client and purpose holds how it is now; the log has its history.
-- Queries: those of a client; those for a purpose, in order of (position, id), for lists of whom to
--   write to.
-- Locks: creates only.

create table privacy_consents (
  tenant_id uuid not null,
  generation integer not null,
  id uuid not null,
  client_id uuid not null,
  purpose text collate "C" not null,
  status text not null,
  wording text not null,
  source text,
  given_at timestamptz not null,
  withdrawn_at timestamptz,
  reason text,
  version bigint not null,
  position bigint not null,
  constraint privacy_consents_pk primary key (tenant_id, generation, id),
  constraint privacy_consents_status check (status in ('given', 'withdrawn'))
);
create index privacy_consents_client
  on privacy_consents (tenant_id, generation, client_id, position, id);
create index privacy_consents_purpose
  on privacy_consents (tenant_id, generation, purpose, position, id);
create index privacy_consents_position on privacy_consents (tenant_id, generation, position, id);

alter table privacy_consents enable row level security;
alter table privacy_consents force row level security;
create policy tenant on privacy_consents to daybook_app
  using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));

grant select, insert, update, delete on privacy_consents to daybook_app;
