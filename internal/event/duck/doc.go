// Package duck runs planned queries in DuckDB, in a child process of the same
// binary that is locked up before it sees a query.
//
// The child may read the segments and write to one temporary directory of its
// own; everything else is refused three times over: by DuckDB's configuration,
// which is then locked; by the child, which takes one SELECT and nothing else;
// and, on Linux, by the kernel (no network, no writing elsewhere, a limit on
// memory, death with the parent). A query that needs too much dies alone; the
// next one gets a new child. Nothing links DuckDB but package engine, which is for main.
//
// Between the two go frames: a length, a type and a body. A request is JSON; rows
// come back as columns in batches. What comes from the child is checked like any
// input, because the child may have been taken over by a segment's contents.
package duck
