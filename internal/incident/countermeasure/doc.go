// Package countermeasure keeps the blocks and take-downs that the team asked for.
//
// Words: a countermeasure is one thing that is to go (or to be blocked), its asset; a party is who can act, and is asked; the ladder are the parties
// that are asked next if one does not act; an exit is a way by which we look whether the thing is still there; a check is one look.
//
// Guarantees:
//
//   - What may become of a countermeasure, and by whom, is the table Moves: the check, the picture in the guide and the buttons come from it.
//   - Nobody is asked before the checklist is answered: compromised or maliciously registered, evidence, police, requester.
//   - It is gone only when so many checks in a row, over a time, from different exits found nothing, or a person says so. A check that is unclear is
//     not clean, and the count begins anew. What comes back while it is watched is asked for again.
//   - Nothing reaches the thing, or a registry, unless the incident's PAP allows it; each such question is decided by release, and on record. What is
//     suspected to show the abuse of children is never fetched.
//   - What is due (a chase, the next party, a check, a message to an abuse API) stands in the database and is done once, whenever somebody looks.
package countermeasure
