-- What is still to be paid of invoices, by the day it is due: rows of the projection
-- invoicing.invoices.
--
-- Why: receivables by age are a daily question, and open invoices are too many to add up for every
--   screen. A row holds no age, since that changes without an event: it holds the due date.
-- Queries: all rows of the tenant, or of a client, summed up by currency and due date. The key
--   serves both.
-- Locks: creates only. The projection's version was raised, so the table is filled beside the live
--   generation and switched to.

create table invoicing_receivables (
  tenant_id uuid not null,
  generation integer not null,
  client_id uuid not null,
  currency text not null,
  due_on date not null,
  outstanding numeric not null,
  invoices bigint not null,
  constraint invoicing_receivables_pk
    primary key (tenant_id, generation, client_id, currency, due_on)
);

alter table invoicing_receivables enable row level security;
alter table invoicing_receivables force row level security;
create policy tenant on invoicing_receivables to daybook_app
  using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));

grant select, insert, update, delete on invoicing_receivables to daybook_app;
