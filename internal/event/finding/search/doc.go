// Package search finds findings: it turns the typed tree of a query into SQL over the table of findings that both engines run.
//
// The language is that of events (package query) over names of its own: see Names. Nothing that a person wrote becomes part of a
// statement: values are bound, columns come from a closed table. Addresses and prefixes become ranges of the key, so a prefix reads its
// neighbours in the table and nothing else.
//
// As for events, a term about a value that a finding does not have is false, and its negation true. A star match does not mind upper and
// lower case of the letters A to Z.
package search
