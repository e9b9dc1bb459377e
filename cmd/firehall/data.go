package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/feed/enrich"
)

type dataCmd struct {
	JSON bool `help:"Print JSON."`
}

// source is one file of the enrichment, as printed.
type source struct {
	Path     string    `json:"path"`
	Kind     string    `json:"kind"`
	Prefixes int       `json:"prefixes"`
	Bytes    int64     `json:"bytes"`
	Built    time.Time `json:"built"`
	AgeDays  float64   `json:"age_days"`
	Bad      int       `json:"bad_rows"`
	Warning  string    `json:"warning,omitempty"`
}

// Run shows the files.
func (c *dataCmd) Run(s *session) error {
	a, _, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	now := a.Clock.Now()
	list := []source{}
	for _, f := range a.Enrich.Files() {
		list = append(list, sourceOf(f, now))
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(list)
	}
	if len(list) == 0 {
		s.printf("No file is named in [enrich] of the configuration: events have the AS number and country that their feed gives, or none.\n")
		return nil
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "FILE\tKIND\tPREFIXES\tSIZE\tAGE\tNOTE")
	for _, f := range list {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", s.tidyPath(f.Path), f.Kind, grouped(int64(f.Prefixes)), bytesText(f.Bytes), days(now.Sub(f.Built)), f.Warning)
	}
	_ = w.Flush()
	if err := a.Enrich.Snapshot(); err != nil {
		s.printf("The snapshot that quickens the start could not be used: %v\n", err)
	}
	return nil
}

func sourceOf(f enrich.File, now time.Time) source {
	x := source{
		Path: f.Path, Kind: f.Kind, Prefixes: f.Prefixes, Bytes: f.Size, Built: f.Built.UTC(), AgeDays: float64(int(f.Age(now).Hours()/2.4)) / 10, Bad: f.Bad,
	}
	switch {
	case f.Bad > 0:
		x.Warning = fmt.Sprintf("%s rows left out, the first: %s", grouped(int64(f.Bad)), f.FirstBad)
	case f.Age(now) > app.OldEnrichment:
		x.Warning = "old: fetch a new one"
	}
	return x
}
