-- Mail on its way out: a durable queue.
--
-- Why: a mail must survive us and a mail server that is down, and must not be written into the log:
--   it may hold a token, which nobody is to read later. So it is kept here, sent from here, and
--   taken away some days later. The key is the effect's own id, so that asking twice sends once.
-- Queries: what is due, of all tenants, by mail_due; what was asked for, newest first, by
--   mail_enqueued; one mail by its key.
-- Locks: creates only.

create table mail (
  tenant_id uuid not null,
  -- the same for every attempt; becomes the Message-ID
  effect_id uuid not null,
  recipient text not null,
  subject text not null,
  body_text text not null,
  body_html text,
  -- waiting: to be sent; sent: the server took it; given_up: nobody will try again
  state text not null default 'waiting',
  enqueued_at timestamptz not null,
  due_at timestamptz not null,
  -- after this it is of no use to its reader and is not sent any more
  expires_at timestamptz,
  attempts integer not null default 0,
  -- while somebody is at it
  leased_until timestamptz,
  finished_at timestamptz,
  last_error text,
  constraint mail_pk primary key (tenant_id, effect_id),
  constraint mail_state check (state in ('waiting', 'sent', 'given_up')),
  constraint mail_finished check ((state = 'waiting') = (finished_at is null)),
  constraint mail_recipient_length check (octet_length(recipient) <= 1000),
  constraint mail_subject_length check (octet_length(subject) <= 1000),
  constraint mail_body_length
    check (octet_length(body_text) + coalesce(octet_length(body_html), 0) <= 1048576)
) with (fillfactor = 70);
comment on table mail is
  'The one place where mails are kept. Cannot be rebuilt from the log; purged after some days.';
-- Neither leads with the tenant: they serve the dispatcher, who claims across tenants.
create index mail_due on mail (due_at) where state = 'waiting';
create index mail_enqueued on mail (enqueued_at);

alter table mail enable row level security;
alter table mail force row level security;
create policy tenant on mail to daybook_app
  using (tenant_id = (select current_tenant())) with check (tenant_id = (select current_tenant()));
create policy dispatch on mail to daybook_dispatch using (true) with check (true);

-- The application asks for a mail and cannot read one back: it may hold a token.
grant insert on mail to daybook_app;
grant select (tenant_id, effect_id) on mail to daybook_app;
grant select, update, delete on mail to daybook_dispatch;
