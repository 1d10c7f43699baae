-- What was done with the data of people: rows of the projection privacy.data_subjects.
--
-- Why: whoever answers for a tenant's data looks up who is held and who was erased, and a mutation
--   waits here until an erasure was carried out.
-- Queries: a data subject by id; those in a status or of a kind, in order of (position, id); across
--   tenants, all erasures, for the journal that is kept outside of the database.
-- Locks: creates only.
create table privacy_data_subjects (
  tenant_id uuid not null,
  generation integer not null,
  id uuid not null,
  kind text not null,
  subject_id uuid not null,
  status text not null,
  hold_reason text,
  held_at timestamptz,
  exported_at timestamptz,
  basis text,
  erased_at timestamptz,
  forgotten_at timestamptz,
  version bigint not null,
  position bigint not null,
  constraint privacy_data_subjects_pk primary key (tenant_id, generation, id),
  constraint privacy_data_subjects_kind check (kind in ('client', 'member', 'user')),
  constraint privacy_data_subjects_status
    check (status in ('none', 'held', 'erasing', 'erased'))
);
create index privacy_data_subjects_position
  on privacy_data_subjects (tenant_id, generation, position, id);

alter table privacy_data_subjects enable row level security;
alter table privacy_data_subjects force row level security;
create policy tenant on privacy_data_subjects to daybook_app
  using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));

create policy dispatch on privacy_data_subjects for select to daybook_dispatch using (true);

grant select, insert, update, delete on privacy_data_subjects to daybook_app;
grant select (tenant_id, generation, kind, subject_id, status, basis, erased_at)
  on privacy_data_subjects to daybook_dispatch;
