-- Every place that somebody has, had or is asked to take, in whichever tenant.
--
-- Why: who asks for everything about themselves, or to be erased, asks in all tenants at once: for places
--   that ended, too, and for invitations to their address that stand open. The index there was knew
--   active members alone, and any other question read all members of all tenants.
-- Queries: where a user is or was a member; invitations to an address (tenancy/memberships).
-- Locks: tenancy_members, from the beginning on and against reading, too, while it is read twice: moments,
--   but for millions of members. The drop comes first: whoever waits for us then has not begun.

drop index tenancy_members_memberships;
-- Neither leads with the tenant: they are for those who do not know the tenants yet.
create index tenancy_members_places on tenancy_members (user_id, generation)
  where user_id is not null;
create index tenancy_members_invited on tenancy_members (email_key, generation)
  where status = 'invited';
grant select (email_key) on tenancy_members to daybook_dispatch;
