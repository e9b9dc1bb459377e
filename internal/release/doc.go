// Package release decides who may be told what, and is the only maker of a Permit, without which nothing is sent.
//
// Words: an Item is one thing, or a set of things that share everything that decides (whose network it is, and the Terms under which it
// came). A Recipient is a contact of an organisation. A Decision says whether the item may go to the recipient, by which rule and why. A
// Permit is the proof of a decision that allows; it is valid for the contact as it was when it was decided. A Grant is a person's word
// that another organisation (a parent, a provider, a national team) may be told about somebody's networks; it ends.
//
// Guarantees: nothing is allowed to an organisation that neither owns the network nor has a grant in force. A stricter label never allows
// more. What no rule allows is refused. Each decision is recorded once: the same item and version, for the same audience, under the same
// policy gets the decision that was recorded. What decides is part of the version or the audience, grants and the fitness of keys
// included, so a recorded answer is what a fresh one would be.
//
// Use Decide for many at once (one transaction), and Preview to learn what would be decided without recording it: a preview gives no
// permits. Who sends asks Permit.Covers about the contact as it is now and, in the transaction that sends, Permit.Stands about the grants.
package release
