package incident

import (
	"time"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident/evidence"
	"github.com/firehall/firehall/internal/incident/triage"
)

// Report is what somebody told us, with all that an officer sees of it.
type Report struct {
	ID           string          `json:"id"`
	Ref          string          `json:"ref"` // "R-7K2QX9": random, so that numbers tell nobody how many there are
	Door         Door            `json:"door"`
	State        State           `json:"state"`
	Passed       bool            `json:"passed,omitempty"` // to a named handler: nothing but ID, Ref and this is set
	Handed       bool            `json:"handed,omitempty"` // to the reader as a named handler: HandBack gives it to the queue again
	Subject      string          `json:"subject"`
	Text         string          `json:"text"`
	Reporter     Reporter        `json:"reporter"`
	Confidential bool            `json:"confidential"`
	Anonymous    bool            `json:"anonymous"`
	Sealed       bool            `json:"sealed"` // its text lies encrypted
	Erased       bool            `json:"erased,omitempty"`
	Test         bool            `json:"test,omitempty"`
	Quarantined  bool            `json:"quarantined,omitempty"` // suspected child abuse material: its files are neither opened nor given out
	Answers      Answers         `json:"answers"`
	TLP          tlp.Label       `json:"tlp"`
	Machine      *Machine        `json:"machine,omitempty"`
	Trust        Trust           `json:"trust"`
	About        string          `json:"about,omitempty"`
	Claims       string          `json:"claims,omitempty"` // the ref that its subject names, and that it was not attached to
	Received     time.Time       `json:"received"`
	Changed      time.Time       `json:"changed"`
	Class        rsit.Class      `json:"class"`
	Type         rsit.Type       `json:"type"`
	Severity     triage.Severity `json:"severity"`
	Rank         int64           `json:"rank"` // order of the queue: the smallest first, and of one rank the newest
	Fold         string          `json:"fold,omitempty"`
	Assignee     string          `json:"assignee,omitempty"` // account
	Duplicate    string          `json:"duplicate,omitempty"`
	Version      int64           `json:"version"`
	Code         string          `json:"code,omitempty"` // of the mailbox: set by Accept alone, and never again

	Assessed   time.Time         `json:"assessed,omitzero"`
	Assessment triage.Assessment `json:"assessment"` // Similar holds only what the reader may see

	Incidents      []Ref           `json:"incidents,omitempty"` // those that the reader may see
	Duplicates     []Ref           `json:"duplicates,omitempty"`
	Notes          []Note          `json:"notes,omitempty"`
	Messages       []Message       `json:"messages,omitempty"`
	Files          []evidence.Item `json:"files,omitempty"`
	Investigations []Investigation `json:"investigations,omitempty"`
	Referrals      []Referral      `json:"referrals,omitempty"`
	Significance   *Significance   `json:"significance,omitempty"`
	Moves          []MoveName      `json:"moves,omitempty"` // that the reader may make now
}

// Ref names a report or an incident for a link.
type Ref struct {
	ID    string `json:"id"`
	Ref   string `json:"ref"`
	Title string `json:"title"`
}

// Row is a report's line in the queue.
type Row struct {
	ID           string          `json:"id"`
	Ref          string          `json:"ref"`
	Door         Door            `json:"door"`
	State        State           `json:"state"`
	Subject      string          `json:"subject"`
	Reporter     string          `json:"reporter,omitempty"` // name or address
	Verified     Verified        `json:"verified,omitempty"`
	Confidential bool            `json:"confidential,omitempty"`
	Anonymous    bool            `json:"anonymous,omitempty"`
	Quarantined  bool            `json:"quarantined,omitempty"`
	Test         bool            `json:"test,omitempty"`
	Class        rsit.Class      `json:"class,omitempty"`
	Severity     triage.Severity `json:"severity,omitempty"`
	Rank         int64           `json:"rank"`
	Assignee     string          `json:"assignee,omitempty"`
	Concerned    []string        `json:"concerned,omitempty"` // organisations' ids
	Incidents    []Ref           `json:"incidents,omitempty"`
	Similar      *Ref            `json:"similar,omitempty"` // the open incident that it resembles most
	Move         triage.Move     `json:"move,omitempty"`
	Fold         string          `json:"fold,omitempty"`
	Folded       int             `json:"folded,omitempty"` // how many this line stands for; at most FoldMost
	Received     time.Time       `json:"received"`
	Version      int64           `json:"version"`
}

// FoldMost is up to where the reports behind one line are counted.
const FoldMost = 1000

// Passed is all that is told of a report that went to named handlers: to who handled it before, and, until those have looked, to all who triage.
type Passed struct {
	ID       string    `json:"id"`
	Ref      string    `json:"ref"`
	State    State     `json:"state"`
	Received time.Time `json:"received"`
}

// Filter is one question about the queue. Query is a text: words to search for, and "state:new", "class:fraud", "severity:high", "door:mail",
// "org:ID", "assignee:ACCOUNT", "incident:none", "incident:ID", "is:test", "is:duplicate", "is:confidential", "is:machine", "from:ADDRESS".
type Filter struct {
	Query  string
	Folded bool   // machines' reports that wait as one line a source
	Sort   string // of incidents: see SortsOfIncidents; "" is the first of them
	page.Request
}

// Note is something that a person wrote down for the team. It never leaves.
type Note struct {
	ID      string    `json:"id"`
	Text    string    `json:"text"`
	By      string    `json:"by"`
	Created time.Time `json:"created"`
	Changed time.Time `json:"changed"`
	Version int64     `json:"version"`
}

// Direction is which way a message went.
type Direction string

// The directions.
const (
	In  Direction = "in"
	Out Direction = "out"
)

// Message is one in a dialogue with a reporter or a party, as it was sent or came.
type Message struct {
	ID        string          `json:"id"`
	Direction Direction       `json:"direction"`
	By        string          `json:"by"` // who wrote it: an actor's id for ours, the address for theirs, "" in a mailbox
	Subject   string          `json:"subject,omitempty"`
	Text      string          `json:"text"`
	At        time.Time       `json:"at"`
	Delivery  string          `json:"delivery,omitempty"` // id of the delivery that carries it
	Trust     Trust           `json:"trust"`
	Files     []evidence.Item `json:"files,omitempty"`
}

// Edit changes what a report says of itself for the team; nil leaves as it is.
type Edit struct {
	Class        *rsit.Class      `json:"class,omitempty"`
	Severity     *triage.Severity `json:"severity,omitempty"`
	TLP          *tlp.Label       `json:"tlp,omitempty"`
	Confidential *bool            `json:"confidential,omitempty"` // true seals the text; a report that came so stays so
}

// Clash says that somebody else changed a text since it was read. It is the cause of a problem.Conflict: errors.As finds it, and neither
// text is lost.
type Clash struct {
	Field   string    `json:"field"`
	Yours   string    `json:"yours"`
	Theirs  string    `json:"theirs"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Version int64     `json:"version"` // to write over theirs
}

// Error says it for people.
func (c *Clash) Error() string {
	return c.By + " changed the " + c.Field + " meanwhile: put the two texts together and save again"
}
