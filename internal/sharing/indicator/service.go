package indicator

import (
	"crypto/sha256"
	"encoding/binary"
	"log/slog"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/pattern"
)

// The operations that this room asks identity about.
const (
	OpRead   identity.Operation = "indicator.read"   // indicators, and who saw them
	OpAdd    identity.Operation = "indicator.add"    // the team's own
	OpSight  identity.Operation = "indicator.sight"  // to say that one was seen, is wrong, or has ended; to take that back
	OpDigest identity.Operation = "indicator.digest" // to read facts from objects
	OpWatch  identity.Operation = "indicator.watch"  // to look for them in events
)

// Secret names the key of which the ids of the team's own indicators are made.
const Secret = "indicator-ids"

// Lists are the warning lists.
type Lists interface {
	// On gives the names of the lists that speak against blocking a value, and of those that speak against looking for it.
	On(kind Kind, value string) (block, search []string)
	// Version is another one when the lists are others.
	Version() string
}

// Options are what a Service needs.
type Options struct {
	DB      *sqldb.DB
	Clock   clock.Clock
	Log     *slog.Logger
	Sharing *sharing.Service
	Lists   Lists  // nil: none
	Key     []byte // makes the ids of the team's own
	// Said gives what a person recorded of what may be done with indicators, by their ids, beside what they say themselves; nil: nobody did.
	Said func(tx *sqldb.Tx) (map[string]tlp.PAP, error)
	// Fresh is called in the transaction in which indicators came that are to be looked for; may be nil.
	Fresh func(tx *sqldb.Tx, now time.Time) error
}

// Service keeps what is known of indicators. It is safe for concurrent use.
type Service struct{ o Options }

// New returns the service over a database.
func New(o Options) *Service {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Said == nil {
		o.Said = func(*sqldb.Tx) (map[string]tlp.PAP, error) { return nil, nil }
	}
	if o.Lists == nil {
		o.Lists = noLists{}
	}
	return &Service{o}
}

type noLists struct{}

func (noLists) On(Kind, string) (block, search []string) { return nil, nil }
func (noLists) Version() string                          { return "" }

// Value is one plain value that an indicator looks for.
type Value struct {
	Kind  Kind   `json:"kind"`
	Value string `json:"value"` // in normal form, as package pattern has it
}

// Indicator is what is known of one.
type Indicator struct {
	ID      string    `json:"id"` // of the object of STIX
	Name    string    `json:"name,omitempty"`
	Kind    Kind      `json:"kind"`  // of its first value; "" for what is no plain value
	Value   string    `json:"value"` // the first; "" for what is no plain value
	Pattern string    `json:"pattern"`
	Exact   bool      `json:"exact"` // it looks for its values and for nothing else
	Fault   string    `json:"fault,omitempty"`
	Version time.Time `json:"version"`

	Confidence *int      `json:"confidence,omitempty"` // of its source, 0 to 100
	From       time.Time `json:"valid_from"`
	Until      time.Time `json:"valid_until,omitzero"`
	Revoked    bool      `json:"revoked"`
	Source     string    `json:"source,omitempty"` // id of the organisation that gave it; "" for the team
	Label      tlp.Label `json:"label"`
	PAP        *tlp.PAP  `json:"pap,omitempty"` // nil: nobody says
	Taken      time.Time `json:"taken"`
	Seen       time.Time `json:"seen,omitzero"`      // last
	Sightings  int       `json:"sightings"`          // by how many seers
	Wrong      int       `json:"wrong"`              // how many seers say that it is a false positive
	Gone       time.Time `json:"gone,omitzero"`      // when somebody said that it has ended
	Warned     []string  `json:"warned,omitempty"`   // warning lists that speak against blocking
	Unsought   []string  `json:"unsought,omitempty"` // warning lists that speak against looking for it
	Looked     time.Time `json:"looked,omitzero"`    // when past events were looked through
	Scanned    int64     `json:"scanned,omitempty"`  // of a pattern: how many past events it was held against
	Skipped    int64     `json:"skipped,omitempty"`  // how many past events may have it and were not looked at; -1: not known how many
	State      State     `json:"state"`              // for blocking
	Strength   int       `json:"strength"`
	Ends       time.Time `json:"ends,omitzero"`
	reach      pattern.Reach
	num        int64
	search     State
}

// Facts are what Judge wants to know, for a purpose.
func (i *Indicator) Facts(p Purpose) Facts {
	f := Facts{
		Kind: i.Kind, Confidence: i.Confidence, From: i.From, Until: i.Until, Revoked: i.Revoked, Seen: i.Seen, Sightings: i.Sightings,
		Wrong: i.Wrong, Gone: i.Gone, Listed: i.Warned,
	}
	if p == Search {
		f.Listed = i.Unsought
	}
	return f
}

// judge fills in what it means now.
func (i *Indicator) judge(now time.Time) {
	v := Judge(i.Facts(Block), now)
	i.State, i.Strength, i.Ends = v.State, v.Strength, v.Ends
	i.search = Judge(i.Facts(Search), now).State
}

// Sought tells whether it is looked for in events.
func (i *Indicator) Sought() bool { return i.Fault == "" && i.search.Serves(Search) }

// Blockable tells whether it may be handed out to be blocked: it is fresh, no more than plain values, and PAP lets others act on it.
func (i *Indicator) Blockable() bool {
	return i.Fault == "" && i.Exact && i.State.Serves(Block) && (i.PAP == nil || i.PAP.AllowsContact())
}

// markOf stands for a value.
func markOf(v Value) int64 {
	sum := sha256.Sum256([]byte(v.Kind + "\x00" + v.Value))
	return int64(binary.BigEndian.Uint64(sum[:8])) //nolint:gosec // all bits are wanted
}

func errIndicator(id string) error {
	return problem.New(problem.NotFound, "there is no indicator %q", short(id, 100))
}

// short is a text that both engines keep, of so many bytes at most.
func short(s string, n int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
