// Package sharing keeps what the team shares with its fellow teams: objects in the form of STIX 2.1, in collections of which each is for one
// sharing group.
//
// An object is stored once, as it is sent; each modified time makes a version of it. Its place in a collection is a decision: package release
// decides when it is put there, the decision is recorded, and a reader is shown what was decided. Whether the reader is still somebody who may
// read (account, organisation, agreement, group) is asked at each reading, and one row says that it read (a receipt).
//
// Order. A place has a moment (Added, in microseconds) and a number, both given out under the lock of one row that is held until the commit. So
// what becomes visible later stands later, on both engines, and a reader that goes on after the last place it saw misses nothing and sees
// nothing twice, while others write. No two places of this database share a moment, so that a reader who knows moments only is safe too.
//
// What cannot be taken in is set aside with its reason, and stops nothing else. An object has a source, the organisation that gave it: only its
// source, and the team, may give a new version of it or take it out.
package sharing
