package triage

import (
	"time"

	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/incident/indicator"
)

// Report is as much of a report as triage needs: values, whatever door they came by.
type Report struct {
	ID       string
	Door     string // mail, form, api, phone, event, finding
	Received time.Time
	Subject  string
	Text     string
	Files    []string // names of what is attached
	Reporter Reporter
	Answers  Answers
	Machine  *Machine // nil unless a machine wrote it in a form that we read
	Auto     bool     // a machine or a list sent it (RFC 3834), in whatever form
	Sealed   bool     // confidential or anonymous: its text is in no index, and only its digests are kept
}

// Reporter is who says so.
type Reporter struct {
	Name, Email, Organisation string
	Verified                  string // how: "" or none, dmarc, signed, account, token, call-back
}

// Answers are those of the form that triage looks at.
type Answers struct {
	Happened, Affected, Impact, Help string
	Children                         bool // the reporter said that it shows children being abused
	Urgent                           bool // and that life or an essential service is in danger now
}

// Machine is what a machine's report says in its fields (RFC 5965, X-ARF).
type Machine struct {
	Format   string // arf, xarf
	Type     string // ARF's Feedback-Type, X-ARF's category-type: content-csam
	Source   string // who sends it: X-ARF's reporter, ARF's User-Agent or sender's domain
	SourceIP string
	Domain   string
	URL      string
	Date     time.Time
}

// Severity is how bad it looks.
type Severity string

// The severities, the worst last.
const (
	Low      Severity = "low"
	Medium   Severity = "medium"
	High     Severity = "high"
	Critical Severity = "critical"
)

// Severities lists the severities, the worst first.
func Severities() []Severity { return []Severity{Critical, High, Medium, Low} }

// Tier is the first step of the queue's order.
type Tier int

// The tiers, the first first.
const (
	TierLife      Tier = 1 + iota // life or an essential service, in progress
	TierEssential                 // an essential entity
	TierDeadline                  // the police or a peer team with a deadline
	TierPeople                    // other people
	TierMachine                   // machines
)

// Reason says why something is suggested.
type Reason struct {
	About string   `json:"about"` // class, severity, concerned, similar, rank, move, quarantine
	Code  string   `json:"code"`  // see Codes
	Args  []string `json:"args,omitempty"`
}

// Concern is an organisation that a report is about, and what of the report is about it. It may be told these parts and no others.
type Concern struct {
	Organisation string   `json:"organisation"` // id
	Role         string   `json:"role"`         // affected, source, named
	Reason       Reason   `json:"reason"`
	Parts        []string `json:"parts,omitempty"` // values of indicators
}

// Similar is a report or an incident that this one resembles.
type Similar struct {
	Report   string   `json:"report,omitempty"`   // id; "" where the report itself names what was observed in the incident
	Incident string   `json:"incident,omitempty"` // id of the incident that the report belongs to
	Ref      string   `json:"ref,omitempty"`      // of the incident, for who reads it
	Score    int      `json:"score"`              // 1 to 100
	Why      []Reason `json:"why"`
}

// Related counts what else we know of a report's indicators.
type Related struct {
	Findings int    `json:"findings"` // that stand
	Events   bool   `json:"events"`   // whether they can be asked for
	Question string `json:"question"` // asks for the events; "" when there is nothing to ask
	Finding  string `json:"finding"`  // asks for the findings
}

// Move is what an officer could do with a report.
type Move string

// The moves that triage suggests.
const (
	MoveReject      Move = "reject"
	MoveLink        Move = "link"
	MoveOpen        Move = "open"
	MoveInvestigate Move = "investigate"
	MoveAsk         Move = "ask"
	MovePass        Move = "pass"
	MoveTest        Move = "test"
)

// Assessment is what triage makes of a report.
type Assessment struct {
	Class      rsit.Class            `json:"class"` // "" when nothing tells
	Type       rsit.Type             `json:"type"`
	Severity   Severity              `json:"severity"`
	Tier       Tier                  `json:"tier"`
	Rank       int64                 `json:"rank"` // order of the queue: the smallest first
	Concerned  []Concern             `json:"concerned,omitempty"`
	Indicators []indicator.Indicator `json:"indicators,omitempty"`
	Left       int                   `json:"left,omitempty"` // indicators beyond the limit
	Similar    []Similar             `json:"similar,omitempty"`
	Related    Related               `json:"related"`
	Reasons    []Reason              `json:"reasons"`
	Move       Move                  `json:"move,omitempty"`
	Fold       string                `json:"fold,omitempty"`       // source of a machine's report
	Quarantine bool                  `json:"quarantine,omitempty"` // suspected child abuse material: nothing of it is opened, copied or sent
	Alert      bool                  `json:"alert,omitempty"`      // the person on call should know now
}
