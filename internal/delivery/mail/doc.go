// Package mail is the channel to mailboxes: it composes messages, signs and encrypts them, and hands them to an SMTP relay or a maildir.
//
// A message is composed once and its bytes never change: header and text are of ASCII, lines are at most 76 characters and end with CRLF,
// so that no server on the way has a reason to touch it. It is signed with the team's OpenPGP key (PGP/MIME, RFC 3156), encrypted as well
// where the contact has a key, and signed for its domain (DKIM, RFC 6376). Where the contact's key is a certificate, both are done by S/MIME
// (RFC 8551). What stands in a header is checked for line breaks in the one
// place where headers are written.
//
// An attempt says in which phase it failed, because that decides what may be repeated: before the final dot nothing was handed over; after
// it, without an answer, nobody can know.
package mail
