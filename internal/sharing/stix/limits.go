package stix

import (
	"cmp"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
)

// Limits bound what reading takes; zero values take the defaults.
type Limits struct {
	Bytes   int64 // of the whole input: 256 MiB
	Objects int   // 1,000,000
	Object  int   // bytes of one: 4 MiB
	Depth   int   // of brackets in one: 32
	Text    int   // bytes of one string: 3 MiB
	Refs    int   // of one: 20,000
	Members int   // names and values of one: 200,000

	Now   time.Time     // objects made after it are set aside; zero: Clock says, when the reading begins
	Clock clock.Clock   // nil, and no Now: none are set aside for their time
	Ahead time.Duration // by how much clocks may differ: an hour

	// Twice has an object that stands in the input twice given twice, for who counts what was given.
	Twice bool

	// Marking says whether a marking that is not in the input is known; nil: none but TLP's and PAP's.
	Marking func(id string) bool
}

// full gives the limits with their defaults.
func (l Limits) full() Limits {
	l.Bytes = cmp.Or(l.Bytes, 256<<20)
	l.Objects = cmp.Or(l.Objects, 1_000_000)
	l.Object = cmp.Or(l.Object, 4<<20)
	l.Depth = cmp.Or(l.Depth, 32)
	l.Text = cmp.Or(l.Text, 3<<20)
	l.Refs = cmp.Or(l.Refs, 20_000)
	l.Members = cmp.Or(l.Members, 200_000)
	l.Ahead = cmp.Or(l.Ahead, time.Hour)
	if l.Now.IsZero() && l.Clock != nil {
		l.Now = l.Clock.Now()
	}
	return l
}

// Code says why something was set aside.
type Code string

// The codes.
const (
	TooLarge       Code = "too-large" // more bytes than Limits.Object
	TooDeep        Code = "too-deep"
	TooLong        Code = "too-long" // a string
	TooMany        Code = "too-many" // references or members
	BadJSON        Code = "bad-json"
	NoObject       Code = "no-object" // something else than an object among the objects
	BadType        Code = "bad-type"
	BadID          Code = "bad-id"
	BadRef         Code = "bad-ref"
	BadValue       Code = "bad-value"
	Missing        Code = "missing"   // a property that must be there
	Future         Code = "future"    // made after Limits.Now
	Collision      Code = "collision" // the same version of the same thing says something else
	UnknownMarking Code = "no-such-marking"
	Cycle          Code = "cycle" // it is inside itself
)

// Rejected is what was set aside, and why.
type Rejected struct {
	Index  int    `json:"index"`          // its place in the bundle, from 0
	Offset int64  `json:"offset"`         // bytes from the start of the input
	Type   string `json:"type,omitempty"` // as far as it could be read
	ID     string `json:"id,omitempty"`
	Code   Code   `json:"code"`
	Reason string `json:"reason"` // in words
	Raw    []byte `json:"-"`      // as it came; nil if it is larger than Limits.Object
}
