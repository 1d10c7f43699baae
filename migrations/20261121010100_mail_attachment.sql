-- A mail may carry a file.
--
-- Why: a checkpoint is to be saved as it is, byte for byte, and handed to a verifier years later. The
--   text of a mail does not survive that: programs wrap lines and add words.
-- Queries: none but by the row.
-- Locks: mail, for a moment.

alter table mail
  add column attachment_name text,
  add column attachment_text text,
  add constraint mail_attachment check ((attachment_name is null) = (attachment_text is null)),
  add constraint mail_attachment_size check
    (octet_length(attachment_name) <= 200 and octet_length(attachment_text) <= 100000);
