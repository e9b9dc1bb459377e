// Package observable keeps what was seen in incidents: addresses, names, files, accounts, with how they hang together and who saw them when.
//
// Words: an observable is one value of one kind in one incident; a relation says what one has to do with another of the same incident; a sighting says
// who saw it, when, and whether it was what it was taken for. A match is an observable of another incident that is the same, or lies in the same
// network or below the same name, with the reason.
//
// Guarantees:
//
//   - A value stands in normal form, so that the same thing written otherwise is found. It is in one incident once.
//   - Matches are found by digests under a key of ours. Who asks is told of those alone that they see: they are filtered before they are counted. Of
//     a match into a restricted incident its members are told, and nobody else.
//   - The value of an observable of a restricted incident, or of a confidential report, lies encrypted under the incident's key; digests of it
//     and of what it lies in are kept beside it.
//   - What a warning list speaks against (a private address, everybody's mailbox) is kept, and matches nothing.
//   - An observable's label is never looser than the incident's.
package observable
