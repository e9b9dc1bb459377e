package sharing

import (
	"io"
	"time"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
)

// Object is a version of a thing that is shared, as it was given.
type Object struct {
	ID          string      // "indicator--…"
	Type        string      // "indicator"
	SpecVersion string      // of STIX: "2.1"
	Created     time.Time   // zero where the object says none
	Modified    time.Time   // zero where the object has no versions, as observables
	CreatedBy   string      // id of an identity; "" for none
	Markings    []string    // ids of marking definitions that the reader of the object does not know
	Label       *tlp.Label  // the strictest that it is marked with, as far as the reader knows; nil for none
	PAP         tlp.PAP     // the strictest that it is marked with, as far as the reader knows
	IEP         *iep.Policy // likewise; nil for none
	Raw         []byte      // one JSON object in UTF-8, without blanks between its parts
}

// Rejected is what is no object, or none that can be taken in.
type Rejected struct {
	ID     string // as far as it is known
	Code   string // one of the codes below
	Detail string // for people
	Raw    []byte // the first part of it
}

// The codes of what was set aside.
const (
	CodeMalformed = "malformed" // not an object of STIX 2.1
	CodeTooLarge  = "too-large"
	CodeFuture    = "future"    // it says that it was modified in the future
	CodeMarking   = "marking"   // it names a marking that nobody knows
	CodeLabel     = "label"     // its label is stricter than the collection takes
	CodeCollision = "collision" // the same id and time as another, and other content
	CodeForeign   = "foreign"   // somebody else gave the object of this id
	CodeRefused   = "refused"   // the release decision
	CodeAgreement = "agreement" // the agreement with who gives it does not let it in
	CodeMany      = "many"      // an incident beyond those that become reports in a day: it was stored, and a person takes it in
)

// Codes lists the codes of what was set aside.
func Codes() []string {
	return []string{CodeMalformed, CodeTooLarge, CodeFuture, CodeMarking, CodeLabel, CodeCollision, CodeForeign, CodeRefused, CodeAgreement, CodeMany}
}

// Decode reads a bundle, or an envelope of TAXII: what has a list `objects`, or one object. What of it cannot be taken in comes as rejected; an error
// (Invalid) is of the whole, when nothing of it can be read.
type Decode func(r io.Reader) ([]Object, []Rejected, error)

// Stored is an object as it is kept.
type Stored struct {
	num         int64
	ID          string      `json:"id"`
	Type        string      `json:"type"`
	SpecVersion string      `json:"spec_version"`
	Version     time.Time   `json:"version"`
	Source      string      `json:"source,omitempty"` // id of the organisation that gave it; "" for the team
	Label       tlp.Label   `json:"label"`
	PAP         tlp.PAP     `json:"pap"`
	IEP         *iep.Policy `json:"iep,omitempty"`
	Taken       time.Time   `json:"taken"`
	Raw         []byte      `json:"-"`
}

// Micros returns t as microseconds since 1970, and 0 for the zero time.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Moment returns the time of so many microseconds since 1970 in UTC, and the zero time for 0.
func Moment(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// stamps: how times are written. Versions keep three digits if they have no more, as STIX does.
const (
	longStamp  = "2006-01-02T15:04:05.000000Z"
	shortStamp = "2006-01-02T15:04:05.000Z"
)

// Stamp writes a moment of a place with its microseconds.
func Stamp(t time.Time) string { return t.UTC().Format(longStamp) }

// VersionStamp writes the version of an object as the object itself does.
func VersionStamp(t time.Time) string {
	if t.UnixMicro()%1000 == 0 {
		return t.UTC().Format(shortStamp)
	}
	return Stamp(t)
}

// version is by what versions of an object are told apart; 0 when the object says nothing.
func (o *Object) version() int64 {
	if o.Modified.IsZero() {
		return Micros(o.Created)
	}
	return Micros(o.Modified)
}
