package observable

import (
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The operations.
const (
	OpRead   identity.Operation = "observable.read"
	OpAdd    identity.Operation = "observable.add"
	OpEdit   identity.Operation = "observable.edit"
	OpRemove identity.Operation = "observable.remove"
	OpExport identity.Operation = "observable.export"
	OpMatch  identity.Operation = "observable.match" // triage asks what a report's indicators are known for
)

// Secret is the name of the keyring's secret that digests are made with.
const Secret = "observable"

// Options are what a Service needs.
type Options struct {
	DB        *sqldb.DB
	Incidents *incident.Service
	Key       [32]byte // of the digests by which observables are compared
}

// Service is the room. It is safe for concurrent use.
type Service struct {
	o Options
}

// New opens the room, and lets its observables follow what happens to their incidents.
func New(o Options) *Service {
	s := &Service{o: o}
	o.Incidents.Hang(incident.Part{Name: "observable", Settle: s.settle, Carry: s.carry, Home: home, Victims: s.victims})
	return s
}

func gone(name string) error {
	return problem.New(problem.NotFound, "there is no observable %q in this incident", cut(name))
}

// Limits of texts, in bytes.
const (
	maxNote   = 4000
	maxReason = 1000
)

// line is a text on one line, without signs that cannot be seen.
func line(text string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))), " ")
}

// reason takes a reason that is needed.
func reason(why string) (string, error) {
	why = line(why)
	switch {
	case why == "":
		return "", problem.New(problem.Invalid, "say why: the reason goes on record")
	case len(why) > maxReason:
		return "", problem.New(problem.Invalid, "the reason has %d bytes, and may have %d", len(why), maxReason)
	}
	return why, nil
}
