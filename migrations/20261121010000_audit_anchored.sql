-- What each anchor has of a tenant's checkpoints, and what stands in its way.
--
-- Why: an anchor that stays away is no reason to stop, and must be seen. Who was posted to cannot be
--   asked what it has, and a failure that only a log tells is forgotten at the next start. One row for
--   each tenant and anchor; what it says is no evidence, that is with the anchors.
-- Queries: rows of some tenants and one anchor, by audit_anchored_pk; which tenants' newest checkpoint
--   an anchor lacks, by it and audit_checkpoints_pk.
-- Locks: creates.

create table audit_anchored (
  tenant_id uuid not null,
  -- directory, webhook, s3, mail
  anchor text not null,
  -- of the largest checkpoint it took; 0: none yet
  size bigint not null default 0,
  kept_at timestamptz,
  -- since when it has taken none; null: it takes them
  failing_since timestamptz,
  -- what was in the way the last time; never an address or a secret
  reason text,
  constraint audit_anchored_pk primary key (tenant_id, anchor),
  constraint audit_anchored_size check (size >= 0),
  constraint audit_anchored_kept check ((size > 0) = (kept_at is not null)),
  constraint audit_anchored_failing check ((failing_since is null) = (reason is null))
) with (fillfactor = 70);
comment on table audit_anchored is 'What is kept outside of the database. Written by whoever takes checkpoints there.';

alter table audit_anchored enable row level security;
alter table audit_anchored force row level security;
create policy tenant on audit_anchored for select to daybook_app
  using (tenant_id = (select current_tenant()));
create policy seal on audit_anchored to daybook_seal using (true) with check (true);
grant select on audit_anchored to daybook_app;
grant select, insert, update on audit_anchored to daybook_seal;
