-- Documents with their lines and payments, clients' balances and revenue: rows of the projection
-- invoicing.invoices.
--
-- Why: lists, details and figures come from here, never from the log. Balances and revenue are
--   kept as sums, since a year of documents is too much to add up for every screen.
-- Queries: a document by id; lists by (created_position | position | number_key | issued_on |
--   due_on | total_key, id) in both directions; those of a client, of a number, whose number or
--   client begins with a text; lines by (document, place); payments by document and by position;
--   balances by client; revenue by day and country. Dates that may be missing are indexed and
--   compared as coalesce(…, 'infinity'), amounts as ten-thousandths: numeric comparisons are not
--   leakproof and would lose their index under row-level security.
-- Locks: creates only.

create table invoicing_invoices (
  tenant_id uuid not null,
  generation integer not null,
  id uuid not null,
  kind text not null,
  status text not null,
  number text,
  number_key text collate "C" not null,
  client_id uuid not null,
  client_name text not null,
  client_name_key text collate "C" not null,
  billing jsonb,
  country text,
  currency text not null,
  tax_rate numeric,
  net numeric not null,
  tax numeric not null,
  total numeric not null,
  total_key bigint not null,
  paid numeric not null,
  credited numeric not null,
  outstanding numeric not null,
  overpaid numeric not null,
  issued_on date,
  due_on date,
  credits_id uuid,
  notes text,
  reference text,
  line_count bigint not null,
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  sent_at timestamptz,
  cancelled_at timestamptz,
  created_position bigint not null,
  position bigint not null,
  constraint invoicing_invoices_pk primary key (tenant_id, generation, id),
  constraint invoicing_invoices_kind check (kind in ('invoice', 'credit_note', 'adjustment')),
  constraint invoicing_invoices_status
    check (status in ('draft', 'sent', 'partially_paid', 'paid', 'overdue', 'cancelled')),
  constraint invoicing_invoices_currency check (currency ~ '^[A-Z]{3}$')
);
-- Lists are ordered by these columns and then by id. Without the id here the planner sorts the whole
-- list for each page.
create index invoicing_invoices_created on invoicing_invoices (tenant_id, generation, created_position, id);
create index invoicing_invoices_updated on invoicing_invoices (tenant_id, generation, position, id);
create index invoicing_invoices_number on invoicing_invoices (tenant_id, generation, number_key, id);
create index invoicing_invoices_issued
  on invoicing_invoices (tenant_id, generation, coalesce(issued_on, 'infinity'::date), id);
create index invoicing_invoices_due
  on invoicing_invoices (tenant_id, generation, coalesce(due_on, 'infinity'::date), id);
create index invoicing_invoices_total on invoicing_invoices (tenant_id, generation, total_key, id);
create index invoicing_invoices_client
  on invoicing_invoices (tenant_id, generation, client_id, created_position, id);
create index invoicing_invoices_client_name
  on invoicing_invoices (tenant_id, generation, client_name_key);
create index invoicing_invoices_credits on invoicing_invoices (tenant_id, generation, credits_id)
  where credits_id is not null;

create table invoicing_lines (
  tenant_id uuid not null,
  generation integer not null,
  invoice_id uuid not null,
  id uuid not null,
  place bigint not null,
  description text not null,
  product_code text,
  quantity numeric not null,
  unit_price numeric not null,
  total numeric not null,
  constraint invoicing_lines_pk primary key (tenant_id, generation, invoice_id, id)
);

create table invoicing_payments (
  tenant_id uuid not null,
  generation integer not null,
  invoice_id uuid not null,
  id uuid not null,
  client_id uuid not null,
  amount numeric not null,
  currency text not null,
  received_on date not null,
  method text not null,
  reference text,
  created_at timestamptz not null,
  position bigint not null,
  constraint invoicing_payments_pk primary key (tenant_id, generation, invoice_id, id),
  constraint invoicing_payments_method
    check (method in ('bank_transfer', 'direct_debit', 'card', 'cash', 'cheque', 'other'))
);
create index invoicing_payments_recorded on invoicing_payments (tenant_id, generation, position);
create index invoicing_payments_client
  on invoicing_payments (tenant_id, generation, client_id, position);

create table invoicing_balances (
  tenant_id uuid not null,
  generation integer not null,
  client_id uuid not null,
  currency text not null,
  invoiced numeric not null,
  credited numeric not null,
  adjusted numeric not null,
  paid numeric not null,
  balance numeric not null,
  outstanding numeric not null,
  overdue numeric not null,
  documents bigint not null,
  overdue_documents bigint not null,
  constraint invoicing_balances_pk primary key (tenant_id, generation, client_id, currency)
);

create table invoicing_revenue (
  tenant_id uuid not null,
  generation integer not null,
  day date not null,
  -- as it was named; empty where it is not known
  country text not null,
  currency text not null,
  net numeric not null,
  tax numeric not null,
  total numeric not null,
  documents bigint not null,
  constraint invoicing_revenue_pk primary key (tenant_id, generation, day, country, currency)
);

alter table invoicing_invoices enable row level security;
alter table invoicing_invoices force row level security;
create policy tenant on invoicing_invoices to daybook_app
  using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
alter table invoicing_lines enable row level security;
alter table invoicing_lines force row level security;
create policy tenant on invoicing_lines to daybook_app
  using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
alter table invoicing_payments enable row level security;
alter table invoicing_payments force row level security;
create policy tenant on invoicing_payments to daybook_app
  using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
alter table invoicing_balances enable row level security;
alter table invoicing_balances force row level security;
create policy tenant on invoicing_balances to daybook_app
  using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
alter table invoicing_revenue enable row level security;
alter table invoicing_revenue force row level security;
create policy tenant on invoicing_revenue to daybook_app
  using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));

grant select, insert, update, delete on invoicing_invoices, invoicing_lines, invoicing_payments,
  invoicing_balances, invoicing_revenue to daybook_app;
