// Package indicator finds in a text what can be looked up, blocked or searched
// for: addresses, prefixes, AS numbers, domains, URLs, mail addresses, hashes and
// CVE numbers, also where somebody has made them harmless (hxxp, [.], (at)).
//
// Words: to refang is to undo that. An indicator's Value is its normal form, so
// that two reports that mean the same thing say the same; As is what was written.
//
// Guarantees: no I/O, no state; the time grows with the length of the text and no
// faster, whatever the text is; what is beyond the limits is counted, not hidden.
// A name is a domain only under a top-level domain that exists; a file's name is
// none, and neither is a version an address. Telephone numbers are not looked for.
package indicator
