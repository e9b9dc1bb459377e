// Package mail is the door by which mail becomes reports.
//
// Take makes mails durable: when it returns without an error, they will become reports, whatever dies then. A job for each (Job) reads it, asks
// the DNS about its sender, decrypts and verifies it, and hands it to the room of reports, which adds it to the dialogue that it belongs to or
// makes a new report. Then nothing of it is left here; the whole as it came lies in the evidence vault.
//
// A mail that cannot be read becomes a report that says so. The same mail twice, by whatever way, is one report. What mail servers return for
// our own messages is offered to who sent those first. An answer goes out by itself only to who is proven to have written, at most once an hour,
// and never to what a program wrote (RFC 3834).
package mail
