package app

import (
	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/identity"
)

// What may be done with the audit record. It lies beneath identity and cannot ask who is asking; this is where that is asked.
const (
	OpRecordRead identity.Operation = "audit.read"
	OpRecordSeal identity.Operation = "audit.seal"
)

// Record gives the audit record to an actor who may do that with it.
func (a *App) Record(actor identity.Actor, op identity.Operation) (*audit.Log, error) {
	if err := actor.Authorise(op, "audit"); err != nil {
		return nil, err
	}
	return a.Audit, nil
}
