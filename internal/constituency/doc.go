// Package constituency is the register of who is who: the organisations that a
// team serves or works with, the networks they own, the contacts that can act
// for them, and who would be told about an address and why.
//
// Words: an Organisation owns Networks (prefix, AS number, domain, country) and
// has Contacts (mail, telephone, webhook). A Register is the service over the
// state store. A Matcher is an immutable picture of the networks in force at one
// moment; it answers "whose is this address" in nanoseconds and is swapped whole
// when the register or the time changes. Who explains the answer as a chain.
//
// Guarantees: a network that is not approved, or out of its validity, matches
// nothing. When two organisations claim the same network the same one wins
// always (see claim.before), and Check reports it. A public suffix (co.uk) never
// matches. An import is idempotent, and a bad row is reported with line, column
// and reason without stopping the others.
package constituency
