package notification

import (
	"context"
	"log/slog"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/notification/message"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
	"github.com/firehall/firehall/internal/release"
)

// EvidenceQuery asks for the events behind findings.
type EvidenceQuery struct {
	Organisations []string  // ids, as the events were attributed when they came
	Since         time.Time // arrived at or after
	From          time.Time // observed (time.source) at or after
}

// Evidence is one event as far as a message may need it.
type Evidence struct {
	Asset                finding.Asset
	Organisation, Intake string
	Label                string // the event's own TLP; "" for none
	Arrival, Time        time.Time
	Fields               map[string]string // IntelMQ's names to texts; internal ones are left out
}

// EvidenceFunc reads events from the event store and gives them to each, one after the other, in any order. It ends with each's error.
type EvidenceFunc func(ctx context.Context, q EvidenceQuery, each func(Evidence) error) error

// Owner tells whose network a finding is in now.
type Owner func(finding.Finding) (organisation, network, rule string)

// Options is what the room needs. Everything without a remark is needed.
type Options struct {
	DB            *sqldb.DB
	Clock         clock.Clock
	Findings      *finding.Store
	Register      *constituency.Register
	Release       *release.Service
	Delivery      *delivery.Service
	Text          *message.Renderer
	Texts         func(context.Context) (*message.Renderer, error) // gives the texts in force now; nil: Text, always
	Config        config.Notify
	Team          message.Team
	Zone          *time.Location // UTC if nil
	Evidence      EvidenceFunc
	Owner         Owner
	Copies        Copies                   // who is told beside a fellow team; the zero value: nobody
	Informational func(report string) bool // reports that inform and ask for nothing; nil: none
	Holder        string                   // names this process in the lease
	Alone         bool                     // no other process works on this data: what a dead one held is taken at once
	Workers       int                      // processors used to compose; 0: one
	Log           *slog.Logger             // slog.Default if nil
}

// Service plans and sends. It is safe for concurrent use.
type Service struct {
	Options
	rules  rules
	leases *lease.Leases
	turn   chan struct{} // holds the run of this process: where it is alone, another would take its lease
}

// text is what messages are written with now.
func (s *Service) text(ctx context.Context) (*message.Renderer, error) {
	if s.Texts == nil {
		return s.Text, nil
	}
	return s.Texts(ctx)
}

// New checks the configuration of who is told when. Errors: Invalid, naming the key.
func New(o Options) (*Service, error) {
	rules, err := readRules(o.Config, o.Zone)
	if err != nil {
		return nil, err
	}
	rules.partEvents = o.Text.EventsPerPart()
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Informational == nil {
		o.Informational = func(string) bool { return false }
	}
	o.Workers = max(o.Workers, 1)
	return &Service{Options: o, rules: rules, leases: lease.New(o.DB, o.Clock), turn: make(chan struct{}, 1)}, nil
}
