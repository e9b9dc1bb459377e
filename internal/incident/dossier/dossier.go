package dossier

import (
	"context"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/release/leak"
)

// The operations.
const (
	OpPrint   identity.Operation = "incident.print"
	OpHandOut identity.Operation = "incident.hand-out" // to outsiders
)

// Audience is who is to read a document.
type Audience string

// The audiences.
const (
	Team        Audience = "team"
	Constituent Audience = "constituent" // one organisation
	Authority   Audience = "authority"   // the police, or another authority
	Public      Audience = "public"
)

// Audiences lists them, the one that may know most first.
func Audiences() []Audience { return []Audience{Team, Constituent, Authority, Public} }

// ceiling is the strictest label that an audience may have.
func (a Audience) ceiling() tlp.Label {
	switch a {
	case Team:
		return tlp.Red
	case Constituent, Authority:
		return tlp.AmberStrict
	}
	return tlp.Clear
}

// The kinds of sections, in their order.
const (
	KindReports         = "reports"
	KindTimeline        = "timeline"
	KindObservables     = "observables"
	KindClocks          = "clocks"
	KindCountermeasures = "countermeasures"
	KindLessons         = "lessons"
	KindEvidence        = "evidence"
	KindCustody         = "custody"
	KindNotes           = "notes"
)

var kinds = []string{KindTimeline, KindObservables, KindCountermeasures, KindEvidence, KindCustody, KindReports, KindClocks, KindLessons, KindNotes}

// outsiders are the kinds of sections of which an outside audience may have anything.
var outsiders = map[Audience][]string{
	Constituent: {KindTimeline, KindObservables, KindCountermeasures, KindEvidence},
	Authority:   {KindTimeline, KindObservables, KindCountermeasures, KindEvidence},
	Public:      {KindTimeline, KindObservables, KindCountermeasures},
}

// has tells whether an audience may have anything of a kind.
func (a Audience) has(kind string) bool { return a == Team || slices.Contains(outsiders[a], kind) }

// Item is one thing that hangs on an incident, as its room tells it.
type Item struct {
	At    time.Time
	Code  string            // what it is, as a code with a text in each language; "" for none
	Args  map[string]string // of the code
	Cells []string          // texts and codes, as many as the kind has columns
	By    string            // account; for the team alone
	Label *tlp.Label        // nil: that of the incident
	Own   bool              // the team's own: it never leaves
	// Victim says that it is somebody's whom it happened to: a pseudonym stands for it, or it is left out, as the audience's profile says.
	Victim bool
	bare   bool // a fact that goes out even where the incident's text may not
}

// Source gives what of a kind hangs on an incident; more is how many there are beyond.
type Source struct {
	Kind string
	Ask  func(ctx context.Context, actor identity.Actor, incident string) (list []Item, more int, err error)
}

// Row is an item as an audience sees it.
type Row struct {
	At    time.Time         `json:"at,omitzero"`
	Code  string            `json:"code,omitempty"`
	Args  map[string]string `json:"args,omitempty"`
	Cells []string          `json:"cells,omitempty"`
	By    string            `json:"by,omitempty"`
}

// Section is what there is of one kind.
type Section struct {
	Kind    string `json:"kind"`
	Rows    []Row  `json:"rows,omitempty"`
	LeftOut int    `json:"left_out,omitempty"`
}

