package idempotent

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

func TestAnswersAreRemembered(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := clock.At(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
		s := &Store{DB: db, Clock: c}
		ctx := t.Context()
		call := Call{Actor: "os:1", Key: "k", What: [32]byte{1}}
		begin := func(call Call, want error) *Answer {
			t.Helper()
			had, err := s.Begin(ctx, call)
			if !errors.Is(err, want) || want == nil && err != nil {
				t.Fatalf("got %v, want %v", err, want)
			}
			return had
		}
		if begin(call, nil) != nil {
			t.Fatal("there is an answer before the request")
		}
		begin(call, ErrRunning)
		if err := s.Finish(ctx, call, Answer{Status: 201, Type: "application/json", Body: []byte(`{}`)}); err != nil {
			t.Fatal(err)
		}
		if had := begin(call, nil); had == nil || had.Status != 201 || had.Type != "application/json" || !bytes.Equal(had.Body, []byte(`{}`)) {
			t.Fatalf("got %+v", had)
		}
		other := call
		other.What[0] = 2
		begin(other, ErrOther)
		if begin(Call{Actor: "os:2", Key: "k", What: [32]byte{2}}, nil) != nil {
			t.Error("one person's key is another's")
		}
		if err := s.Drop(ctx, call); err != nil { // done: there is nothing to drop
			t.Fatal(err)
		}
		if begin(call, nil) == nil {
			t.Error("an answer was dropped")
		}
		c.Advance(Keep + time.Second)
		if begin(call, nil) != nil {
			t.Error("an answer is kept for ever")
		}
		c.Advance(stuck + time.Second)
		if begin(call, nil) != nil {
			t.Error("a request that died keeps its key for ever")
		}
		if err := s.Drop(ctx, call); err != nil {
			t.Fatal(err)
		}
		if begin(call, nil) != nil {
			t.Error("a dropped call has an answer")
		}
		if err := s.Finish(ctx, call, Answer{Status: 200, Body: make([]byte, mostBody+1)}); err != nil {
			t.Fatal(err)
		}
		if begin(call, nil) != nil {
			t.Error("an endless answer is kept")
		}
		c.Advance(2 * Keep)
		if n, err := s.Forget(ctx); n != 2 || err != nil { // this one, and the other person's
			t.Errorf("forgot %d, %v", n, err)
		}
	})
}

func TestOneOfManyBegins(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := &Store{DB: db, Clock: clock.Real{}}
		call := Call{Actor: "os:1", Key: "k"}
		results := make(chan error, 16)
		for range cap(results) {
			go func() {
				_, err := s.Begin(t.Context(), call)
				results <- err
			}()
		}
		began := 0
		for range cap(results) {
			switch err := <-results; {
			case err == nil:
				began++
			case !errors.Is(err, ErrRunning):
				t.Error(err)
			}
		}
		if began != 1 {
			t.Errorf("%d began", began)
		}
	})
}
