package plan

import (
	"path/filepath"
	"time"

	"github.com/firehall/firehall/internal/event"
)

// FromManifest gives the manifest's segments as files below folder, with what
// their rows tell of them: times, the day of arrival, the class, the intake.
func FromManifest(segments []event.Segment, folder string) []File {
	out := make([]File, len(segments))
	for i, s := range segments {
		f := File{Path: filepath.Join(folder, filepath.FromSlash(s.Path)), Rows: s.Rows, Columns: s.Leaves, Facts: map[string][]string{}}
		if s.MinTime != event.Null {
			f.Source = Span{time.UnixMilli(s.MinTime).UTC(), time.UnixMilli(s.MaxTime).UTC()}
		}
		day := time.Unix(s.Day*86400, 0).UTC()
		f.Arrival = Span{day, day.AddDate(0, 0, 1).Add(-time.Millisecond)}
		if s.Taxonomy != "" {
			f.Facts[event.FieldTaxonomy] = []string{s.Taxonomy}
		}
		if s.Intake != "" { // empty once several were joined
			f.Facts[event.FieldIntake] = []string{s.Intake}
		}
		out[i] = f
	}
	return out
}
