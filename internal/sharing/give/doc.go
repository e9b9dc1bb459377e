// Package give tells others, by a collection, what the team has itself: an incident or a finding becomes objects of STIX that its group may read.
//
// Words: a Thing is what is told, with release's item of it and the names that a copy for others must not hold; a Draft is what would stand in a
// collection, to be looked at; its stamp says exactly what was seen, and Put puts that and nothing else.
//
// Guarantees: nothing is put without release's recorded decision about the thing for the group of that collection. Where that lets a sanitised copy go,
// the copy is made by the audience's profile (package convert), looked through for names (release.Clear), and the permit fits exactly these bytes. Who puts
// a thing again gives new versions of what has changed, leaves alone what has not, and takes out what it tells of no more. Things within a restricted
// incident are not there for who may not see it: the Thing function answers for who asks.
package give
