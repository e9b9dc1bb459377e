package app

import (
	"context"
	"io"
	"testing"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/identity"
)

// Nobody is nobody: neither the record nor an event is read before it is asked who asks.
func TestNobodyReads(t *testing.T) {
	a := &App{} // nothing is opened: whoever gets past the first line fails loudly
	if _, err := a.Record.List(t.Context(), identity.Actor{}, audit.Query{}); problem.KindOf(err) != problem.Forbidden {
		t.Errorf("the record: %v", err)
	}
	if _, err := a.Desk.Events(context.Background(), identity.Actor{}, desk.EventQuery{}, io.Discard); problem.KindOf(err) != problem.Forbidden {
		t.Errorf("events: %v", err)
	}
}
