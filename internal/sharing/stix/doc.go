// Package stix holds the objects of STIX 2.1 (https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html) as Go types, reads
// them from whoever sends them, and writes them.
//
// Words: a Body is an object as a Go type, an Object is one that came in: its body, and Raw, the very bytes that it came as. What
// cannot be used is set aside: a Rejected, with the reason.
//
// Guarantees: reading keeps to Limits whatever comes, in one pass and without recursion over what was sent; a bad object never stops
// the others; types and properties that are not modelled are kept (Unknown, Tail.More, Raw); of two objects that claim to be the same
// version of the same thing and differ, the first stays and the other is set aside; an object whose markings are not known is set
// aside, since nobody could say who may have it. What is written has its properties in the order of the standard, times with
// milliseconds (microseconds where there are any), and observables have the ids that their content gives (section 2.9).
package stix
