-- compatible: columns that may stay null. A process of the version before does not fill them.

alter table catalog.version
  -- `name:` of the catalog, and how many definitions differ from the version before; null for versions applied before
  -- these were kept.
  add column name text,
  add column changes integer check (changes >= 0);

-- From here on `origins` knows streaks, too, and the digest of what each name means: a name that means again what it
-- meant in an earlier version takes the key of then up again. `tiers` numbers every achievement tier there ever was.
-- Older rows have neither, and nothing of theirs is taken up again:
-- {"streaks":{},"metrics":{"earned":{"key":"earned","since":"…","meaning":"<32 hex digits>"}},"boards":{},"tiers":{"committer bronze":0}}
