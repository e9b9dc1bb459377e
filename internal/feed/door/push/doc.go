// Package push takes inputs that their source sends by HTTP.
//
// POST /api/v1/feeds/{feed}/push, with `Authorization: Bearer TOKEN`, takes a body in the format of the feed, as it is or compressed, and
// answers 202 once it is durable: not before, and never for half of it. Location names the intake, whose counts can be asked with the same
// token. The same content pushed again is the same intake.
//
// A push that says Upload-Complete is resumable, after the core of draft-ietf-httpbis-resumable-upload: what of it is durable stays when the
// connection breaks; HEAD tells how much that is, PATCH goes on there, DELETE gives it up. It becomes an input when it is whole.
//
// Errors are problem details (RFC 9457). Of a wrong token nothing shows but that it is wrong, and who guesses is slowed down. Size, number and
// slowness of pushes are bounded; a full disk answers 507 and leaves nothing behind.
package push
