// Package values is the index of what stands in shared objects: it tells which objects hold a value.
//
// A value is known by its mark, 64 bits of a digest; an object by its number. One row for each value of each object would scatter over the whole
// table, so that taking in 500 objects would rewrite it nearly whole. The index is a few runs instead. A run holds the entries of a stretch of
// objects, sorted by mark and cut into chunks, of which each is a row; new objects make a new run, and runs of about the same size are merged,
// four at a time. So an entry is written a handful of times, always with its neighbours, and a value is looked up once in each of a few dozen runs.
//
// Guarantees: what was added in a transaction is found from its commit on; what was dropped has left no trace. Whoever adds or drops must hold
// what gives out the numbers of objects, so that this is done by one transaction at a time, and by growing numbers. Whoever looks up inside a
// transaction that writes, and does not hold it, may be told less of a value that stands in more than a hundred objects.
package values
