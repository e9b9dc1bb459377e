package team

import (
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
)

// TestUpload looks at a file before it is taken over: nothing changes until then, and then exactly what was shown.
func TestUpload(t *testing.T) {
	both(t, func(t *testing.T, h *hall) {
		u, err := h.Upload(ctx, ada, strings.NewReader(someTeams+"Bad,ZZZ,,,,,,,,,\n"), ImportOptions{Name: "teams\u202e.csv"})
		if err != nil || u.Name != "teams.csv" || u.Tally.Rejected != 1 || u.Tally.Changes["add team"] != 3 {
			t.Fatalf("%+v, %v", u, err)
		}
		if list, err := h.List(ctx, ada, Filter{}); err != nil || len(list) != 0 {
			t.Fatalf("a preview changed something: %v, %v", list, err)
		}
		if list, err := h.Uploads(ctx, ada); err != nil || len(list) != 1 || list[0].Tally.All != u.Tally.All {
			t.Errorf("%v, %v", list, err)
		}
		h.load("name,country\nCERT Quiet,SE\n", ImportOptions{})
		if _, err := h.Apply(ctx, ada, u.ID); !problem.Is(err, problem.Conflict) {
			t.Fatalf("the directory changed: %v", err)
		}
		if u, err = h.Again(ctx, ada, u.ID); err != nil || u.Tally.Changes["add team"] != 2 {
			t.Fatalf("%+v, %v", u.Tally, err)
		}
		if u, err = h.Apply(ctx, ada, u.ID); err != nil || u.Applied.IsZero() {
			t.Fatal(err)
		}
		if list, err := h.List(ctx, ada, Filter{}); err != nil || len(list) != 3 {
			t.Errorf("%v, %v", list, err)
		}
		if _, err := h.Apply(ctx, ada, u.ID); !problem.Is(err, problem.Conflict) {
			t.Errorf("twice: %v", err)
		}
		if got, err := h.GetUpload(ctx, ada, u.ID); err != nil || got.Tally.All != u.Tally.All || got.Applied.IsZero() {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestUploadsAreBounded(t *testing.T) {
	h := one(t)
	if _, err := h.Upload(ctx, watcher, strings.NewReader(someTeams), ImportOptions{}); !problem.Is(err, problem.Forbidden) {
		t.Errorf("a volunteer: %v", err)
	}
	if _, err := h.Upload(ctx, ada, strings.NewReader("{"), ImportOptions{}); !problem.Is(err, problem.Invalid) {
		t.Errorf("unreadable: %v", err)
	}
	var last Upload
	for range mostUploads {
		u, err := h.Upload(ctx, ada, strings.NewReader("name\nCERT One\n"), ImportOptions{Name: "a.csv"})
		if err != nil {
			t.Fatal(err)
		}
		last = u
	}
	if _, err := h.Upload(ctx, ada, strings.NewReader("name\nCERT One\n"), ImportOptions{}); !problem.Is(err, problem.Unavailable) {
		t.Errorf("one too many: %v", err)
	}
	if err := h.Discard(ctx, ada, last.ID); err != nil {
		t.Fatal(err)
	}
	if err := h.Discard(ctx, ada, last.ID); !problem.Is(err, problem.NotFound) {
		t.Errorf("twice: %v", err)
	}
	h.now.Advance(keepUpload + time.Second)
	if list, err := h.Uploads(ctx, ada); err != nil || len(list) != 0 {
		t.Errorf("after a day: %v, %v", list, err)
	}
	if err := h.Forget(ctx, ada); err != nil && !problem.Is(err, problem.Forbidden) {
		t.Error(err)
	}
}
