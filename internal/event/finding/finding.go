package finding

import (
	"net/netip"
	"time"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
)

// Finding is a standing problem of an asset.
type Finding struct {
	Key                           Key
	Organisation, Network, Rule   string // whose it is, and which registered network and rule decided that; organisation is an id
	Role, Standing                string // whose owner can act (source, destination); responsible or victim
	Addr                          netip.Addr
	Port                          int64 // 0: none, or not part of what makes the finding
	Transport, FQDN, URL, Malware string
	Taxonomy, Type, Identifier    string
	Feed, Report                  string // of the latest sight
	Severity                      string // of the latest sight
	Sources                       uint64 // bits, see Source
	First, Last                   time.Time
	Count                         int64 // events
	State                         State
	Since                         time.Time // of the state
	Reason                        string    // of the last move, in a person's words
	Until                         time.Time // end of muting
	Told                          time.Time // last notification; zero: never
	Due                           time.Time // when its owner is to be told (at once: Immediately); zero: nothing is to be told
	Version                       int64     // rises with every move and change of owner, not with sights
}

// Immediately is the Due of a finding whose owner was never told.
var Immediately = time.UnixMilli(1).UTC()

// Source is where sights come from under the same terms. The first 62 met have a bit each; Beyond stands for all further ones.
type Source struct {
	Bit         int
	Feed        string
	Label       tlp.Label // the stricter of the feed's terms and the events' own
	PAP         tlp.PAP
	IEP         *iep.Policy // nil: the source said nothing more
	Receivers   []string    // kinds of organisations that may have them; empty: any
	Attribution string      // how recipients are told where an observation comes from
}

// Beyond is the bit of all sources that found no bit of their own; what has it is treated as TLP:RED.
const Beyond = 62

// IntakeFacts is what has to be known of an intake to apply its facts.
type IntakeFacts struct {
	ID, Feed, Report string
	Label            tlp.Label
	PAP              tlp.PAP
	IEP              *iep.Policy
	Receivers        []string
	Attribution      string
	Complete         bool  // by its terms a run lists all that the source sees
	Whole            bool  // nothing was set aside
	Rows             int64 // of the input
	Arrived          time.Time
}

// Applied says what a call of Apply did.
type Applied struct {
	Facts, New, Reopened, Gone int64 // Gone: no longer seen
	Seconds                    float64
}

// DueQuery asks what is to be told.
type DueQuery struct {
	Now           time.Time // due then or before
	NotBefore     time.Time // last seen at or after; zero: whenever
	Informational []string  // of the reports that only inform, those that are sent all the same
	Organisation  string    // one only; empty: all
}

// DueGroup is a sum of due findings that share what decides about them.
type DueGroup struct {
	Organisation, Type string
	Sources            uint64 // one value as stored
	Report, Severity   string
	Findings, Events   int64     // events: those not told of yet
	First              time.Time // the earliest first sight
	Oldest, Last       time.Time // the earliest and the latest last sight
	Told               bool      // of some the owner was told before
}

// Told is a finding that goes into a message.
type Told struct {
	Key          Key
	Version      int64     // as planned
	Organisation string    // whom the message tells
	Next         time.Time // due again then, if it is seen after now
}

// Request is a move that somebody asks for.
type Request struct {
	To     State
	Reason string    // needed to mute and to close
	Until  time.Time // end of muting; needed to mute
}

// Moved says what a move did. Unmoved findings were in a state from which the move is not possible, or are gone.
type Moved struct {
	Moved   int64
	Unmoved []Key
}

// Entry is one line of a finding's history.
type Entry struct {
	At       time.Time
	From, To State
	By       string // an actor's id
	Name     string // what the move is called
	Reason   string
	Message  string // the message that told the owner
}
