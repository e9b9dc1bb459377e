// Package release decides who may be told what, and is the only maker of a Permit, without which nothing is sent.
//
// Words: an Item is one thing, or a set of things that share everything that decides (whose network it is, the Terms under which it came, its PAP, consents,
// marks, embargo). A Recipient is a contact of an organisation, and an Audience what it is to the item. A Decision says whether the item may go to the
// recipient, by which rule and why. A Permit is the proof of a decision that allows; it is valid for the contact as it was when it was decided, and for a
// redacted copy only once Clear has looked through that copy. A Grant is a person's word that another organisation may be told about somebody's networks;
// it ends. A Schedule is what a source agreed about its label in time. A Copy is what one recipient has.
//
// Guarantees: nothing goes to an organisation that neither owns the network, nor is concerned, nor in the sharing group, nor was chosen by a person or a
// grant in force. Less trust (a stricter label or PAP, less consent, no agreement, a mark, an embargo) never opens more. What no rule allows is refused.
// Each decision is recorded once: the same item and version, for the same audience, under the same policy gets the decision that was recorded. What
// decides is part of the question, so a recorded answer is what a fresh one would be; only a second person changes one. Who asked cannot be that person.
//
// Use Decide for many at once (one transaction), and Preview to learn what would be decided without recording it: a preview gives no
// permits. Who sends asks Permit.Covers about the contact as it is now and, in the transaction that sends, Permit.Stands about the grants.
package release
