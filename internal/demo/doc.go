// Package demo makes data that looks real and concerns nobody: a demonstration nation, the feeds that a night brings it, and files of
// any size for measuring.
//
// The nation, Demonstra (country code AQ: Antarctica has no operators to offend; its neighbour is BV, an island without people), lives in the documentation prefixes of RFC 5737
// and RFC 3849, the private AS numbers of RFC 6996, and the example domains of RFC 2606. Files for measuring need more room than those
// prefixes have, so they use 11.0.0.0/8, as data in a file only: nothing here opens a connection.
//
// Everything is made from a seed and a time: the same two give the same bytes.
package demo
