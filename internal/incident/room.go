package incident

import (
	"time"

	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident/evidence"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/release"
)

// Incident is what happened.
type Incident struct {
	ID             string          `json:"id"`
	Ref            string          `json:"ref"` // "I-3FD09K"
	Title          string          `json:"title"`
	Summary        string          `json:"summary,omitempty"`
	State          Stage           `json:"state"`
	Class          rsit.Class      `json:"class,omitempty"`
	Severity       triage.Severity `json:"severity,omitempty"`
	Restricted     bool            `json:"restricted"` // seen by its members alone
	TLP            tlp.Label       `json:"tlp"`
	PAP            tlp.PAP         `json:"pap"`
	Assignee       string          `json:"assignee,omitempty"` // account
	Campaign       *Ref            `json:"campaign,omitempty"`
	Victim         []string        `json:"victim,omitempty"` // countries, by ISO 3166-1
	Origin         []string        `json:"origin,omitempty"`
	Transit        []string        `json:"transit,omitempty"`
	Opened         time.Time       `json:"opened"`
	OpenedBy       string          `json:"opened_by"`
	Aware          time.Time       `json:"aware,omitzero"`      // when we, or the constituent, became aware of it
	Classified     time.Time       `json:"classified,omitzero"` // when it was decided what it is
	Changed        time.Time       `json:"changed"`
	Closed         time.Time       `json:"closed,omitzero"`
	Version        int64           `json:"version"`
	Merged         []Ref           `json:"merged,omitempty"`     // into it: their names lead here
	SplitFrom      *Split          `json:"split_from,omitempty"` // the split that made it
	Splits         []Split         `json:"splits,omitempty"`     // that it was split by
	Parents        []Ref           `json:"parents,omitempty"`
	Children       []Ref           `json:"children,omitempty"`
	Related        []Ref           `json:"related,omitempty"`
	Members        []Member        `json:"members,omitempty"`
	Reports        []Ref           `json:"reports,omitempty"`
	Notes          []Note          `json:"notes,omitempty"`
	Files          []evidence.Item `json:"files,omitempty"`
	Investigations []Investigation `json:"investigations,omitempty"`
	Significance   *Significance   `json:"significance,omitempty"`
	Moves          []MoveName      `json:"moves,omitempty"` // that the reader may make now
}

// Member is a person who sees a restricted incident.
type Member struct {
	Account string    `json:"account"`
	AdHoc   bool      `json:"ad_hoc,omitempty"` // called in for a time
	Glass   bool      `json:"glass,omitempty"`  // broke the glass
	Until   time.Time `json:"until,omitzero"`   // zero: as long as an agreement is in force
	Since   time.Time `json:"since"`
	By      string    `json:"by"`
	Reason  string    `json:"reason,omitempty"`
}

// Opening is an incident that somebody opens.
type Opening struct {
	Title      string
	Summary    string
	Class      rsit.Class
	Severity   triage.Severity
	TLP        tlp.Label
	PAP        *tlp.PAP // nil: PAP:AMBER
	Assignee   string   // account
	Campaign   string   // id or ref
	Restricted bool
	Members    []Member // of a restricted one; who opens it is one of them
	Reports    []string // ids
	Reason     string
}

// Revision changes an incident's fields; nil leaves as it is.
type Revision struct {
	Title    *string          `json:"title,omitempty"`
	Summary  *string          `json:"summary,omitempty"`
	Class    *rsit.Class      `json:"class,omitempty"`
	Severity *triage.Severity `json:"severity,omitempty"`
	TLP      *tlp.Label       `json:"tlp,omitempty"`
	PAP      *tlp.PAP         `json:"pap,omitempty"`
	Assignee *string          `json:"assignee,omitempty"` // account; "" for nobody
	Campaign *string          `json:"campaign,omitempty"` // id or ref; "" for none
	// Victim, Origin and Transit are countries by ISO 3166-1; empty for none.
	Victim     *[]string  `json:"victim,omitempty"`
	Origin     *[]string  `json:"origin,omitempty"`
	Transit    *[]string  `json:"transit,omitempty"`
	Aware      *time.Time `json:"aware,omitempty"`      // the zero time for unknown
	Classified *time.Time `json:"classified,omitempty"` // the zero time for not yet
}

// Listed is an incident's line in a list.
type Listed struct {
	ID         string          `json:"id"`
	Ref        string          `json:"ref"`
	Title      string          `json:"title"`
	State      Stage           `json:"state"`
	Class      rsit.Class      `json:"class,omitempty"`
	Severity   triage.Severity `json:"severity,omitempty"`
	Restricted bool            `json:"restricted"`
	TLP        tlp.Label       `json:"tlp"`
	Assignee   string          `json:"assignee,omitempty"`
	Campaign   string          `json:"campaign,omitempty"` // id
	Victim     []string        `json:"victim,omitempty"`
	Origin     []string        `json:"origin,omitempty"`
	Transit    []string        `json:"transit,omitempty"`
	Reports    int             `json:"reports"`
	Opened     time.Time       `json:"opened"`
	Changed    time.Time       `json:"changed"`
	Closed     time.Time       `json:"closed,omitzero"`
	Version    int64           `json:"version"`
}

