-- By whom an event was brought about, so that what somebody did is found.
--
-- Why: whoever asks what is known about them is to be told what they did, and from which network
--   addresses. Nothing led from a person to the events in which they are the actor, and a tenant's
--   whole log is too much to be read for each that asks. A tree over actors would cost every append;
--   this says for each few hundred events which actors may be among them, when a stretch of the table is
--   full, and the server does that by itself.
-- Queries: the events of some actors of a tenant (store/src/personal/activity.rs). The stretches that
--   are not in the index yet are read.
-- Locks: events, against writing, while it is read once: a second or two for each million.

-- Not led by the tenant: a person acts in few, and the policy holds whatever is read.
create index events_actor on events using brin (actor text_bloom_ops)
  with (pages_per_range = 32, autosummarize = on);
