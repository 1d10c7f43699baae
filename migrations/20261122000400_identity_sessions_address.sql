-- From where a sign-in came.
--
-- Why: who looks at their own sign-ins tells a stranger's by where it was; and an auditor asks where
--   something was done from. The event keeps it, sealed for the user; sign-ins from before have none.
-- Queries: the list of one's own sessions, which reads whole rows.
-- Locks: identity_sessions, for a moment: no row is rewritten.

alter table identity_sessions add column address text;
