package countermeasure

import (
	"context"
	"log/slog"
	"net/netip"
	"strings"
	"time"
	"unicode"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/rdap"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// The operations.
const (
	OpRead  identity.Operation = "countermeasure.read"
	OpOpen  identity.Operation = "countermeasure.open"
	OpEdit  identity.Operation = "countermeasure.edit"
	OpMove  identity.Operation = "countermeasure.move"
	OpCheck identity.Operation = "countermeasure.check"
	OpRun   identity.Operation = "countermeasure.run"
)

// Policy says when what is done. A zero value takes the default named.
type Policy struct {
	ChaseAfter  time.Duration // after asking, and after each chase: 3 days
	Chases      int           // of one party, before the next is asked: 2; negative: none
	CheckEvery  time.Duration // while it is there: 4 h
	CleanChecks int           // in a row: 3
	CleanOver   time.Duration // from the first to the last of them: 24 h
	WatchFor    time.Duration // after it is gone: 30 days
	WatchEvery  time.Duration // 24 h
	ByHand      bool          // nobody is chased or asked by itself: the team is told what is due
}

func (p Policy) filled() Policy {
	set(&p.ChaseAfter, 72*time.Hour)
	set(&p.Chases, 2)
	set(&p.CheckEvery, 4*time.Hour)
	set(&p.CleanChecks, 3)
	set(&p.CleanOver, 24*time.Hour)
	set(&p.WatchFor, 30*24*time.Hour)
	set(&p.WatchEvery, 24*time.Hour)
	return p
}

func set[T comparable](v *T, fallback T) {
	var zero T
	if *v == zero {
		*v = fallback
	}
}

// Look is an exit: one way by which it is looked whether a thing is there.
type Look func(ctx context.Context, url string) Seen

// Exit is a way out with a name.
type Exit struct {
	Name string
	Look Look
}

// Provider is an abuse API: Post gives it a request, and tells what it answered. Errors: Unavailable if it is worth another try.
type Provider struct {
	Name string
	Post func(ctx context.Context, key string, body []byte) (status int, answer []byte, err error)
}

// Options are what a Service needs.
type Options struct {
	DB        *sqldb.DB
	Clock     clock.Clock
	Log       *slog.Logger
	Incidents *incident.Service
	Release   *release.Service
	Team      Team
	Policy    Policy
	Exits     []Exit
	Providers []Provider
	// Who asks the register whom an address or a domain concerns; nil: it is not asked.
	Who func(ctx context.Context, actor identity.Actor, q constituency.Question) (constituency.Answer, error)
	// Registered asks the registry of a domain for its registrar's abuse contacts; nil: the configuration forbids it.
	Registered func(ctx context.Context, domain string) (rdap.Answer, error)
	// Resolve asks the DNS; nil: it is not asked.
	Resolve func(ctx context.Context, domain string) ([]netip.Addr, error)
	// Mail asks the DNS for the hosts that take a domain's mail, the first to be tried first; nil: it is not asked. Errors: a *net.DNSError.
	Mail func(ctx context.Context, domain string) ([]string, error)
	// Alias asks the DNS for the name that a name stands for in the end; nil: it is not asked.
	Alias func(ctx context.Context, name string) (string, error)
	// Second asks a second resolver for the addresses of a name that the first does not know; nil: there is none. Errors: a *net.DNSError.
	Second func(ctx context.Context, name string) ([]netip.Addr, error)
	// Marks digests an asset, so that it is found though it is sealed; nil: nothing is found by its asset. Errors: Invalid for what is no value.
	Marks func(text string) (observable.Marks, error)
}

// Team is who asks, in the words of a report.
type Team struct {
	Name, Email string
	Zone        *time.Location // of the times in what we write; nil: UTC
}

// Service is the room. It is safe for concurrent use.
type Service struct{ o Options }

// New makes the room.
func New(o Options) *Service {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Team.Zone == nil {
		o.Team.Zone = time.UTC
	}
	o.Policy = o.Policy.filled()
	return &Service{o}
}

// Bounds of what is written, in bytes.
const (
	maxLine  = 1000
	maxValue = 4096
	maxWords = 20 << 10
)

// line makes a text one line of what can be printed.
func line(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))), " ")
}
