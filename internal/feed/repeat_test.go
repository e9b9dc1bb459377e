package feed

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/fold"
	"github.com/firehall/firehall/internal/event/segment"
)

// Rows that were there yesterday are no new events. In a complete run they show all the same that what they tell of still stands, or
// their silence would be taken for absence.
func TestRepeatsCountAsPresence(t *testing.T) {
	tests := []struct {
		feed          string
		facts, events int64 // of the second run
	}{
		{"complete", 9, 1},
		{"shadowserver", 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.feed, func(t *testing.T) {
			each(t, func(s *station) {
				for _, text := range []string{telnet(0, 10), telnet(2, 9)} {
					if _, err := s.Ingest(context.Background(), s.actor, Source{Feed: tt.feed, Name: "scan_telnet.csv", Reader: strings.NewReader(text)}); err != nil {
						s.Fatal(err)
					}
				}
				folds, err := event.NewManifest(s.db).Folds(context.Background())
				if err != nil || len(folds) != 2 {
					s.Fatalf("got %+v, %v", folds, err)
				}
				if n := s.factsIn(folds[1].Path); folds[1].Rows != tt.facts || n != tt.events {
					s.Errorf("%d facts of %d events, want %d of %d", folds[1].Rows, n, tt.facts, tt.events)
				}
			})
		})
	}
}

// A run that only repeats yields facts and no events.
func TestNothingButRepeats(t *testing.T) {
	each(t, func(s *station) {
		for _, text := range []string{telnet(0, 10), telnet(0, 9)} {
			if _, err := s.Ingest(context.Background(), s.actor, Source{Feed: "complete", Name: "scan_telnet.csv", Reader: strings.NewReader(text)}); err != nil {
				s.Fatal(err)
			}
		}
		folds, err := event.NewManifest(s.db).Folds(context.Background())
		if err != nil || len(folds) != 2 || folds[1].Rows != 9 || s.factsIn(folds[1].Path) != 0 {
			s.Errorf("got %+v, %v", folds, err)
		}
		if events, _ := s.visible(); events != 10 {
			s.Errorf("%d events", events)
		}
	})
}

// factsIn sums the events of the facts in a file.
func (s *station) factsIn(name string) (events int64) {
	s.Helper()
	path := filepath.Join(s.dir, dirFolds, name)
	f, err := os.Open(path)
	if err != nil {
		s.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		s.Fatal(err)
	}
	r, err := segment.NewReader(f, info.Size())
	if err != nil {
		s.Fatal(err)
	}
	b := event.NewBatch([32]byte{})
	for g := range r.Groups() {
		if err := r.Append(g, b, nil); err != nil {
			s.Fatal(err)
		}
	}
	for _, n := range b.Find(fold.Count).Ints() {
		events += n
	}
	return events
}
