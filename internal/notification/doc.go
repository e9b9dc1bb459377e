// Package notification decides who is told of which findings, when, and in how many messages.
//
// A plan is made of facts: what is due, who would be told, what release says of it, what a person approved, what was sent before, and the
// time. Everything that decides is a function of these facts, so that a plan can be explained and tested without a database; a plan changes
// nothing.
//
// Sending does what the plan says. It is done by one process at a time, under a lease. What a message takes away from the findings, the
// rendered bytes in the outbox of delivery, the thread, the record of the message and the audit entry commit together: a message stands
// whole, or does not exist, whichever process dies when.
//
// Nothing is mailed by surprise: a feed, an organisation and a class of findings wait, each once, until a person has approved them.
package notification
