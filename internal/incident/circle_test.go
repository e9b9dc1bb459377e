package incident

import (
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// Who links while another links too waits for them: together they close no circle, neither of two incidents nor of four.
func TestTwoWhoLinkAtOnceMakeNoCircle(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := build(t, db)
		h.sign("ada")
		var i [4]string
		for n := range i {
			i[n] = h.opened(t, ada, Opening{}).ID
		}
		part := func(parent, child string) error { return h.Relate(t.Context(), ada, parent, Child, child) }
		if err := h.meanwhile(t, i[0], i[1], func() error { return part(i[1], i[0]) }); !problem.Is(err, problem.Conflict) {
			t.Errorf("one beneath the other, and the other beneath the one: %v", err)
		}
		if err := part(i[1], i[2]); err != nil {
			t.Fatal(err)
		}
		if err := h.meanwhile(t, i[2], i[3], func() error { return part(i[3], i[0]) }); !problem.Is(err, problem.Conflict) {
			t.Errorf("a circle of four, closed at two places: %v", err)
		}
		if err := h.meanwhile(t, i[3], h.opened(t, ada, Opening{}).ID, func() error { return only(h.MergeIncident(t.Context(), ada, i[3], i[0], "x")) }); !problem.Is(err, problem.Conflict) {
			t.Errorf("a merge of both ends: %v", err)
		}
	})
}

// meanwhile makes one incident the parent of another in a transaction that is open while do begins, and gives what do says.
func (h *house) meanwhile(t *testing.T, parent, child string, do func() error) error {
	t.Helper()
	said := make(chan error, 1)
	err := h.db.Write(t.Context(), func(tx *sqldb.Tx) error {
		if err := inTurn(tx); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO incident_relation (kind, a, b, actor, at) VALUES ('child', $1, $2, 'ada', 0)`, parent, child)
		go func() { said <- do() }()
		select {
		case early := <-said: // it did not wait
			said <- early
		case <-time.After(100 * time.Millisecond):
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return <-said
}

// Where more hangs together than is looked through, nobody is told that there is no circle.
func TestACircleTooLargeToSeeIsRefused(t *testing.T) {
	h := build(t, sqldbtest.Open(t, sqldb.SQLite))
	h.sign("ada")
	most := mostKin
	t.Cleanup(func() { mostKin = most })
	mostKin = 3
	var chain []string
	for n := range 5 {
		chain = append(chain, h.opened(t, ada, Opening{}).ID)
		if n > 0 {
			if err := h.Relate(t.Context(), ada, chain[n], Parent, chain[n-1]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := h.Relate(t.Context(), ada, chain[4], Child, chain[0]); !problem.Is(err, problem.Conflict) {
		t.Errorf("the end above the beginning: %v", err)
	}
	if err := h.Relate(t.Context(), ada, h.opened(t, ada, Opening{}).ID, Child, chain[2]); err != nil {
		t.Errorf("few hang there: %v", err)
	}
}
