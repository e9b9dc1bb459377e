// Package unpack reads gzip, zip and zstd as streams and refuses what is dangerous in them.
//
// Guarantees: no more than the limits is ever given out, whatever the archive claims; nothing is written to disk; names inside an
// archive are labels (their last element only), never paths; an archive within an archive is refused; input that is cut or damaged gives
// all bytes that were good and then a *Broken with their number. Multi-member gzip files and zips with several files are read.
package unpack
