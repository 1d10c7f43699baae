-- Who had a signing key made, why, and whether it is in the tenants' histories.
--
-- Why: a key that signs for every tenant was rotated by a command that left no event: an auditor saw the
--   new key and not who made it, or why. Each tenant's log says so now, which takes as many commands as
--   there are tenants; what a process did not get done, the next one that seals finds here. Keys
--   from before are taken to be noted.
-- Queries: keys that are not noted, when a sealer begins; the table has a handful of rows and no index.
-- Locks: audit_keys, for a moment: no row is rewritten.

alter table audit_keys
  -- who gave the command, as they said
  add column operator text,
  -- why, as they said
  add column reason text,
  add column noted boolean not null default true;

grant update (noted, operator, reason) on audit_keys to daybook_seal;
