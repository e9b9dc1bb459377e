// Package enrich adds to an event what its feed did not say: the autonomous system, the prefix and the country of an address, out of
// files that the operator names; and it knows the special-purpose blocks, whose addresses are nobody's.
//
// Files are MaxMind DBs (.mmdb) or CSV. They are merged once into flat arrays of address ranges, longest prefix first, and the arrays
// are kept in a snapshot file with a checksum: the next start reads that instead. A file named earlier wins where two speak of the
// same thing; one may know the system and another the country.
//
// A Table never changes, so any number of goroutines may read it. Looking up allocates nothing.
package enrich
