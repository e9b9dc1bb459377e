// Package pattern reads, prints and matches the patterns of STIX 2.1 (section 9 of the standard, and its published grammar), and says
// which plain values somebody could look up instead.
//
// Words: a test compares one property ([url:value = 'x'] has one); a box is what stands between brackets, and holds of one
// observation; boxes are joined by AND, OR and FOLLOWEDBY, and bound by WITHIN, REPEATS and START..STOP. A Lookup is a plain value
// that a pattern needs.
//
// Guarantees: reading a pattern takes time and memory in proportion to its text and stops at limits; matching stops at Cost steps and
// says so: a pattern that is built to explode is refused, and never runs. Regular expressions are RE2's, so each takes linear time;
// what only other engines know (looking around, back references) is refused when the pattern is read.
//
// Where we read more than the standard does: addresses, domains, hashes, hardware and mail addresses are compared in normal form
// (EVIL.example is evil.example), and an address equals a network that it lies in.
package pattern
