// Package relabel lets what stands in collections follow its label: one that its source lets step down, or made stricter, and an embargo.
//
// A wider label: the objects are marked anew, as new versions that stand behind all else, by a decision taken anew; who may read them then is a matter of the
// collection, as before. Nothing else of them changes: what a person has not looked at is not told. A stricter label: who fetched them is written to, and they
// go. An embargo: they go until it ends, and come back as they stood.
//
// Each step may be cut off anywhere and is made again as if it had not been: nothing is marked twice, and nobody is told twice.
package relabel