// Document is the report of an incident as an audience sees it.
type Document struct {
	Audience      Audience        `json:"audience"`
	Organisation  string          `json:"organisation,omitempty"` // name of the constituent, or of the authority, that it is for
	Team          string          `json:"team"`
	ID            string          `json:"id"`
	Ref           string          `json:"ref"`
	Title         string          `json:"title,omitempty"`
	Summary       string          `json:"summary,omitempty"`
	Statement     string          `json:"statement,omitempty"` // what was written for this audience
	Untold        bool            `json:"untold,omitempty"`    // title and summary are labelled too strictly for this audience
	State         incident.Stage  `json:"state"`
	Restricted    bool            `json:"restricted,omitempty"` // for the team alone
	Class         rsit.Class      `json:"class,omitempty"`
	Severity      triage.Severity `json:"severity,omitempty"`
	Label         tlp.Label       `json:"label"` // of the document
	Opened        time.Time       `json:"opened"`
	Contained     time.Time       `json:"contained,omitzero"`
	Closed        time.Time       `json:"closed,omitzero"`
	Organisations []string        `json:"organisations,omitempty"` // names of those concerned that the audience may know
	Others        int             `json:"others,omitempty"`        // further organisations
	Sections      []Section       `json:"sections"`
	Blanked       int             `json:"blanked,omitempty"` // names, addresses and numbers that were taken from the text
	Made          time.Time       `json:"made"`
}

// Order is what somebody wants printed.
type Order struct {
	Audience     Audience
	Organisation string // id of the constituent, or of the authority
	To           string // name of an authority that stands in no register
	Statement    string // what they write for the audience, in Markdown
}

// MaxStatement bounds Order.Statement, in bytes.
const MaxStatement = 20 << 10

// Options are what a Service needs.
type Options struct {
	DB        *sqldb.DB
	Clock     clock.Clock
	Incidents *incident.Service
	Team      string // its name
	Sources   []Source
	// Secret gives the key of pseudonyms (redact.Secret); nil: names are replaced by what they are.
	Secret func() ([32]byte, error)
	// Names are the organisations of the register, People those who act (programs by "token:" and their tokens), both by id. Contained is since when an incident does no more harm.
	Names     func(ctx context.Context, actor identity.Actor) (map[string]string, error)
	People    func(ctx context.Context) (map[string]string, error)
	Contained func(ctx context.Context, actor identity.Actor, incident string) (time.Time, error)
	// Concerned gives the ids of the organisations that an incident concerns.
	Concerned func(ctx context.Context, actor identity.Actor, incident string) ([]string, error)
}

// Service is the room. It is safe for concurrent use.
type Service struct{ o Options }

// New makes the room.
func New(o Options) *Service {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	return &Service{o}
}

// Add adds what hangs on incidents in another room. It is called before the room is used.
func (s *Service) Add(list ...Source) { s.o.Sources = append(s.o.Sources, list...) }

// taker says who gets what is made.
func (o *Order) taker() incident.Taker {
	t := incident.Taker{Organisation: o.Organisation, Name: o.To}
	switch o.Audience {
	case Team:
		t.As = release.Self
	case Authority:
		t.As = release.Authority
	case Public:
		t.As = release.Public
	}
	return t
}

// Draft makes a document. Errors: NotFound, Invalid; Conflict if there are more names to take out than can be looked for.
func (s *Service) Draft(ctx context.Context, actor identity.Actor, name string, o Order) (Document, error) {
	doc, _, err := s.draft(ctx, actor, name, o)
	return doc, err
}

// draft makes a document, and gives the names that must not stand in it.
func (s *Service) draft(ctx context.Context, actor identity.Actor, name string, o Order) (doc Document, names leak.Names, err error) {
	if err := actor.Authorise(OpPrint, name); err != nil {
		return doc, names, err
	}
	if !slices.Contains(Audiences(), o.Audience) {
		return doc, names, problem.New(problem.Invalid, "there is no audience %.40q: %v are", o.Audience, Audiences())
	}
	if len(o.Statement) > MaxStatement {
		return doc, names, problem.New(problem.Invalid, "the text for the audience has %d KiB, and may have %d", len(o.Statement)>>10, MaxStatement>>10)
	}
	i, err := s.o.Incidents.Incident(ctx, actor, name)
	if err != nil {
		return doc, names, err
	}
	d := draft{s: s, actor: actor, order: o, incident: i}
	doc, err = d.document(ctx)
	return doc, d.taken, err
}
