// Package dossier makes the report of an incident that is printed: for the team, for a constituent, for the public.
//
// A document holds what its audience may know, and says how much was left out. What is labelled stricter than the audience may have is left out; so is
// what is the team's own (notes, tasks, its people). From the free text that stays, the names of reporters, of the team's people, of the parties written
// to and of other organisations are taken, and what looks like a mail address or a phone number, as the audience's profile in release/redact says: a
// pseudonym stands for a name where the audience needs to know who is the same. What a person writes for the audience, the statement, goes
// through the same sieve; and before a document is handed out, release/leak looks through the whole of it.
//
// A document for outsiders is a draft until somebody hands it out: then it is kept as it is, sealed, and who handed it out, to which audience and why
// is on record.
package dossier
