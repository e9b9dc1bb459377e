// Package query is the language in which people and programs ask for events:
// one line of text, the same on the command line, on a page and in the API,
// parsed to a typed tree.
//
//	class:infected-system asn:64496 ip:203.0.113.0/24 -tag:sinkhole time:2026-11-01..2026-11-07
//
// Terms stand beside each other and must all hold. `-` before a term (or `not`)
// turns it round; `or` and parentheses give alternatives: `(class:spam or
// class:scanner) country:FI`. A term is `name:value`:
//
//   - `a,b` is any of the values;
//   - `1..9`, `..9`, `1..` are ranges with both ends; `>5`, `>=5`, `<5`, `<=5` compare (numbers, addresses, times);
//   - `*` at the beginning or the end of a text stands for anything; such a match does not mind upper and lower case, an exact one does;
//   - "..." takes blanks and every sign as they are, a backslash does so for the next sign;
//   - `has:name` asks that a field is there;
//   - addresses are single, prefixes or ranges; AS64496 and 64496 are the same number;
//   - times are days (2026-11-01), months (2026-11), instants (RFC 3339, or without a zone in the asker's), `today`,
//     `yesterday`, `now`, or so long ago: 30m, 24h, 7d, 2w. A day at the end of a range belongs to it, an instant does not.
//
// Names are short ones (`class`, `asn`, `org`; see Names), IntelMQ's field names,
// and `extra.<name>` for what a feed brings besides. A word without a name is
// looked for in a few text fields; if it is an address, a prefix, an ASN or a
// domain, it is looked for as such.
//
// A term about a field that an event does not have is false, and its negation
// true: `-tag:sinkhole` keeps events without tags.
package query
