// Package feed takes observations in: doors, formats, enrichment, attribution and the pipeline to visible events.
//
// The intake protocol (docs/design.md, section 4): the input is spooled and hashed; once the spool is durable and the transaction that
// names it has committed, it is accepted and will not be lost; its rows are decoded in deterministic parts by all cores, told apart from
// duplicates, written to segments and a fold file; one transaction then makes all of it visible, if this attempt still holds the lease.
// Decoding begins while the input is still being spooled, since nothing it makes counts before that last transaction.
//
// A row that cannot be read is set aside with its place and reason, never dropped; rows = events + duplicates + set aside.
package feed
