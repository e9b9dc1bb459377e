// Package keep looks after events that are visible already: it joins small segments to larger ones in order of address (compaction),
// drops what is older than it may be kept (retention), takes out what must be forgotten (erasure), and removes files that nobody needs
// any more (sweep).
//
// One keeper works at a time, by the lease "keep". New segments are durable before one transaction puts them in the place of the old
// ones; whatever dies before it leaves files that the sweep removes, whatever dies after it leaves nothing undone. Replaced files stay
// on disk for a grace longer than any question takes. No event is lost or doubled: a rewrite that does not hold as many rows as it read
// is given up.
package keep