// Party is whom an investigation or a referral is with.
type Party struct {
	Name    string `json:"name"`
	Email   string `json:"email,omitempty"`
	Contact string `json:"contact,omitempty"` // id in the register, if it stands there; then its address and key are taken from it
	// As is what they are, one of release.Parties: what a reporter agreed to hangs on it. "" for whoever can act, and of a referral for a fellow team.
	// What the register says of a team, a vendor or an authority goes before it.
	As release.Audience `json:"as,omitempty" enum:"party,provider,peer,vendor,authority" doc:"What they are: what the reporter agreed to hangs on it. What the register says of a team, a vendor or an authority goes before it."`
}

// Investigation is our dialogue with one party about a report or an incident.
type Investigation struct {
	ID       string    `json:"id"`
	Ref      string    `json:"ref"` // "V-0Q8M2Z"
	Report   string    `json:"report,omitempty"`
	Incident string    `json:"incident,omitempty"`
	Party    Party     `json:"party"`
	Subject  string    `json:"subject"`
	State    State     `json:"state"` // open or resolved
	Opened   time.Time `json:"opened"`
	OpenedBy string    `json:"opened_by"`
	Assignee string    `json:"assignee,omitempty"` // account
	Version  int64     `json:"version"`
	Messages []Message `json:"messages,omitempty"`
}

// InvestigationDraft launches an investigation with its first message.
type InvestigationDraft struct {
	Report, Incident string // one of the two, by id
	Party            Party
	Subject, Text    string
}

// Referral is a report that another team goes on with.
type Referral struct {
	ID       string    `json:"id"`
	Report   string    `json:"report"`
	To       Party     `json:"to"`
	Text     string    `json:"text,omitempty"` // what they were written
	Reason   string    `json:"reason"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	Due      time.Time `json:"due"`
	Answered time.Time `json:"answered,omitzero"`
	Outcome  string    `json:"outcome,omitempty"`
}

// ReferralDraft passes a report on.
type ReferralDraft struct {
	To     Party
	Text   string // to them; empty: they were told another way
	Reason string
	Due    time.Time // by when they should have answered
}

// Ground is a finding of the significance test: one question, its answer and why.
type Ground struct {
	Yes    bool   `json:"yes"`
	Reason string `json:"reason,omitempty"` // needed for a yes
}

// Significance is the test whether an incident is significant, as a person answered it.
type Significance struct {
	Economy        Ground    `json:"economy"`
	Infrastructure Ground    `json:"infrastructure"` // critical infrastructure
	Government     Ground    `json:"government"`
	Security       Ground    `json:"security"` // national security
	CrossBorder    Ground    `json:"cross_border"`
	Significant    bool      `json:"significant"` // any of them
	By             string    `json:"by"`
	At             time.Time `json:"at"`
	Version        int64     `json:"version"`
}

// Definition is the team's own words for what an incident is.
type Definition struct {
	Text    string    `json:"text"`
	By      string    `json:"by,omitempty"`
	At      time.Time `json:"at,omitzero"`
	Version int64     `json:"version"`
}

// CallBack is on record before anything is disclosed to a caller: a caller's number proves nothing.
type CallBack struct {
	Number string // that was rung: it stands in the register
	Person string // who answered
	Note   string
}

// Mailbox is what the holder of a reply code sees.
type Mailbox struct {
	Ref      string    `json:"ref"`
	State    State     `json:"state"`
	Received time.Time `json:"received"` // rounded to the hour, if the report is anonymous
	Messages []Message `json:"messages"` // By is empty in all; the first is what was reported
}

// Hit is something that a search box suggests.
type Hit struct {
	Kind string `json:"kind"` // report, incident
	Ref
}

// Moved says what a move did with several.
type Moved struct {
	Moved   []string  `json:"moved"`
	Unmoved []Unmoved `json:"unmoved,omitempty"`
}

// Unmoved is one that could not make the move, and why: "state" (from its state there is no such move), "gone" (there is none, or the actor may
// not see it), "active" (of an incident, something is in force and somebody has to look), "parts" (likewise, parts of it are open), and those that Severally gives: "invalid" (what was said does not
// fit this one), "forbidden", "unavailable".
type Unmoved struct {
	ID   string `json:"id"`
	Why  string `json:"why"`
	Text string `json:"text,omitempty"` // what refused, in a sentence; "" where the code says it all
	Err  error  `json:"-"`              // the same, for who says it in another language
}
