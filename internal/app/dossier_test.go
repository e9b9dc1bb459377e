package app

import (
	"testing"
	"time"

	"github.com/firehall/firehall/internal/incident/countermeasure"
)

// What nobody was asked for yet, and what the police object to, is in no document for outsiders.
func TestOurCountermeasures(t *testing.T) {
	asked := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	objects := countermeasure.Checklist{Police: countermeasure.Objects}
	for _, tt := range []struct {
		name string
		c    countermeasure.Countermeasure
		want bool
	}{
		{"a draft", countermeasure.Countermeasure{State: countermeasure.Draft}, true},
		{"a draft that was withdrawn", countermeasure.Countermeasure{State: countermeasure.Withdrawn}, true},
		{"asked", countermeasure.Countermeasure{State: countermeasure.Asked, Asked: asked}, false},
		{"asked, and the police object", countermeasure.Countermeasure{State: countermeasure.Asked, Asked: asked, Checklist: objects}, true},
		{"gone, and the police object", countermeasure.Countermeasure{State: countermeasure.Gone, Asked: asked, Checklist: objects}, true},
	} {
		if got := ours(&tt.c); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
