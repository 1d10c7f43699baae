-- Fingerprints of commands: keyed, and those from before taken away.
--
-- Why: a bare digest of a command's input confirms a guess of what somebody wrote about a person, from
--   a dump and for ever. What is kept from here on is keyed (store/src/personal/fingerprint.rs). What
--   was kept before cannot be keyed without the master key, which no migration has: it goes. A
--   command from before is known by its id alone, so that its repeat still has one effect and one
--   receipt; that it comes with another input is no longer noticed.
-- Queries: none is new.
-- Locks: commands, while it is written anew: seconds for each million. Written anew and not updated,
--   so that no former row is left in its file; and past the trigger that refuses updates.

alter table commands alter column fingerprint type bytea using ''::bytea;
comment on column commands.fingerprint is
  'What is kept of the input, keyed; empty: the command is known by its id alone';
