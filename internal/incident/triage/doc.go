// Package triage judges a report before a person does: what it is, how bad,
// whom it concerns, what it resembles, and what should be done with it first.
//
// Words: an Assessment is the judgement; a Reason says why, as a code with
// arguments, so that pages say it in the reader's language; a tier is the first
// step of the queue's order; the fold of a machine's report is the source that it
// is shown under, one line for all.
//
// Guarantees: everything here is a suggestion: nothing is closed, linked or sent.
// Each suggestion has its reasons. What a report resembles is told as ids alone,
// restricted ones too: whoever shows them decides what a reader may see.
package triage
