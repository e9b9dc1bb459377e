package stix

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// SpecVersion is the version that is written.
const SpecVersion = "2.1"

// Head are the properties that an object begins with (section 3.2). Observables have neither times nor a creator.
type Head struct {
	Type        string `json:"type"`
	SpecVersion string `json:"spec_version,omitzero"`
	ID          string `json:"id"`
	CreatedBy   string `json:"created_by_ref,omitzero"`
	Created     Time   `json:"created,omitzero"`
	Modified    Time   `json:"modified,omitzero"`
}

// Tail are the properties that an object ends with.
type Tail struct {
	Revoked            bool                      `json:"revoked,omitzero"`
	Labels             []string                  `json:"labels,omitempty"`
	Confidence         *int                      `json:"confidence,omitzero"` // 0 to 100
	Lang               string                    `json:"lang,omitzero"`
	ExternalReferences []ExternalReference       `json:"external_references,omitempty"`
	Markings           []string                  `json:"object_marking_refs,omitempty"`
	GranularMarkings   []GranularMarking         `json:"granular_markings,omitempty"`
	Defanged           bool                      `json:"defanged,omitzero"`
	Extensions         map[string]jsontext.Value `json:"extensions,omitempty"`
	More               map[string]jsontext.Value `json:",unknown"` // properties that are not modelled, as they came
}

// Body is an object as one of the types of this package.
type Body interface {
	// Common gives what all objects begin and end with.
	Common() (*Head, *Tail)
}

// Object is an object that came in.
type Object struct {
	Type        string
	ID          string
	SpecVersion string    // "2.0" or "2.1"
	Created     time.Time // zero for observables
	Modified    time.Time // its version; of markings the time of making, of observables zero
	Body        Body      // *Unknown for types that are not modelled
	Refs        []Ref     // to other objects, in the order in which they stand
	Quirks      []Quirk
	Raw         []byte // as it came
	Index       int    // its place in the bundle, from 0
	Offset      int64  // bytes from the start of the input
}

// Ref is a reference to another object.
type Ref struct {
	Property string // the name that it stands under: "created_by_ref"
	ID       string
}

// Quirk is what is odd about an object and does no harm.
type Quirk string

// The quirks.
const (
	UnknownType Quirk = "unknown-type" // not modelled; kept as it came
	OldVersion  Quirk = "old-version"  // STIX 2.0
	ForeignID   Quirk = "foreign-id"   // the id of an observable is not the one that its content gives
)

// Unknown is an object of a type that is not modelled.
type Unknown struct {
	Head
	Tail
}

// Common gives the common properties.
func (o *Unknown) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// ExternalReference points at something outside of STIX (section 2.5).
type ExternalReference struct {
	SourceName  string                    `json:"source_name"`
	Description string                    `json:"description,omitzero"`
	URL         string                    `json:"url,omitzero"`
	Hashes      Hashes                    `json:"hashes,omitempty"`
	ExternalID  string                    `json:"external_id,omitzero"`
	More        map[string]jsontext.Value `json:",unknown"`
}

// Hashes are hashes by algorithm (section 2.7): "MD5", "SHA-1", "SHA-256", "SHA-512", "SSDEEP", ...
type Hashes map[string]string

// KillChainPhase is a phase of an attack (section 2.11).
type KillChainPhase struct {
	KillChain string                    `json:"kill_chain_name"`
	Phase     string                    `json:"phase_name"`
	More      map[string]jsontext.Value `json:",unknown"`
}

// GranularMarking marks parts of an object (section 7.2.3).
type GranularMarking struct {
	Lang      string                    `json:"lang,omitzero"`
	Marking   string                    `json:"marking_ref,omitzero"`
	Selectors []string                  `json:"selectors"`
	More      map[string]jsontext.Value `json:",unknown"`
}
