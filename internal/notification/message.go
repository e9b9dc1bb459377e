package notification

import (
	"time"

	"github.com/firehall/firehall/internal/identity"
)

// The operations that this room asks identity about.
const (
	OpPlan    identity.Operation = "notification.plan"
	OpApprove identity.Operation = "notification.approve"
	OpSend    identity.Operation = "notification.send"
	OpRecall  identity.Operation = "notification.recall"
)

// ChannelQueue is the channel of a message that nobody can be sent: a person of the team has to look at it.
const ChannelQueue = "queue"

// Message is what one recipient would be told, or was. Its JSON is a contract: the first seven keys are always there, in this order.
type Message struct {
	Organisation   string   `json:"organisation"` // name of whose findings these are
	To             string   `json:"to"`           // address; "" when nobody can be told
	Channel        string   `json:"channel"`      // mail, webhook or queue
	Approved       bool     `json:"approved"`
	Findings       int64    `json:"findings"`
	Events         int64    `json:"events"` // new ones, as counted; those of sources that the recipient may not see are left out when it is composed
	Subject        string   `json:"subject"`
	Held           string   `json:"held,omitempty"`  // why it does not go; "" when it does
	Waits          []string `json:"waits,omitempty"` // what nobody approved yet: "feed shadowserver", "organisation City Hospital", "class open-relay"; of an approved message, the feeds that it leaves out
	Classes        []string `json:"classes"`         // RSIT types
	Feeds          []string `json:"feeds"`
	Label          string   `json:"label,omitempty"` // TLP:GREEN; "" when nothing may be passed on
	Chain          string   `json:"chain,omitempty"` // own, or grant
	Advice         string   `json:"advice,omitempty"`
	OrganisationID string   `json:"organisation_id"`
	Contact        string   `json:"contact,omitempty"` // id
	CopyOf         string   `json:"copy_of,omitempty"` // the team beside whose message this goes to a provider in its patch; "" of what is no copy
}

// Goes tells whether the message would be sent now.
func (m Message) Goes() bool { return m.Approved && m.Held == "" }

// PlanOptions narrow a plan. Names are compared without regard to capitals; the zero value is everything.
type PlanOptions struct {
	Organisation string // name or id
	Feed         string
	Class        string // RSIT type
}

// Plan is what would be sent now. Going messages come first, in the order in which they would go.
type Plan struct {
	At       time.Time
	Messages []Message
}

// Tally counts a plan's messages: going, waiting for approval, and held.
func (p Plan) Tally() (going, waiting, held int) {
	for _, m := range p.Messages {
		switch {
		case m.Goes():
			going++
		case m.Held != "":
			held++
		default:
			waiting++
		}
	}
	return going, waiting, held
}

// ApproveOptions say what a person approves of what waits; the zero value is all of it.
type ApproveOptions = PlanOptions

// The kinds of approvals.
const (
	ApprovedFeed         = "feed"
	ApprovedOrganisation = "organisation"
	ApprovedClass        = "class"
	ApprovedAmount       = "amount" // an odd amount of findings for one organisation on one day
)

// Approval is what a person said may be told.
type Approval struct {
	Kind  string    `json:"kind"`
	Value string    `json:"value"` // feed, organisation id, RSIT type, or organisation id and day
	Name  string    `json:"name"`  // for people to read
	By    string    `json:"by"`
	At    time.Time `json:"at"`
}

// Run is what came of sending.
type Run struct {
	ID       string
	Messages int64 // put into the outbox
	Findings int64
	Events   int64     // rows shown
	Waiting  int64     // messages that wait for approval
	Held     []Message // with reasons; from the plan, and those found while composing
	Moved    int64     // findings whose network has another owner now
	Woken    int64     // findings whose muting has ended
	Making   float64   // seconds spent on deciding, reading and making the messages; they are committed beside it
	Seconds  float64   // of all
}
