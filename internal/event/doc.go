// Package event is the register of observations: one event is one observation of an asset at a time (IntelMQ's word, and its field
// names). Events travel in batches of columns, are written once into immutable Parquet segments, and are found again through the
// manifest: the list of visible segments in the state store. Beneath it lie segment (the Parquet files), dedupe (what was seen
// already), fold (what a batch says about findings), query (the query language) and duck (the child process that answers).
//
// Guarantees: an event is visible only when its segment is in the manifest; a segment never changes; readers take the list of files
// from the manifest and never from the folder.
package event
