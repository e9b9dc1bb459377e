package observable

import (
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

// New opens the room.
func New(o Options) *Service { return &Service{o: o} }
